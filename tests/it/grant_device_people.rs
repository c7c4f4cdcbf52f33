//! People and the devices that they let in: who decides, who may, and what ends it.

use keystead::directory::sessions;
use keystead::domain::{Actor, ClientSettings, GrantType};

use crate::grant_device::{alice, refused};
use crate::harness::device::{television, tv};
use crate::harness::{Browser, PASSWORD, Party, each_database};

#[tokio::test]
async fn of_two_decisions_one_counts() {
    each_database(async |app| {
        app.user("bob").await;
        let (party, mut alice) = (tv(&app).await, alice(&app).await);
        let mut bob = Browser::new(&app.app);
        bob.sign_in("bob").await;
        let asked = party.ask_for_code("openid").await;
        let (hers, his) = (alice.enter_code(&asked).await, bob.enter_code(&asked).await);
        assert!(his.has("device-allow"));
        alice.submit(&hers, &[("action", "deny")]).await;
        let late = bob.submit(&his, &[("action", "allow")]).await;
        assert!(late.has("device-error"), "{}", late.body);
        assert_eq!(refused(&party.poll(&asked).await), "access_denied");
        let stolen = alice.post("/device", &[]).await;
        assert_eq!(stolen.text("error-code"), "form_rejected");
    })
    .await;
}

#[tokio::test]
async fn whoever_guesses_codes_is_slowed_down() {
    each_database(async |app| {
        let (party, mut browser) = (tv(&app).await, alice(&app).await);
        let asked = party.ask_for_code("openid").await;
        let mut statuses = Vec::new();
        for _ in 0..8 {
            let page = browser.get("/device").await;
            let answer = browser.submit(&page, &[("user_code", "BBBB-BBBB")]).await;
            statuses.push(answer.status);
        }
        assert_eq!(statuses[..6], [422; 6]);
        assert!(statuses[6..].contains(&429), "{statuses:?}");
        let page = browser.enter_code(&asked).await;
        assert_eq!(page.status, 429, "not even with a good one");
        assert!(!page.header("retry-after").is_empty());
        app.wait(3600);
        let asked = party.ask_for_code("openid").await;
        assert!(browser.enter_code(&asked).await.has("device-allow"));
        assert!(browser.sign_in_again().await, "passwords are counted apart");
    })
    .await;
}

#[tokio::test]
async fn a_code_of_ones_own_makes_no_room_for_guesses() {
    each_database(async |app| {
        let (party, mut browser) = (tv(&app).await, alice(&app).await);
        let mut statuses = Vec::new();
        for _ in 0..8 {
            let asked = party.ask_for_code("openid").await;
            browser.enter_code(&asked).await;
            let page = browser.get("/device").await;
            statuses.push(browser.submit(&page, &[("user_code", "BBBB-BBBB")]).await.status);
        }
        assert!(statuses.contains(&429), "{statuses:?}");
    })
    .await;
}

impl Browser {
    /// Whether alice can sign in with a fresh browser.
    async fn sign_in_again(&self) -> bool {
        Browser::new(&self.app).sign_in("alice").await.has("current-user")
    }
}

#[tokio::test]
async fn somebody_without_access_lets_no_device_in() {
    each_database(async |app| {
        let closed = crate::harness::steps::closed_client(&app, "tv", television).await;
        let (party, mut browser) = (Party::new(&app.app, &closed).await, alice(&app).await);
        let asked = party.ask_for_code("openid").await;
        let page = browser.enter_code(&asked).await;
        assert_eq!((page.status, page.text("error-code").as_str()), (403, "no_scope_map"));
        assert!(page.body.contains("other=1"), "another account: {}", page.body);
        assert_eq!(refused(&party.poll(&asked).await), "authorization_pending");
    })
    .await;
}

#[tokio::test]
async fn a_device_outlives_the_browser_that_let_it_in_but_no_sign_out_everywhere() {
    each_database(async |app| {
        let (party, mut browser) = (tv(&app).await, alice(&app).await);
        let asked = party.ask_for_code("openid").await;
        browser.decide(&asked, "allow").await;
        let token = party.poll(&asked).await.json()["access_token"].as_str().unwrap().to_owned();
        let page = browser.get("/logout").await;
        browser.submit(&page, &[]).await;
        assert_eq!(party.userinfo(&token).await.status, 200);
        sessions::end_all(&app.app, &Actor::CommandLine, "alice").await.unwrap();
        assert_eq!(party.userinfo(&token).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn what_changed_between_the_decision_and_the_poll_counts() {
    each_database(async |app| {
        let (party, mut browser) = (tv(&app).await, alice(&app).await);
        let asked = party.ask_for_code("openid email").await;
        browser.decide(&asked, "allow").await;
        let everyone = keystead::domain::EVERYONE;
        app.allow(&keystead::domain::ClientId("tv".into()), everyone, "openid").await;
        assert_eq!(party.poll(&asked).await.json()["scope"], "openid");
        let asked = party.ask_for_code("openid").await;
        browser.decide(&asked, "allow").await;
        sessions::end_all(&app.app, &Actor::CommandLine, "alice").await.unwrap();
        assert_eq!(refused(&party.poll(&asked).await), "invalid_grant");
    })
    .await;
}

#[tokio::test]
async fn another_account_can_be_chosen_on_the_way() {
    each_database(async |app| {
        app.user("bob").await;
        let (party, mut browser) = (tv(&app).await, alice(&app).await);
        let asked = party.ask_for_code("openid profile").await;
        let page = browser.enter_code(&asked).await;
        let login = browser.submit(&page, &[("action", "switch")]).await;
        let page = browser.log_in(&login, "bob", PASSWORD).await;
        let page = browser.submit(&page, &[]).await;
        browser.submit(&page, &[("action", "allow")]).await;
        let tokens = party.poll(&asked).await.json();
        let told = party.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
        assert_eq!(told["preferred_username"], "bob");
    })
    .await;
}

#[tokio::test]
async fn a_client_for_devices_alone_is_one_that_people_sign_in_to() {
    let mut settings = ClientSettings {
        grant_types: vec![GrantType::ClientCredentials],
        ..ClientSettings::default()
    };
    assert!(!settings.signs_people_in());
    settings.grant_types.push(GrantType::DeviceCode);
    assert!(settings.signs_people_in());
}
