//! Invitations and reset links by mail.

use keystead::directory::{credentials, find, mail, users};
use keystead::domain::Actor;
use keystead::store::{self, links};

use super::{set_up, told};
use crate::admin::{Visitor, of};
use crate::harness::{Browser, Mood, PASSWORD, Smtp, TestApp, each_database};

const CLI: Actor = Actor::CommandLine;

/// Somebody without a password, and with an address that nobody vouches for.
async fn invited(app: &TestApp) -> keystead::domain::User {
    let mut user = app.user("anna").await;
    user.email_verified = false;
    app.write(async |tx| store::users::update(tx, &user).await).await;
    user
}

#[tokio::test]
async fn whoever_uses_a_mailed_invitation_proves_the_address() {
    each_database(async |app| {
        let smtp = Smtp::start(Mood::Kind).await;
        set_up(&app, &smtp, None).await;
        let user = invited(&app).await;
        assert_eq!(mail::invite(&app, &CLI, "anna").await.unwrap(), "anna@example.com");
        let letter = smtp.letters().pop().unwrap();
        assert!(letter.contains("RCPT TO:<anna@example.com>"), "{letter}");
        assert!(letter.contains("Your username is anna"), "{letter}");
        let mut browser = Browser::new(&app.app);
        let form = browser.get(&smtp.link()).await;
        assert_eq!(form.inputs().iter().filter(|(name, _)| name == "token").count(), 1);
        let filled = [("password", PASSWORD), ("password_again", PASSWORD)];
        assert!(browser.submit(&form, &filled).await.has("current-user"));
        let now = find::user(&mut app.db.read().await.unwrap(), user.id.as_str()).await.unwrap();
        assert!(now.email_verified);
        let sent = "command line sent an invitation to anna@example.com";
        assert_eq!(told(&app, "mail.").await, [sent]);
    })
    .await;
}

#[tokio::test]
async fn a_link_that_was_handed_over_proves_no_address() {
    each_database(async |app| {
        let user = invited(&app).await;
        let link = keystead::directory::links::reset_link(&app, &CLI, "anna").await.unwrap();
        let mut browser = Browser::new(&app.app);
        let form = browser.get(link.url.strip_prefix("https://id.example.com").unwrap()).await;
        let filled = [("password", PASSWORD), ("password_again", PASSWORD)];
        assert!(browser.submit(&form, &filled).await.has("current-user"));
        let now = find::user(&mut app.db.read().await.unwrap(), user.id.as_str()).await.unwrap();
        assert!(!now.email_verified);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_left_of_a_link_that_did_not_arrive() {
    each_database(async |app| {
        let smtp = Smtp::start(Mood::NoRecipient).await;
        set_up(&app, &smtp, None).await;
        let user = invited(&app).await;
        let error = mail::reset(&app, &CLI, "anna").await.unwrap_err();
        assert_eq!(error.code(), "mail_failed");
        let withdrawn = async |tx: &mut store::Tx| {
            links::withdraw(tx, keystead::domain::LinkPurpose::Reset, Some(&user.id)).await
        };
        assert_eq!(app.write(withdrawn).await, 0);
        let change = users::UserChange {
            details: keystead::directory::profile::Details {
                fields: [("email", String::new())].into(),
                ..Default::default()
            },
            ..Default::default()
        };
        users::update(&app, &CLI, "anna", change, keystead::directory::Force::No).await.unwrap();
        assert_eq!(mail::reset(&app, &CLI, "anna").await.unwrap_err().code(), "no_address");
        credentials::unlock(&app, &CLI, "anna").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_store_remembers_where_a_link_was_mailed() {
    each_database(async |app| {
        let user = app.user("anna").await;
        let token = app.random.token(&app.clock);
        let purpose = keystead::domain::LinkPurpose::Reset;
        let expires_at = app.clock.now() + 60;
        let link =
            keystead::domain::OneTimeLink { purpose, user_id: Some(user.id.clone()), expires_at };
        let id = token.selector;
        app.write(async |tx| links::insert(tx, &token, &link, None).await).await;
        assert_eq!(app.read(async |conn| links::mailed_to(conn, &token).await).await, None);
        let noted = app.write(async |tx| links::note_mailed(tx, id, "a@b.example", true).await);
        assert_eq!(noted.await, 1);
        let to = app.read(async |conn| links::mailed_to(conn, &token).await).await;
        assert_eq!(to.as_deref(), Some("a@b.example"));
        let other = app.random.token(&app.clock);
        assert_eq!(app.read(async |conn| links::mailed_to(conn, &other).await).await, None);
        app.write(async |tx| links::insert(tx, &other, &link, None).await).await;
        assert_eq!(app.write(async |tx| links::withdraw_asked(tx, &user.id).await).await, 1);
        assert_eq!(app.write(async |tx| links::delete(tx, id).await).await, 0, "it was that one");
        assert_eq!(app.write(async |tx| links::delete(tx, other.selector).await).await, 1);
    })
    .await;
}

#[tokio::test]
async fn the_console_sends_links_once_mail_is_set_up() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let user = invited(&app).await;
        let page = root.get(&of(&user, "/credentials")).await;
        assert!(!page.has("reset-mail") && !root.get("/admin/users/new").await.has("first-mail"));
        let smtp = Smtp::start(Mood::Kind).await;
        set_up(&app, &smtp, None).await;
        assert!(root.get(&of(&user, "/credentials")).await.has("reset-mail"));
        let done = root.done(&of(&user, "/credentials"), &[("action", "reset-mail")]).await;
        let toast = done.text("toast");
        assert!(toast.contains("link to a new password, to anna@example.com"), "{toast}");
        assert!(root.get(&smtp.link()).await.has("password_again"));
        let new = [("username", "bob"), ("email", "bob@example.com"), ("first", "mail")];
        let done = root.done("/admin/users/new", &new).await;
        assert!(done.text("toast").contains("sent the invitation to bob@example.com"));
        assert!(smtp.link().starts_with("/invite?token="));
    })
    .await;
}
