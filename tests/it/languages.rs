//! The pages of signing in speak the language of whoever reads them.

use keystead::domain::Username;
use serde_json::json;

use crate::harness::{Browser, Scene, TestApp, each_database, http};
use crate::settings::set;

#[tokio::test]
async fn the_strongest_wish_for_a_language_that_is_offered_is_heard() {
    each_database(async |app: TestApp| {
        let title = async |languages: &str| {
            let page = Browser::new(&app.app).get_in("/login", languages).await;
            let lang = page.body.split("<html lang=\"").nth(1).unwrap()[..2].to_owned();
            (lang, page.body.contains(">Anmelden</button>"))
        };
        assert_eq!(title("de-CH, en;q=0.5").await, ("de".into(), true));
        assert_eq!(title("it, fr;q=0.2").await.0, "fr");
        assert_eq!(title("it").await.0, "en");
        assert_eq!(title("").await.0, "en");
        set(&app, "languages.default", json!("de")).await;
        assert_eq!(title("it").await, ("de".into(), true));
        set(&app, "languages.offered", json!(["de", "en"])).await;
        assert_eq!(title("fr").await.0, "de");
        let document = http::get(&app.app, "/.well-known/openid-configuration").await.json();
        assert_eq!(document["ui_locales_supported"], json!(["en", "de"]));
    })
    .await;
}

#[tokio::test]
async fn an_application_may_choose_and_a_person_before_the_browser() {
    each_database(async |app: TestApp| {
        let mut scene = Scene::new(&app).await;
        let asked = scene.party.ask(&[("ui_locales", "it fr de")]);
        let answer = scene.browser.get(&asked).await;
        let login = scene.browser.follow(answer).await;
        assert!(login.body.contains("<html lang=\"fr\">"), "{}", login.body);
        let refused = scene.browser.log_in(&login, "alice", "wrong").await;
        let said = refused.text("login-error");
        assert!(said.starts_with("Le nom d&#39;utilisateur ou le mot de passe"), "{said}");
        let consent = scene.browser.log_in(&refused, "alice", crate::harness::PASSWORD).await;
        assert!(consent.has("consent-allow") && consent.body.contains("Savoir qui vous êtes"));
        // The person's own language counts where the application asks for none.
        let name = Username::parse("alice").unwrap();
        let found = app.read(async |c| keystead::store::users::find_by_username(c, &name).await);
        let mut alice = found.await.unwrap();
        alice.profile.0.locale = Some("de-AT".into());
        app.write(async |tx| keystead::store::users::update(tx, &alice).await).await;
        let asks = scene.browser.get_in("/logout", "fr").await;
        assert!(asks.body.contains("Sie sind bei Keystead angemeldet"), "{}", asks.body);
        let portal = scene.browser.get_in("/", "de").await;
        assert!(portal.body.contains("<html lang=\"en\">"), "the portal is English");
    })
    .await;
}

#[tokio::test]
async fn errors_and_links_are_in_the_readers_language_too() {
    each_database(async |app: TestApp| {
        let mut browser = Browser::new(&app.app);
        let lost = browser.get_in("/recover?token=none", "de").await;
        assert!(lost.body.contains("Link abgelaufen"), "{}", lost.body);
        let user = app.user("alice").await;
        let actor = keystead::domain::Actor::CommandLine;
        let link =
            keystead::directory::links::reset_link(&app, &actor, user.id.as_str()).await.unwrap();
        let token = link.url.split("token=").nth(1).unwrap().to_owned();
        let page = browser.get_in(&format!("/recover?token={token}"), "de").await;
        assert!(page.body.contains("Mindestens 12 Zeichen"), "{}", page.body);
        set(&app, "sign_in.least_password", json!(30)).await;
        let page = browser.get_in(&format!("/recover?token={token}"), "fr").await;
        assert!(page.body.contains("Au moins 30 caractères"), "{}", page.body);
    })
    .await;
}

#[tokio::test]
async fn a_consent_is_forgotten_after_the_days_that_the_policy_says() {
    each_database(async |app: TestApp| {
        let mut scene = Scene::new(&app).await;
        scene.tokens(&[("scope", "openid email")]).await;
        set(&app, "sign_in.consent_days", json!(10)).await;
        app.wait(9 * 86_400);
        let answer = scene.browser.get(&scene.party.ask(&[("scope", "openid")])).await;
        let login = scene.browser.follow(answer).await;
        let answer = scene.browser.log_in(&login, "alice", crate::harness::PASSWORD).await;
        assert!(answer.param("code").is_some(), "remembered still: {}", answer.body);
        app.wait(2 * 86_400);
        let answer = scene.browser.get(&scene.party.ask(&[("scope", "openid")])).await;
        let login = scene.browser.follow(answer).await;
        let consent = scene.browser.log_in(&login, "alice", crate::harness::PASSWORD).await;
        assert!(consent.body.contains("or after 10 days"), "{}", consent.body);
        scene.browser.submit(&consent, &[("action", "allow")]).await;
        // What was allowed long ago is not renewed with what was shown now.
        let asked = scene.party.ask(&[("scope", "openid email")]);
        let answer = scene.browser.get(&asked).await;
        assert!(scene.browser.follow(answer).await.has("consent-allow"));
    })
    .await;
}
