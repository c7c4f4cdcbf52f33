//! People and the sign-ins that they approve in the portal: what they see, who may, and what ends it.

use keystead::directory::{Force, credentials, find, sessions, users};
use keystead::domain::{Actor, ClientId, EVERYONE, Secret};
use keystead::store;

use crate::account::{events_of, person};
use crate::grant_device::{alice, refused};
use crate::harness::ciba::{APPROVALS, at_till, till};
use crate::harness::{Browser, PASSWORD, Party, each_database};

#[tokio::test]
async fn the_page_says_who_asks_for_what_and_what_to_compare() {
    each_database(async |app| {
        let (party, mut browser) = (at_till(&app).await, alice(&app).await);
        let empty = browser.get(APPROVALS).await;
        assert!(empty.body.contains("Nothing waits for you"), "{}", empty.body);
        assert!(!browser.get("/").await.has("approvals-wait"));
        let form = [
            ("scope", "openid email"),
            ("login_hint", "alice"),
            ("binding_message", "<b>W4SCT</b>"),
        ];
        assert_eq!(party.ask_with(&form).await.status, 200);
        app.wait(120);
        assert!(browser.get("/").await.has("approvals-wait"), "the portal says that it waits");
        let page = browser.get(APPROVALS).await;
        for told in [
            "Till wants to sign you in",
            "Approve only what you started yourself",
            "<bdi class=\"binding\">&#60;b&#62;W4SCT&#60;/b&#62;</bdi>",
            "data-scope=\"email\"",
            "alice@example.com",
            "2 minutes ago",
            "in 8 minutes",
            "by the application at 198.51.100.7",
        ] {
            assert!(page.body.contains(told), "{told}: {}", page.body);
        }
        assert!(!page.body.contains("data-scope=\"profile\""), "nobody asked for it");
    })
    .await;
}

#[tokio::test]
async fn whoever_is_not_signed_in_signs_in_first() {
    each_database(async |app| {
        app.user("alice").await;
        let (party, mut browser) = (at_till(&app).await, Browser::new(&app.app));
        let asked = party.ask_for("alice", "openid").await;
        let login = browser.get(APPROVALS).await;
        assert_eq!(login.location(), "/login?next=/approvals");
        let login = browser.follow(login).await;
        let page = browser.log_in(&login, "alice", PASSWORD).await;
        assert!(page.has("approvals-warning"), "{}", page.body);
        browser.press(&page, "allow").await;
        assert_eq!(party.poll_for(&asked).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn of_two_decisions_one_counts_and_both_leave_a_trace() {
    each_database(async |app| {
        let mut alice = person(&app, "alice").await;
        let party = at_till(&app).await;
        let asked = party.ask_for("alice", "openid").await;
        let page = alice.get(APPROVALS).await;
        alice.browser.press(&page, "deny").await;
        let late = alice.browser.press(&page, "allow").await;
        assert!(late.text("toast").contains("does not wait any more"), "{}", late.body);
        assert_eq!(refused(&party.poll_for(&asked).await), "access_denied");
        assert_eq!(events_of(&app, &alice).await[0], "backchannel.refused");
        party.ask_for("alice", "openid").await;
        alice.browser.approve("allow").await;
        assert_eq!(events_of(&app, &alice).await[0], "backchannel.approved");
        let page = alice.get("/account/connections").await;
        assert!(page.body.contains("Till"), "it can be taken back: {}", page.body);
    })
    .await;
}

#[tokio::test]
async fn what_was_shown_is_what_is_approved() {
    each_database(async |app| {
        let (party, mut browser) = (at_till(&app).await, alice(&app).await);
        let asked = party.ask_for("alice", "openid email").await;
        let page = browser.get(APPROVALS).await;
        let client = ClientId("till".into());
        app.allow(&client, EVERYONE, "openid").await;
        let again = browser.press(&page, "allow").await;
        assert!(again.text("toast").contains("has changed meanwhile"), "{}", again.body);
        assert_eq!(refused(&party.poll_for(&asked).await), "authorization_pending");
        browser.press(&again, "allow").await;
        assert_eq!(party.poll_for(&asked).await.json()["scope"], "openid");
        // A press of no button decides nothing.
        let asked = party.ask_for("alice", "openid").await;
        let page = browser.get(APPROVALS).await;
        browser.press(&page, "").await;
        app.wait(5);
        assert_eq!(refused(&party.poll_for(&asked).await), "authorization_pending");
    })
    .await;
}

#[tokio::test]
async fn what_was_allowed_before_is_asked_again_each_time() {
    each_database(async |app| {
        let (party, mut browser) = (at_till(&app).await, alice(&app).await);
        let first = party.ask_for("alice", "openid").await;
        browser.approve("allow").await;
        assert_eq!(party.poll_for(&first).await.status, 200);
        let second = party.ask_for("alice", "openid").await;
        assert_eq!(refused(&party.poll_for(&second).await), "authorization_pending");
        assert!(browser.get(APPROVALS).await.has("approvals-warning"));
    })
    .await;
}

#[tokio::test]
async fn a_closed_account_a_new_password_or_a_sign_out_everywhere_refuses_what_waits() {
    each_database(async |app| {
        let (party, mut browser) = (at_till(&app).await, alice(&app).await);
        let waiting = party.ask_for("alice", "openid").await;
        let approved = party.ask_for("alice", "openid").await;
        browser.approve("allow").await;
        let actor = Actor::CommandLine;
        users::disable(&app.app, &actor, "alice", Force::No).await.unwrap();
        assert_eq!(refused(&party.poll_for(&waiting).await), "access_denied");
        assert_eq!(refused(&party.poll_for(&approved).await), "invalid_grant");
        users::enable(&app.app, &actor, "alice").await.unwrap();
        assert_eq!(refused(&party.poll_for(&approved).await), "invalid_grant");
        let mut browser = Browser::new(&app.app);
        browser.sign_in("alice").await;
        assert!(!browser.get(APPROVALS).await.has("approvals-warning"), "nothing came back");
        let waiting = party.ask_for("alice", "openid").await;
        let password = Secret::sent("another long passphrase".to_owned());
        credentials::set_password(&app.app, &actor, "alice", &password).await.unwrap();
        assert_eq!(refused(&party.poll_for(&waiting).await), "access_denied");
        let waiting = party.ask_for("alice", "openid").await;
        sessions::end_all(&app.app, &actor, "alice").await.unwrap();
        assert_eq!(refused(&party.poll_for(&waiting).await), "access_denied");
    })
    .await;
}

#[tokio::test]
async fn what_was_approved_outlives_the_browser_but_no_sign_out_everywhere() {
    each_database(async |app| {
        let (party, mut browser) = (at_till(&app).await, alice(&app).await);
        let asked = party.ask_for("alice", "openid").await;
        browser.approve("allow").await;
        let token =
            party.poll_for(&asked).await.json()["access_token"].as_str().unwrap().to_owned();
        let page = browser.get("/logout").await;
        browser.submit(&page, &[]).await;
        assert_eq!(party.userinfo(&token).await.status, 200);
        sessions::end_all(&app.app, &Actor::CommandLine, "alice").await.unwrap();
        assert_eq!(party.userinfo(&token).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn a_session_that_ended_decides_nothing() {
    each_database(async |app| {
        let (party, mut browser) = (at_till(&app).await, alice(&app).await);
        let asked = party.ask_for("alice", "openid").await;
        let page = browser.get(APPROVALS).await;
        let user = find::user(&mut app.db.read().await.unwrap(), "alice").await.unwrap();
        let found = app.read(async |conn| store::sessions::of_user(conn, &user.id).await).await;
        sessions::end(&app.app, &Actor::CommandLine, "alice", found[0].id).await.unwrap();
        let answer = browser.press(&page, "allow").await;
        assert!(answer.has("login-submit"), "{} {}", answer.status, answer.body);
        assert_eq!(refused(&party.poll_for(&asked).await), "authorization_pending");
    })
    .await;
}

#[tokio::test]
async fn a_client_that_may_not_any_more_is_not_shown() {
    each_database(async |app| {
        let (party, mut browser) = (at_till(&app).await, alice(&app).await);
        let other = Party::new(&app.app, &app.client_with("kiosk", till).await).await;
        party.ask_for("alice", "openid").await;
        other.ask_for("alice", "openid").await;
        let page = browser.get(APPROVALS).await;
        assert_eq!(page.body.matches("wants to sign you in").count(), 2);
        let mut closed = (*app.registry().client(&ClientId("kiosk".into())).unwrap()).clone();
        closed.disabled_at = Some(app.clock.now());
        app.write(async |tx| {
            keystead::store::clients::update(tx, &closed).await?;
            keystead::registry::changed(tx).await
        })
        .await;
        app.refresh_registry().await.unwrap();
        let page = browser.get(APPROVALS).await;
        assert_eq!(page.body.matches("wants to sign you in").count(), 1, "{}", page.body);
        browser.press(&page, "deny").await;
        assert!(!browser.get("/").await.has("approvals-wait"), "nothing waits that can be seen");
    })
    .await;
}
