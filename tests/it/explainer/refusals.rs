//! Every refusal leaves a flow that says what happened, why, and how to mend it.

use keystead::domain::{Cause, Client, FlowState};
use keystead::explain;
use keystead::jobs;
use keystead::store::flows;

use super::{all, flush, of_page, only, told, web};
use crate::harness::http;
use crate::harness::{PASSWORD, Party, Scene, each_database};

#[tokio::test]
async fn a_sign_in_that_works_is_told_step_by_step_and_has_no_trouble() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let tokens = scene.tokens(&[]).await;
        scene.party.userinfo(tokens.get("access_token")).await;
        scene.party.userinfo(tokens.get("access_token")).await;
        let (state, cause, story) = only(&app).await;
        assert_eq!((state, cause), (FlowState::Done, None));
        assert_eq!(story.summary, "alice signed in to web.");
        let told: Vec<&str> =
            story.timeline.iter().map(|moment| moment.sentence.as_str()).collect();
        assert_eq!(
            told,
            [
                "The application asked for openid profile email, the answer to go to \
                 https://web.example.com/callback (pkce: S256).",
                "The login page was shown.",
                "alice signed in.",
                "The consent page was shown (scope: email openid profile).",
                "The person allowed it: email openid profile.",
                "A code was issued and sent back to the application (scope: email openid profile).",
                "The application redeemed the code, authenticated by client_secret_basic.",
                "An ID token was issued, signed with RS256.",
                "The application read userinfo.",
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_foreign_redirect_uri_is_told_with_the_part_that_differs() {
    each_database(async |app| {
        let party = web(&app).await;
        for (uri, part) in [
            ("http://web.example.com/callback", "scheme"),
            ("https://www.web.example.com/callback", "host"),
            ("https://web.example.com:8443/callback", "port"),
            ("https://web.example.com/callback/", "trailing slash"),
            ("https://web.example.com/oidc", "path"),
            ("https://web.example.com/Callback", "case"),
            ("https://web.example.com/callback?x=1", "query"),
            ("https://web.example.com/callback#x", "fragment"),
        ] {
            let page = http::get(&app.app, &party.ask(&[("redirect_uri", uri)])).await;
            let trouble = of_page(&app, &page).await.trouble.unwrap();
            assert_eq!(trouble.cause, Cause::RedirectUriMismatch);
            assert_eq!(trouble.compared.len(), 1);
            let compared = &trouble.compared[0];
            assert_eq!(compared.what, format!("redirect_uri, {part} differs"), "{uri}");
            assert_eq!(compared.offered, uri);
            assert_eq!(compared.registered, "https://web.example.com/callback");
            assert!(!trouble.fix.contains("CLIENT"), "{}", trouble.fix);
        }
    })
    .await;
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_told_with_its_cause() {
    each_database(async |app| {
        let party = web(&app).await;
        let bare: &[(&str, &str)] = &[("code_challenge", ""), ("code_challenge_method", "")];
        for (sent, cause) in [
            (bare, Cause::PkceMissing),
            (&[("code_challenge_method", "plain")], Cause::PkcePlain),
            (&[("code_challenge", "x")], Cause::PkceMalformed),
            (&[("response_type", "token")], Cause::UnsupportedResponseType),
            (&[("response_mode", "web_message")], Cause::UnsupportedResponseMode),
            (&[("prompt", "none login")], Cause::PromptContradiction),
            (&[("prompt", "none")], Cause::LoginRequired),
            (&[("request", "x")], Cause::RequestObjectUnsupported),
            (&[("request_uri", "x")], Cause::RequestUriUnsupported),
            (&[("max_age", "x")], Cause::MaxAgeMalformed),
            (&[("id_token_hint", "x")], Cause::BadIdTokenHint),
        ] {
            app.wait(1);
            http::get(&app.app, &party.ask(sent)).await;
            let newest = all(&app).await.remove(0);
            let (flow, story) = told(&app, &newest.reference).await;
            assert_eq!(flow.state, FlowState::Failed, "{sent:?}");
            assert_eq!(story.summary, "Somebody could not sign in to web.");
            assert_eq!(story.trouble.unwrap().cause, cause, "{sent:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_the_token_endpoint_refuses_is_told_on_the_flow_of_the_code() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let other = Party::new(&app.app, &app.client("other").await).await;
        let secret = scene.party.secret.clone();
        let good = scene.party.redirect_uri.clone();
        for (wrong, cause) in [
            ("secret", Cause::ClientSecretWrong),
            ("no secret", Cause::ClientAuthMissing),
            ("other client", Cause::CodeOtherClient),
            ("redirect_uri", Cause::CodeOtherRedirectUri),
            ("no verifier", Cause::PkceVerifierMissing),
            ("late", Cause::CodeExpired),
            ("twice", Cause::CodeReused),
        ] {
            app.wait(1);
            let code = scene.code().await;
            let reference = all(&app).await.remove(0).reference;
            match wrong {
                "secret" => scene.party.secret = Some("wrong".into()),
                "no secret" => scene.party.secret = None,
                "redirect_uri" => scene.party.redirect_uri.push('/'),
                "no verifier" => scene.party.pkce = false,
                "late" => app.wait(61),
                "twice" => assert_eq!(scene.party.exchange(&code).await.status, 200),
                _ => assert_eq!(other.exchange(&code).await.status, 400),
            }
            assert!(scene.party.exchange(&code).await.status >= 400, "{wrong}");
            scene.party.secret = secret.clone();
            scene.party.redirect_uri = good.clone();
            scene.party.pkce = true;
            let (flow, story) = told(&app, &reference).await;
            let first = match wrong {
                // Its owner came second, and heard that it was used up.
                "other client" => Cause::CodeReused,
                _ => cause,
            };
            assert_eq!(flow.state, FlowState::Failed, "{wrong}");
            let trouble = story.trouble.expect(wrong);
            assert_eq!(trouble.cause, first, "{wrong}");
            let title = &explain::explanation(cause).title;
            let sentences: Vec<&str> = story.timeline.iter().map(|m| m.sentence.as_str()).collect();
            assert!(sentences.iter().any(|told| told.contains(title)), "{wrong}: {sentences:#?}");
            if wrong == "redirect_uri" {
                assert_eq!(trouble.compared[0].what, "redirect_uri, trailing slash differs");
            }
            let text = format!("{sentences:?}{trouble:?}");
            assert!(!text.contains(&code) && !text.contains(secret.as_deref().unwrap()));
        }
    })
    .await;
}

#[tokio::test]
async fn a_code_that_nobody_comes_for_is_a_fault_after_two_minutes() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        scene.code().await;
        app.wait(119);
        let (state, cause, story) = only(&app).await;
        assert_eq!((state, cause), (FlowState::Open, None));
        let yet = "alice signed in for web, which has yet to come for its tokens.";
        assert_eq!(story.summary, yet);
        app.wait(1);
        let (_, cause, story) = only(&app).await;
        assert_eq!(cause, Some(Cause::CodeNeverRedeemed));
        assert_eq!(story.summary, "alice signed in for web, which never came for its tokens.");
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_is_a_step_that_the_right_one_overcomes() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let page = scene.browser.get(&scene.party.ask(&[])).await;
        let page = scene.browser.follow(page).await;
        let page = scene.browser.log_in(&page, "alice", "wrong").await;
        let (state, cause, story) = only(&app).await;
        assert_eq!((state, cause), (FlowState::Open, Some(Cause::WrongPassword)));
        assert_eq!(
            story.timeline.last().unwrap().sentence,
            "The sign-in as alice was refused: Wrong password."
        );
        let page = scene.browser.log_in(&page, "nobody", PASSWORD).await;
        assert_eq!(only(&app).await.1, Some(Cause::UnknownUser));
        scene.browser.log_in(&page, "alice", PASSWORD).await;
        assert_eq!(only(&app).await.1, None);
    })
    .await;
}

#[tokio::test]
async fn cancelling_denying_and_missing_access_are_told_apart() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let page = scene.browser.get(&scene.party.ask(&[])).await;
        let page = scene.browser.follow(page).await;
        scene.browser.submit(&page, &[("action", "cancel")]).await;
        assert_eq!(only(&app).await.1, Some(Cause::LoginCancelled));
        app.wait(1);
        let page = scene.browser.get(&scene.party.ask(&[])).await;
        let page = scene.browser.follow(page).await;
        let page = scene.browser.log_in(&page, "alice", PASSWORD).await;
        scene.browser.submit(&page, &[("action", "deny")]).await;
        let newest = all(&app).await.remove(0);
        let (_, story) = told(&app, &newest.reference).await;
        assert_eq!(story.trouble.unwrap().cause, Cause::ConsentRefused);

        app.sql("delete from scope_maps").await;
        app.sql("update registry_version set version = version + 1").await;
        app.refresh_registry().await.unwrap();
        let page = scene.ask(&[]).await;
        let story = of_page(&app, &page).await;
        assert_eq!(story.trouble.as_ref().unwrap().cause, Cause::NoScopeMap);
        let fix = &story.trouble.unwrap().fix;
        assert!(fix.contains("keystead client scope-map web GROUP"), "{fix}");
    })
    .await;
}

#[tokio::test]
async fn a_page_tells_a_stranger_nothing_that_is_registered() {
    each_database(async |app| {
        let change = |web: &mut Client| {
            web.name = "Payroll of Example Ltd".into();
            web.redirect_uris.push("https://intranet.example.net/secret".into());
            web.settings.contact = Some("hr@example.net".into());
        };
        let party = Party::new(&app.app, &app.client_with("web", change).await).await;
        app.group("directors", &[]).await;
        for sent in [
            &[("redirect_uri", "https://intranet.example.net/")][..],
            &[("redirect_uri", "")],
            &[("client_id", "wep")],
            &[("client_id", "")],
        ] {
            let page = http::get(&app.app, &party.ask(sent)).await;
            let body = page.body.replace("https://web.example.com/callback", "");
            for kept in ["Payroll", "intranet", "web.example.com", "hr@", "directors", "openid"] {
                assert!(!body.contains(kept), "{kept} in {sent:?}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn flows_are_kept_in_number_and_of_strangers_a_tenth_of_it() {
    each_database(async |app| {
        let party = web(&app).await;
        let node = app.another_node_with(&[("KEYSTEAD_FLOWS__KEEP", "100")]).await;
        let own = party.ask(&[]);
        let (stranger, nonsense) = (party.ask(&[("client_id", "x")]), format!("{own}&state=2"));
        for _ in 0..60 {
            http::get(&node, &own).await;
            http::get(&node, &stranger).await;
            http::get(&node, &nonsense).await;
        }
        flush(&node).await;
        jobs::sweep(&node).await.unwrap();
        let kept = all(&app).await;
        let strange = kept.iter().filter(|flow| flow.cause.is_some()).count();
        assert_eq!((kept.len(), strange), (50, 10));
        for _ in 0..60 {
            http::get(&node, &own).await;
        }
        flush(&node).await;
        jobs::sweep(&node).await.unwrap();
        assert_eq!(all(&app).await.len(), 50, "where nobody signed in, half of what is kept");
    })
    .await;
}

#[tokio::test]
async fn what_a_stranger_sends_is_kept_short() {
    each_database(async |app| {
        let party = web(&app).await;
        let long = "x".repeat(20_000);
        for name in ["client_id", "redirect_uri", "scope", "prompt", "response_mode"] {
            http::get(&app.app, &party.ask(&[(name, &long)])).await;
        }
        for flow in all(&app).await {
            let steps = app.read(async |conn| flows::steps(conn, &flow.reference, 10).await).await;
            let size = serde_json::to_string(&(&flow, &steps)).unwrap().len();
            assert!(size < 4000, "{size} bytes: {flow:?}");
        }
    })
    .await;
}
