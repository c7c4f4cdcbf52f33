//! The consent page: what it tells, whom it asks, and what is remembered of the answer.

use keystead::directory::claim_maps::{self, NewClaimMap};
use keystead::domain::{Actor, Client, EVERYONE};
use keystead::store::users;

use crate::harness::http::Answer;
use crate::harness::steps::party;
use crate::harness::{Browser, PASSWORD, Party, TestApp, each_database, samples};

/// Opens an authorization request and stops at the page that it needs.
async fn arrive(browser: &mut Browser, party: &Party, more: &[(&str, &str)]) -> Answer {
    let answer = browser.get(&party.ask(more)).await;
    browser.follow(answer).await
}

async fn allow(browser: &mut Browser, page: &Answer) -> Answer {
    assert!(page.has("consent-allow"), "{} '{}' {}", page.status, page.location(), page.body);
    browser.submit(page, &[("action", "allow")]).await
}

/// Alice's browser, signed in.
async fn alices(app: &TestApp) -> Browser {
    app.user("alice").await;
    let mut browser = Browser::new(&app.app);
    browser.sign_in("alice").await;
    browser
}

#[tokio::test]
async fn the_page_tells_who_asks_who_is_asked_and_every_value_that_would_be_told() {
    each_database(async |app| {
        let mut user = app.user("alice").await;
        samples::fill(&mut user);
        app.write(async |tx| users::update(tx, &user).await).await;
        let registered = app.client_with("web", |client| client.name = "The <Wiki>".into()).await;
        app.allow(&registered.client.id, EVERYONE, "openid profile email address groups").await;
        app.group("staff", &[&user]).await;
        let new = NewClaimMap {
            claim: "wiki_role".into(),
            group: "staff".into(),
            values: vec!["editor".into(), "reviewer".into()],
            join: None,
        };
        claim_maps::set(&app.app, &Actor::CommandLine, "web", new).await.unwrap();
        let party = Party::new(&app.app, &registered).await;
        let mut browser = Browser::new(&app.app);
        browser.sign_in("alice").await;
        let scope = [("scope", "openid email address groups unknown")];
        let page = arrive(&mut browser, &party, &scope).await;
        for told in [
            "The &#60;Wiki&#62;",
            "Alice Liddell",
            "(alice)",
            "Know who you are",
            "See your e-mail address",
            "alice@example.com",
            "See your postal address",
            "Oxford",
            "See which groups you belong to",
            "staff",
            "See these details",
            "Wiki role: editor, reviewer",
        ] {
            assert!(page.body.contains(told), "{told}: {}", page.body);
        }
        for untold in ["See your profile", "female", "unknown", "Stay connected"] {
            assert!(!page.body.contains(untold), "{untold}");
        }
        for id in ["consent-allow", "consent-deny", "consent-switch"] {
            assert!(page.has(id), "{id}");
        }
    })
    .await;
}

#[tokio::test]
async fn consent_is_remembered_and_asked_for_again_when_more_is_wanted() {
    each_database(async |app| {
        let (party, mut browser) = (party(&app).await, alices(&app).await);
        let first = arrive(&mut browser, &party, &[("scope", "openid email")]).await;
        allow(&mut browser, &first).await;
        for less in ["openid email", "openid", "email openid"] {
            let answer = arrive(&mut browser, &party, &[("scope", less)]).await;
            assert!(answer.param("code").is_some(), "{less} was allowed before");
        }
        let more = arrive(&mut browser, &party, &[("scope", "openid profile")]).await;
        allow(&mut browser, &more).await;
        let both = arrive(&mut browser, &party, &[("scope", "openid profile email")]).await;
        assert!(both.param("code").is_some(), "one after the other they add up");
        let asked = arrive(&mut browser, &party, &[("prompt", "consent")]).await;
        assert!(asked.has("consent-allow"), "the client may want it asked again");
    })
    .await;
}

#[tokio::test]
async fn a_claim_asked_for_by_itself_needs_consent_of_its_own() {
    each_database(async |app| {
        let (party, mut browser) = (party(&app).await, alices(&app).await);
        let openid = ("scope", "openid");
        let first = arrive(&mut browser, &party, &[openid]).await;
        assert!(!first.body.contains("alice@example.com"));
        allow(&mut browser, &first).await;
        let claims = ("claims", r#"{"userinfo":{"email":null}}"#);
        let page = arrive(&mut browser, &party, &[openid, claims]).await;
        assert!(page.body.contains("alice@example.com"), "{} {}", page.location(), page.body);
        let silent = arrive(&mut browser, &party, &[openid, claims, ("prompt", "none")]).await;
        assert_eq!(silent.param("error").as_deref(), Some("consent_required"));
        let answer = allow(&mut browser, &page).await;
        let tokens = party.redeem(&answer).await;
        let told = party.userinfo(tokens.get("access_token")).await.json();
        assert_eq!(told["email"], "alice@example.com");
        let portal = browser.get("/account/connections").await;
        assert!(portal.body.contains("See your email"), "{}", portal.body);
        let whole = arrive(&mut browser, &party, &[("scope", "openid email")]).await;
        allow(&mut browser, &whole).await;
        let covered = arrive(&mut browser, &party, &[openid, claims]).await;
        assert!(covered.param("code").is_some(), "the scope that was allowed holds the claim");
    })
    .await;
}

#[tokio::test]
async fn a_resource_needs_consent_of_its_own() {
    each_database(async |app| {
        let (api, files) = ("https://api.example.com/", "https://files.example.com/");
        let registered = app
            .client_with("web", |client| {
                client.settings.resources = vec![api.to_owned(), files.to_owned()];
            })
            .await;
        let (party, mut browser) = (Party::new(&app.app, &registered).await, alices(&app).await);
        let first = arrive(&mut browser, &party, &[]).await;
        assert!(!first.has("resources"));
        allow(&mut browser, &first).await;
        let page = arrive(&mut browser, &party, &[("resource", api)]).await;
        assert!(page.text("resources").contains(api), "{} {}", page.location(), page.body);
        allow(&mut browser, &page).await;
        let again = arrive(&mut browser, &party, &[("resource", api)]).await;
        assert!(again.param("code").is_some(), "it was allowed before");
        let silent = [("resource", api), ("resource", files), ("prompt", "none")];
        let silent = arrive(&mut browser, &party, &silent).await;
        assert_eq!(silent.param("error").as_deref(), Some("consent_required"));
        let portal = browser.get("/account/connections").await;
        assert!(portal.body.contains(&format!("Use {api} in your name")), "{}", portal.body);
    })
    .await;
}

#[tokio::test]
async fn one_persons_consent_is_nobody_elses() {
    each_database(async |app| {
        let (party, mut alices) = (party(&app).await, alices(&app).await);
        let page = arrive(&mut alices, &party, &[]).await;
        let form = page.inputs();
        let mut form: Vec<(&str, &str)> =
            form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        form.push(("action", "allow"));
        let allowed = alices.post("/consent", &form).await.location().to_owned();
        assert!(allowed.starts_with("/oauth2/authorize?resume="));
        // The client's operator sends the link of their own consent to somebody else.
        app.user("bob").await;
        let mut bobs = Browser::new(&app.app);
        bobs.sign_in("bob").await;
        let answer = bobs.get(&allowed).await;
        assert!(bobs.follow(answer).await.has("consent-allow"));
        assert!(alices.get(&allowed).await.param("code").is_some());
    })
    .await;
}

#[tokio::test]
async fn a_trusted_client_asks_nobody() {
    each_database(async |app| {
        let registered = app.client_with("web", |client: &mut Client| client.trusted = true).await;
        let (party, mut browser) = (Party::new(&app.app, &registered).await, alices(&app).await);
        assert!(arrive(&mut browser, &party, &[]).await.param("code").is_some());
        assert!(arrive(&mut browser, &party, &[("prompt", "none")]).await.param("code").is_some());
        let asked = arrive(&mut browser, &party, &[("prompt", "consent")]).await;
        assert!(asked.has("consent-allow"), "unless it wants it so");
    })
    .await;
}

#[tokio::test]
async fn denying_tells_the_client_and_is_not_remembered() {
    each_database(async |app| {
        let (party, mut browser) = (party(&app).await, alices(&app).await);
        let page = arrive(&mut browser, &party, &[("state", "-._~ 128")]).await;
        let answer = browser.submit(&page, &[("action", "deny")]).await;
        assert_eq!(answer.param("error").as_deref(), Some("access_denied"));
        assert_eq!(answer.param("state").as_deref(), Some("-._~ 128"));
        assert!(answer.location().starts_with(&party.redirect_uri));
        let page = arrive(&mut browser, &party, &[]).await;
        party.redeem(&allow(&mut browser, &page).await).await;
    })
    .await;
}

#[tokio::test]
async fn somebody_else_at_the_keyboard_can_take_over() {
    each_database(async |app| {
        let (party, mut browser) = (party(&app).await, alices(&app).await);
        let bob = app.user("bob").await;
        let page = arrive(&mut browser, &party, &[]).await;
        let login = browser.submit(&page, &[("action", "switch")]).await;
        assert!(login.has("username") && !login.body.contains("value=\"alice\""));
        let page = browser.log_in(&login, "bob", PASSWORD).await;
        assert!(page.body.contains("(bob)"), "{}", page.body);
        let tokens = party.redeem(&allow(&mut browser, &page).await).await;
        assert_eq!(tokens.claims["sub"], bob.id.0);
    })
    .await;
}

#[tokio::test]
async fn a_form_from_elsewhere_consents_to_nothing() {
    each_database(async |app| {
        let (party, mut browser) = (party(&app).await, alices(&app).await);
        let page = arrive(&mut browser, &party, &[]).await;
        let answer = browser.submit(&page, &[("action", "allow"), ("csrf", "AAAA")]).await;
        assert_eq!(answer.text("error-code"), "form_rejected");
        let silent = browser.get(&party.ask(&[("prompt", "none")])).await;
        assert_eq!(silent.param("error").as_deref(), Some("consent_required"));
    })
    .await;
}

#[tokio::test]
async fn a_page_left_open_too_long_or_changed_on_the_way_is_not_taken_up_again() {
    each_database(async |app| {
        let (party, mut browser) = (party(&app).await, alices(&app).await);
        let page = arrive(&mut browser, &party, &[]).await;
        let inputs = page.inputs();
        let (_, sealed) = inputs.iter().find(|(name, _)| name == "resume").unwrap();
        let turned: String = sealed.chars().rev().collect();
        for path in ["/consent", "/login", "/oauth2/authorize"] {
            let answer = browser.get(&format!("{path}?resume={turned}")).await;
            assert_eq!(answer.text("error-code"), "request_expired", "{path}");
        }
        app.wait(3601);
        let answer = browser.submit(&page, &[("action", "allow")]).await;
        assert_eq!((answer.status, answer.location()), (400, ""));
        assert_eq!(answer.text("error-code"), "request_expired");
    })
    .await;
}
