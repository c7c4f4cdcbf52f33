//! What is told of sign-ins that people approve in the portal.

use keystead::domain::{Algorithm, Cause, FlowState};
use keystead::store::flows;
use serde_json::json;

use super::{all, newest, only, told};
use crate::harness::ciba::{at_till, till};
use crate::harness::signer::{keys, set};
use crate::harness::steps::closed_client;
use crate::harness::{Browser, Party, TestApp, each_database};

async fn alice(app: &TestApp) -> Browser {
    app.user("alice").await;
    let mut browser = Browser::new(&app.app);
    browser.sign_in("alice").await;
    browser
}

#[tokio::test]
async fn a_sign_in_that_was_approved_is_told_step_by_step() {
    each_database(async |app| {
        let (party, mut browser) = (at_till(&app).await, alice(&app).await);
        let asked = party.ask_for("alice", "openid").await;
        party.poll_for(&asked).await;
        let (state, cause, _) = only(&app).await;
        assert_eq!((state, cause), (FlowState::Open, None), "waiting is no trouble");
        let page = browser.get("/approvals").await;
        // The toast is not followed, so that the page is shown once.
        let inputs = page.inputs();
        let value = |wanted: &str| inputs.iter().find(|(name, _)| name == wanted).unwrap().1.clone();
        let (csrf, request, shown) = (value("csrf"), value("request"), value("shown"));
        let form =
            [("csrf", &*csrf), ("request", &*request), ("shown", &*shown), ("action", "allow")];
        assert_eq!(browser.post("/approvals", &form).await.status, 303);
        party.poll_for(&asked).await;
        let (state, cause, story) = only(&app).await;
        assert_eq!((state, cause), (FlowState::Done, None));
        assert_eq!(story.summary, "alice signed in to till.");
        let told: Vec<&str> = story.timeline.iter().map(|m| m.sentence.as_str()).collect();
        assert_eq!(
            told,
            [
                "The application asked alice to approve a sign-in, for openid.",
                "alice saw what is to be approved.",
                "alice approved it: openid.",
                "The application got the tokens that it waited for, authenticated by client_secret_basic.",
                "An ID token was issued, signed with RS256.",
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_that_was_refused_or_left_alone_is_told_so() {
    each_database(async |app| {
        let (party, mut browser) = (at_till(&app).await, alice(&app).await);
        let asked = party.ask_for("alice", "openid").await;
        app.wait(600);
        party.poll_for(&asked).await;
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::BackchannelExpired);
        assert!(trouble.fix.contains("/approvals"), "{}", trouble.fix);
        app.wait(1);
        let asked = party.ask_for("alice", "openid").await;
        browser.approve("deny").await;
        party.poll_for(&asked).await;
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::BackchannelDenied);
        assert!(trouble.reply.contains("did right"), "{}", trouble.reply);
    })
    .await;
}

#[tokio::test]
async fn a_client_that_polls_too_fast_is_told_with_the_pause() {
    each_database(async |app| {
        let party = at_till(&app).await;
        app.user("alice").await;
        let asked = party.ask_for("alice", "openid").await;
        party.poll_for(&asked).await;
        party.poll_for(&asked).await;
        let (state, cause, story) = only(&app).await;
        assert_eq!((state, cause), (FlowState::Open, Some(Cause::PolledTooFast)));
        let slowed = &story.timeline.last().unwrap().sentence;
        assert!(slowed.contains("was told to wait 10 seconds"), "{slowed}");
    })
    .await;
}

#[tokio::test]
async fn each_refusal_of_a_request_is_told_with_its_cause() {
    each_database(async |app| {
        let party = at_till(&app).await;
        app.user("alice").await;
        for (form, cause) in [
            (vec![("scope", "openid")], Cause::BackchannelHints),
            (vec![("scope", "openid"), ("login_hint_token", "x")], Cause::LoginHintToken),
            (vec![("scope", "openid"), ("login_hint", "nobody")], Cause::BackchannelUserUnknown),
            (vec![("scope", "openid"), ("id_token_hint", "x")], Cause::BadIdTokenHint),
            (vec![("login_hint", "alice")], Cause::BackchannelScope),
            (
                vec![("scope", "openid"), ("login_hint", "alice"), ("requested_expiry", "soon")],
                Cause::BackchannelExpiry,
            ),
            (
                vec![
                    ("scope", "openid"),
                    ("login_hint", "alice"),
                    ("binding_message", "a\u{202e}b"),
                ],
                Cause::BindingMessageInvalid,
            ),
        ] {
            app.wait(1);
            party.ask_with(&form).await;
            assert_eq!(newest(&app).await.cause, cause, "{form:?}");
        }
        for _ in 0..5 {
            party.ask_for("alice", "openid").await;
        }
        app.wait(1);
        party.ask_with(&[("scope", "openid"), ("login_hint", "alice")]).await;
        assert_eq!(newest(&app).await.cause, Cause::BackchannelFlood);
    })
    .await;
}

#[tokio::test]
async fn who_may_not_use_the_application_is_named_to_the_administrator_alone() {
    each_database(async |app| {
        let closed = Party::new(&app.app, &closed_client(&app, "till", till).await).await;
        app.user("alice").await;
        for (name, why) in [("alice", "no scope map is for"), ("nobody", "nobody has this name")] {
            app.wait(1);
            closed.ask_with(&[("scope", "openid"), ("login_hint", name)]).await;
            assert_eq!(newest(&app).await.cause, Cause::BackchannelUserUnknown);
            let flow = super::all(&app).await.remove(0).reference;
            let steps = app.read(async |conn| flows::steps(conn, &flow, 9).await).await;
            assert!(format!("{steps:?}").contains(why), "{steps:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_signed_request_that_comes_twice_is_told_so() {
    each_database(async |app| {
        let keys = keys(Algorithm::ES256);
        let registered = app.client_with("till", |client| {
            till(client);
            client.settings.jwks = Some(set(&[&keys]));
        });
        let party = Party::new(&app.app, &registered.await).await;
        app.user("alice").await;
        let now = app.clock.now().0;
        let claims = json!({
            "iss": "till", "aud": "https://id.example.com", "iat": now, "nbf": now,
            "exp": now + 60, "jti": "a", "scope": "openid", "login_hint": "alice",
        });
        let token = keys.signer.sign("JWT", claims.as_object().unwrap()).unwrap();
        assert_eq!(party.ask_with(&[("request", &token)]).await.status, 200);
        app.wait(1);
        party.ask_with(&[("request", &token)]).await;
        assert_eq!(newest(&app).await.cause, Cause::BackchannelReplayed);
    })
    .await;
}

#[tokio::test]
async fn an_auth_req_id_that_is_not_the_clients_or_was_used_is_told_so() {
    each_database(async |app| {
        let (party, mut browser) = (at_till(&app).await, alice(&app).await);
        let kiosk = Party::new(&app.app, &app.client_with("kiosk", till).await).await;
        let asked = party.ask_for("alice", "openid").await;
        kiosk.poll_for(&asked).await;
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::BackchannelOtherClient);
        assert_eq!(super::compared(&trouble), "client_id: kiosk / till");
        browser.approve("allow").await;
        party.poll_for(&asked).await;
        party.poll_for(&asked).await;
        let causes: Vec<String> = all(&app).await.into_iter().filter_map(|f| f.cause).collect();
        assert!(causes.contains(&Cause::BackchannelUsed.code().to_owned()), "{causes:?}");
        app.wait(1);
        party.poll_for(&json!({ "auth_req_id": "x" })).await;
        let flow = all(&app).await.remove(0);
        let (_, story) = told(&app, &flow.reference).await;
        assert_eq!(story.trouble.unwrap().cause, Cause::BackchannelUnknown);
        assert_eq!(story.summary, "till asked for tokens and was refused.");
    })
    .await;
}
