//! What Keystead offers to do is done by the ordinary functions, with their checks.

use keystead::directory::fixes;
use keystead::domain::{Actor, Cause, Client, ClientId, FlowRef};
use keystead::explain::{Fix, explanation};
use keystead::store::events;

use super::{all, looked, newest, web};
use crate::harness::steps::closed_client;
use crate::harness::{Browser, Party, Scene, TestApp, each_database, http};

const ACTOR: Actor = Actor::CommandLine;

async fn newest_ref(app: &TestApp) -> FlowRef {
    all(app).await.remove(0).reference
}

/// Applies what is offered first for the newest flow.
async fn mend(app: &TestApp) -> Fix {
    let told = looked(app, &newest_ref(app).await).await;
    let fix = fixes::offered(&told.story)[0].fix.clone();
    fixes::check(&app.app, &fix).await.unwrap();
    let group = told.flow.group_id.as_ref();
    assert!(fixes::mend(&app.app, &ACTOR, &fix, group).await.unwrap().changed);
    fix
}

#[tokio::test]
async fn a_registered_address_lets_people_in_and_leaves_an_event() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        scene.party.redirect_uri.push('/');
        assert_eq!(scene.ask(&[]).await.text("error-code"), "redirect_uri_mismatch");
        mend(&app).await;
        assert!(scene.ask(&[]).await.param("code").is_some());
        let kinds: Vec<String> = app
            .read(async |conn| events::list(conn, &Default::default(), None, 20).await)
            .await
            .into_iter()
            .map(|event| event.kind)
            .collect();
        for kind in ["client.redirect_uri_added", "failure.solved"] {
            assert!(kinds.iter().any(|one| one == kind), "{kind}: {kinds:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_strangers_address_is_offered_with_a_warning_and_held_to_the_rules() {
    each_database(async |app| {
        let party = web(&app).await;
        http::get(&app.app, &party.ask(&[("redirect_uri", "https://evil.example/cb")])).await;
        let trouble = newest(&app).await;
        let offer = &trouble.offers[0];
        assert!(offer.fix.is_from_strangers());
        assert!(offer.sentence.contains("https://evil.example/cb"), "{}", offer.sentence);
        assert!(offer.warning.as_ref().unwrap().contains("only if it is the application's own"));
        for uri in ["javascript:alert(1)", "https://*.example/cb", "https://a.example/cb#x", ""] {
            let fix = Fix::AddRedirectUri { client: ClientId("web".to_owned()), uri: uri.into() };
            assert!(fixes::check(&app.app, &fix).await.is_err(), "{uri}");
            assert!(fixes::apply(&app.app, &ACTOR, &fix).await.is_err(), "{uri}");
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_has_no_access_can_be_given_it_in_either_way() {
    each_database(async |app| {
        let alice = app.user("alice").await;
        app.group("editors", &[&alice]).await;
        app.group("admins", &[]).await;
        let registered =
            closed_client(&app, "web", |client: &mut Client| client.trusted = true).await;
        app.allow(
            &registered.client.id,
            &app.registry().group_by_name("admins").unwrap().id.0,
            "openid",
        )
        .await;
        let party = Party::new(&app.app, &registered).await;
        let mut browser = Browser::new(&app.app);
        let page = browser.authorize(&party.ask(&[]), "alice").await;
        assert_eq!(page.text("error-code"), "no_scope_map");
        let told = looked(&app, &newest_ref(&app).await).await;
        let sentences: Vec<&str> =
            fixes::offered(&told.story).iter().map(|offer| offer.sentence.as_str()).collect();
        assert_eq!(
            sentences,
            [
                "Put alice into the group admins.",
                "Let members of editors use web, with the scopes email openid profile.",
                "Let members of everyone use web, with the scopes email openid profile.",
                "Mark this failure as solved, until it happens again.",
            ]
        );
        let everyone = fixes::offered(&told.story)[2].warning.clone();
        assert_eq!(everyone.as_deref(), Some("It lets everybody with an account in."));
        mend(&app).await;
        assert!(browser.authorize(&party.ask(&[]), "alice").await.param("code").is_some());
    })
    .await;
}

#[tokio::test]
async fn every_other_fix_mends_what_it_says() {
    each_database(async |app| {
        let closed = |client: &mut Client| client.disabled_at = Some(client.created_at);
        let mut scene = Scene::with(&app, closed).await;
        assert_eq!(scene.ask(&[]).await.text("error-code"), "client_disabled");
        mend(&app).await;
        scene.party.pkce = false;
        app.wait(1);
        assert_eq!(scene.ask(&[]).await.param("error").as_deref(), Some("invalid_request"));
        mend(&app).await;
        app.wait(1);
        scene.browser.sign_in("alice").await;
        let silent = scene.browser.get(&scene.party.ask(&[("prompt", "none")])).await;
        assert_eq!(silent.param("error").as_deref(), Some("consent_required"));
        mend(&app).await;
        app.wait(1);
        let form = [("grant_type", "client_credentials")];
        assert_eq!(scene.party.call("token_endpoint", &form).await.status, 400);
        mend(&app).await;
        assert_eq!(scene.party.call("token_endpoint", &form).await.status, 200);
        assert!(scene.ask(&[]).await.param("code").is_some());
    })
    .await;
}

#[tokio::test]
async fn a_fix_that_is_not_needed_any_more_is_not_offered() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        scene.party.redirect_uri.push('/');
        scene.ask(&[]).await;
        let reference = newest_ref(&app).await;
        mend(&app).await;
        let told = looked(&app, &reference).await;
        let trouble = told.story.trouble.as_ref().unwrap();
        assert_eq!(trouble.cause, Cause::RedirectUriMismatch);
        assert!(trouble.fix.contains("registered since"), "{}", trouble.fix);
        let left = fixes::offered(&told.story);
        assert!(left.iter().all(|offer| matches!(offer.fix, Fix::Dismiss { .. })), "{left:?}");
        assert_eq!(trouble.reply, explanation(trouble.cause).reply);
    })
    .await;
}
