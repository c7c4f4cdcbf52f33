//! What is refused before a code is issued: the request, the person, the page.

use keystead::directory::users;
use keystead::domain::{Actor, Cause, Client};

use super::{all, compared, newest, of_page, told, web};
use crate::harness::http;
use crate::harness::{Browser, PASSWORD, Party, Scene, TestApp, each_database};

#[tokio::test]
async fn an_unknown_client_is_told_with_the_nearest_ones() {
    each_database(async |app| {
        let party = web(&app).await;
        app.client("wiki").await;
        let page = http::get(&app.app, &party.ask(&[("client_id", "wev")])).await;
        for near in ["wiki", "web.example"] {
            assert!(!page.body.contains(near), "a stranger learns of {near}");
        }
        let trouble = of_page(&app, &page).await.trouble.unwrap();
        assert_eq!(trouble.cause, Cause::UnknownClient);
        assert_eq!(compared(&trouble), "client_id: wev / web");
        assert!(trouble.fix.starts_with("If 'web' is meant, correct the client id"));
        let page = http::get(&app.app, &party.ask(&[("client_id", "jira")])).await;
        let trouble = of_page(&app, &page).await.trouble.unwrap();
        assert_eq!(compared(&trouble), "client_id: jira / none like it");
        assert!(trouble.fix.contains("keystead client list"), "{}", trouble.fix);
    })
    .await;
}

#[tokio::test]
async fn a_closed_client_is_told_so() {
    each_database(async |app| {
        let closed = |client: &mut Client| client.disabled_at = Some(client.created_at);
        let party = Party::new(&app.app, &app.client_with("web", closed).await).await;
        let page = http::get(&app.app, &party.ask(&[])).await;
        let trouble = of_page(&app, &page).await.trouble.unwrap();
        assert_eq!(trouble.cause, Cause::ClientDisabled);
        assert!(trouble.meaning.starts_with("An administrator closed this client"));
        assert_eq!(trouble.offers[0].sentence, "Open web again.");
        assert_eq!(trouble.offers[0].command, "keystead client update web --enable");
    })
    .await;
}

#[tokio::test]
async fn a_request_without_redirect_uri_or_read_twice_is_told_so() {
    each_database(async |app| {
        let party = web(&app).await;
        let page = http::get(&app.app, &party.ask(&[("redirect_uri", "")])).await;
        let trouble = of_page(&app, &page).await.trouble.unwrap();
        assert_eq!(trouble.cause, Cause::RedirectUriMissing);
        assert!(trouble.meaning.starts_with("The application did not say where the answer"));
        let page = http::get(&app.app, &format!("{}&state=2", party.ask(&[]))).await;
        let trouble = of_page(&app, &page).await.trouble.unwrap();
        assert_eq!(trouble.cause, Cause::MalformedRequest);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_served_is_told_beside_what_is() {
    each_database(async |app| {
        let party = web(&app).await;
        for (sent, cause, told) in [
            (
                ("response_type", "id_token token"),
                Cause::UnsupportedResponseType,
                "response_type: id_token token / code",
            ),
            (
                ("response_mode", "web_message"),
                Cause::UnsupportedResponseMode,
                "response_mode: web_message / query, fragment or form_post",
            ),
            (("prompt", "none login"), Cause::PromptContradiction, "prompt: none login / none"),
            (("max_age", "1h"), Cause::MaxAgeMalformed, "max_age: 1h / a whole number of seconds"),
            (
                ("code_challenge_method", "plain"),
                Cause::PkcePlain,
                "code_challenge_method: plain / S256",
            ),
        ] {
            app.wait(1);
            http::get(&app.app, &party.ask(&[sent])).await;
            let trouble = newest(&app).await;
            assert_eq!((trouble.cause, compared(&trouble).as_str()), (cause, told));
        }
        for (parameter, value) in [("response_type", ""), ("claims", "[]")] {
            app.wait(1);
            http::get(&app.app, &party.ask(&[(parameter, value)])).await;
            let reference = all(&app).await.remove(0).reference;
            let (_, story) = told(&app, &reference).await;
            assert_eq!(story.trouble.unwrap().cause, Cause::MalformedRequest);
            let last = story.timeline.last().unwrap().sentence.clone();
            assert!(last.contains(&format!("parameter: {parameter}")), "{last}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_pkce_lacks_is_told_with_what_is_known_of_the_library() {
    each_database(async |app| {
        let netbox = |client: &mut Client| {
            client.redirect_uris = vec!["https://netbox.example.com/oauth/complete/oidc/".into()];
        };
        let mut party = Party::new(&app.app, &app.client_with("netbox", netbox).await).await;
        party.pkce = false;
        http::get(&app.app, &party.ask(&[])).await;
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::PkceMissing);
        assert!(trouble.background[0].contains("from version 4.8.7 on"), "{trouble:?}");
        assert_eq!(trouble.offers[0].sentence, "Let netbox sign in without PKCE.");
        assert!(trouble.offers[0].warning.as_ref().unwrap().starts_with("PKCE protects codes"));
        app.wait(1);
        http::get(
            &app.app,
            &party.ask(&[("code_challenge_method", "S256"), ("code_challenge", "x")]),
        )
        .await;
        assert_eq!(newest(&app).await.cause, Cause::PkceMalformed);
    })
    .await;
}

#[tokio::test]
async fn asking_silently_tells_why_a_page_would_be_needed() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let silent = ("prompt", "none");
        let cause = async |scene: &mut Scene, more: &[(&str, &str)]| {
            app.wait(1);
            scene.browser.get(&scene.party.ask(more)).await;
            let reference = all(&app).await.remove(0).reference;
            let (_, story) = told(&app, &reference).await;
            let first = &story.timeline[0].sentence;
            assert!(first.contains("without showing a page"), "{first}");
            story.trouble.unwrap()
        };
        assert_eq!(cause(&mut scene, &[silent]).await.cause, Cause::LoginRequired);
        scene.browser.sign_in("alice").await;
        let trouble = cause(&mut scene, &[silent]).await;
        assert_eq!(trouble.cause, Cause::ConsentRequired);
        assert_eq!(trouble.offers[0].sentence, "Ask nobody for consent to web.");
        let tokens = scene.tokens(&[]).await;
        app.wait(100);
        let trouble = cause(&mut scene, &[silent, ("max_age", "60")]).await;
        assert_eq!(trouble.cause, Cause::SignInTooOld);
        assert!(trouble.meaning.contains("max_age"), "{}", trouble.meaning);
        app.user("bob").await;
        let mut bobs = Browser::new(&app.app);
        bobs.sign_in("bob").await;
        scene.browser = bobs;
        let hint = ("id_token_hint", tokens.get("id_token"));
        assert_eq!(cause(&mut scene, &[silent, hint]).await.cause, Cause::OtherPerson);
        let strange = ("id_token_hint", "x");
        assert_eq!(cause(&mut scene, &[silent, strange]).await.cause, Cause::BadIdTokenHint);
    })
    .await;
}

/// The login page of `web` after this name and password.
async fn tried(app: &TestApp, party: &Party, name: &str, password: &str) -> http::Answer {
    app.wait(1);
    let mut browser = Browser::new(&app.app);
    let page = browser.get(&party.ask(&[])).await;
    let page = browser.follow(page).await;
    browser.log_in(&page, name, password).await
}

#[tokio::test]
async fn why_a_person_could_not_sign_in_is_told_to_the_administrator_alone() {
    each_database(async |app| {
        let party = web(&app).await;
        app.user("alice").await;
        app.user("carol").await;
        app.sql("update users set password_hash = null where username = 'carol'").await;
        users::create(
            &app.app,
            &Actor::CommandLine,
            users::NewUser { username: "dave".into(), ..users::NewUser::default() },
        )
        .await
        .unwrap();
        let mut words = Vec::new();
        for (name, password, cause, account) in [
            ("nobody", PASSWORD, Cause::UnknownUser, None),
            ("alice", "wrong", Cause::WrongPassword, Some("alice")),
            ("dave", PASSWORD, Cause::NoPassword, Some("dave")),
        ] {
            words.push(tried(&app, &party, name, password).await.text("login-error"));
            let trouble = newest(&app).await;
            assert_eq!(trouble.cause, cause);
            if let Some(account) = account.filter(|_| trouble.fix.contains("reset-link")) {
                assert!(trouble.fix.contains(&format!("reset-link {account}")), "{}", trouble.fix);
            }
        }
        users::disable(&app.app, &Actor::CommandLine, "alice", keystead::directory::Force::No)
            .await
            .unwrap();
        words.push(tried(&app, &party, "alice", PASSWORD).await.text("login-error"));
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::UserDisabled);
        assert_eq!(trouble.offers[0].sentence, "Open the account alice again.");
        assert!(words.iter().all(|one| *one == words[0]), "one answer for all: {words:?}");
        let mut tries = 0;
        while tried(&app, &party, "alice", "wrong").await.status != 429 {
            tries += 1;
            assert!(tries < 20, "nobody is slowed down");
        }
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::Throttled);
        assert_eq!(trouble.offers[0].command, "keystead user unlock alice");
    })
    .await;
}

#[tokio::test]
async fn what_was_typed_as_a_name_of_nobody_is_not_kept() {
    each_database(async |app| {
        let party = web(&app).await;
        tried(&app, &party, "hunter2-my-password", "x").await;
        let reference = all(&app).await.remove(0).reference;
        let looked = super::looked(&app, &reference).await;
        assert_eq!(looked.story.trouble.as_ref().unwrap().cause, Cause::UnknownUser);
        assert!(!format!("{looked:?}").contains("hunter2"));
    })
    .await;
}

#[tokio::test]
async fn a_form_that_is_not_believed_is_told_on_its_flow() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let page = scene.browser.get(&scene.party.ask(&[])).await;
        let page = scene.browser.follow(page).await;
        scene.browser.cookies.clear();
        let page =
            scene.browser.submit(&page, &[("username", "alice"), ("password", PASSWORD)]).await;
        assert_eq!(page.text("error-code"), Cause::FormRejected.code());
        let trouble = of_page(&app, &page).await.trouble.unwrap();
        assert!(trouble.fix.contains("keeps cookies for the public URL"), "{}", trouble.fix);
    })
    .await;
}

#[tokio::test]
async fn a_page_that_belongs_to_no_flow_tells_its_cause_in_words() {
    each_database(async |app| {
        app.user("alice").await;
        let mut browser = Browser::new(&app.app);
        for (path, cause, words) in [
            ("/login?resume=x", Cause::RequestExpired, "This page was open for too long"),
            ("/invite?token=x", Cause::LinkExpired, "This link was used already or is too old"),
        ] {
            let page = browser.get(path).await;
            assert_eq!(page.text("error-code"), cause.code());
            assert!(page.body.contains(words), "{}", page.body);
        }
        let request = axum::http::Request::get("/nowhere").header("accept", "text/html");
        let page = http::send(&app.app, request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(page.text("error-code"), Cause::NotFound.code());
        // Other stories meet these, in a field of a form; here are the words for them.
        for (cause, words) in [
            (Cause::WeakPassword, "This password is too easy to guess"),
            (Cause::Overloaded, "Too many people are signing in right now"),
        ] {
            let person = keystead::explain::explanation(cause).person;
            assert!(person.starts_with(words), "{cause}: {person}");
        }
        browser.sign_in("alice").await;
        app.sql("alter table sessions rename to elsewhere").await;
        let page = browser.get("/login").await;
        app.sql("alter table elsewhere rename to sessions").await;
        assert_eq!((page.status, page.text("error-code")), (500, Cause::ServerError.code().into()));
        assert!(page.body.contains("Something broke on our side"), "{}", page.body);
    })
    .await;
}

#[tokio::test]
async fn an_essential_acr_that_nobody_reaches_is_told_with_the_one_there_is() {
    each_database(async |app| {
        let party = web(&app).await;
        let asked = r#"{"id_token":{"acr":{"essential":true,"values":["urn:gold","2"]}}}"#;
        let answer = http::get(&app.app, &party.ask(&[("claims", asked)])).await;
        assert_eq!(answer.param("error").as_deref(), Some("unmet_authentication_requirements"));
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::AcrNotMet);
        assert_eq!(compared(&trouble), "acr: urn:gold 2 / 1");
        for fine in [
            r#"{"id_token":{"acr":{"essential":true,"values":["2","1"]}}}"#,
            r#"{"id_token":{"acr":{"essential":true,"value":"1"}}}"#,
            r#"{"id_token":{"acr":{"values":["2"]}}}"#,
            r#"{"id_token":{"acr":{"essential":true}}}"#,
            r#"{"id_token":{"acr":null}}"#,
        ] {
            let answer = http::get(&app.app, &party.ask(&[("claims", fine)])).await;
            assert!(answer.location().starts_with("/login"), "{fine}: {}", answer.location());
        }
    })
    .await;
}
