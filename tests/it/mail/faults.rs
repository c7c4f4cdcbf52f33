//! Mail that does not go out: the cause, the fix and the server's own words, never the password.

use std::time::{Duration, Instant};

use keystead::directory::{DirectoryError, mail};
use keystead::domain::Actor;
use tokio::net::TcpListener;

use super::{set_up, told};
use crate::admin::Visitor;
use crate::harness::{Mood, Smtp, each_database};

const TO: &str = "anna@example.com";

#[tokio::test]
async fn a_test_message_arrives_and_the_server_is_quoted() {
    each_database(async |app| {
        let error = mail::test(&app, &Actor::CommandLine, TO).await.unwrap_err();
        assert_eq!(error.code(), "no_mail");
        let smtp = Smtp::start(Mood::Strict).await;
        set_up(&app, &smtp, Some("open sesame")).await;
        let said = mail::test(&app, &Actor::CommandLine, TO).await.unwrap();
        assert_eq!(said, "2.0.0 Taken as 4711");
        let letters = smtp.letters();
        assert_eq!(letters.len(), 1);
        assert!(letters[0].contains("RCPT TO:<anna@example.com>"), "{}", letters[0]);
        assert!(letters[0].contains("MAIL FROM:<sso@example.com>"), "{}", letters[0]);
        assert!(letters[0].contains("Subject: Test message from Keystead"), "{}", letters[0]);
        let sentence = "command line sent a test message to anna@example.com";
        assert_eq!(told(&app, "mail.").await, [sentence]);
    })
    .await;
}

#[tokio::test]
async fn each_refusal_says_what_the_server_said_and_what_to_do() {
    each_database(async |app| {
        for (mood, password, words) in [
            (Mood::Strict, Some("wrong password"), "refused the username or password: 535 5.7.8 Bad credentials, try the application password; check both"),
            (Mood::Strict, None, "refused the sender: 530 5.7.0 Who are you?"),
            (Mood::NoSender, None, "refused the sender: 550 5.7.1 You may not send as this address; set a From address"),
            (Mood::NoRecipient, None, "refused the recipient: 550 5.1.1 No such mailbox here; check the address"),
            (Mood::Busy, None, "refused the recipient: 451 4.3.0 Come back later"),
        ] {
            let smtp = Smtp::start(mood).await;
            set_up(&app, &smtp, password).await;
            let error = mail::test(&app, &Actor::CommandLine, TO).await.unwrap_err().to_string();
            assert!(error.contains(words), "{mood:?}: {error}");
            assert!(!error.contains("wrong password"), "{error}");
            let event = told(&app, "mail.failed").await.remove(0);
            assert!(event.starts_with("command line could not send a test message"), "{event}");
            assert!(event.contains(words) && !event.contains("wrong password"), "{event}");
            assert!(smtp.letters().is_empty());
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_not_there_or_not_as_set_is_told_apart() {
    each_database(async |app| {
        let smtp = Smtp::start(Mood::Kind).await;
        set_up(&app, &smtp, None).await;
        let set = async |name, value| crate::settings::set(&app, name, value).await;
        let error = async || match mail::test(&app, &Actor::CommandLine, TO).await.unwrap_err() {
            DirectoryError::Mail(error) => error.to_string(),
            other => panic!("{other}"),
        };
        set("mail.security", "starttls".into()).await;
        assert!(error().await.contains("does not offer STARTTLS"), "{}", error().await);
        set("mail.security", "tls".into()).await;
        assert!(error().await.contains("TLS is usual on port 465"), "{}", error().await);
        set("mail.security", "none".into()).await;
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        set("mail.port", free.into()).await;
        assert!(error().await.contains("refused the connection"), "{}", error().await);
        set("mail.host", "no-such-host.invalid".into()).await;
        assert!(error().await.contains("was not found"), "{}", error().await);
        let error = mail::test(&app, &Actor::CommandLine, "nobody").await.unwrap_err().to_string();
        assert!(error.contains("'nobody' is no e-mail address"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let began = Instant::now();
    let smtp = Smtp::start(Mood::Silent).await;
    each_database(async |app| {
        set_up(&app, &smtp, None).await;
        let error = mail::test(&app, &Actor::CommandLine, TO).await.unwrap_err().to_string();
        assert!(error.contains("did not answer in time"), "{error}");
    })
    .await;
    assert!(began.elapsed() < Duration::from_secs(45));
}

#[tokio::test]
async fn the_page_keeps_what_was_typed_quotes_the_server_and_shows_no_password() {
    each_database(async |app| {
        let (kind, strict) = (Smtp::start(Mood::Kind).await, Smtp::start(Mood::Strict).await);
        let mut root = Visitor::root(&app).await;
        let form = |port: &str, action: &str| {
            [
                ("host", "127.0.0.1"),
                ("port", port),
                ("security", "none"),
                ("username", "sso"),
                ("password", "not open sesame"),
                ("from", "sso@example.com"),
                ("to", TO),
                ("action", action),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
        };
        let mut send = async |port: u16, action: &str| {
            let form = form(&port.to_string(), action);
            let form = form.each_ref().map(|(name, value)| (name.as_str(), value.as_str()));
            root.post("/admin/settings/mail", &form).await
        };
        let refused = send(strict.port, "test").await;
        assert_eq!(refused.status, 422);
        let alert = refused.body.split_once("id=\"error-summary\"").unwrap().1;
        assert!(alert.contains("535 5.7.8 Bad credentials"), "{alert}");
        assert!(!refused.body.contains("not open sesame"), "never shown again");
        assert!(refused.body.contains("One is stored and never shown"));
        let odd = send(0, "save").await;
        assert_eq!(odd.status, 422);
        assert!(odd.has("port-error"), "{}", odd.body);
        assert_eq!(send(kind.port, "save").await.status, 303);
        let page = root.get("/admin/settings/mail").await;
        assert!(page.body.contains("127.0.0.1") && !page.body.contains("not open sesame"));
    })
    .await;
}
