//! What letters look like, and which addresses are none.

use super::{Letter, MailError, Relay, Security, Words, check_address, check_sender, invitation};
use crate::domain::Secret;

#[test]
fn a_letter_is_plain_text_that_no_name_can_break_out_of() {
    let words = Words {
        brand: "Keystead",
        home: "https://id.example.com",
        username: "anna",
        name: "Anna Ünger",
    };
    let (subject, text) = invitation(&words, "https://id.example.com/invite?token=x", "2026-09-21");
    let letter = Letter {
        to: "anna@example.com".into(),
        subject: format!("{subject}\r\nBcc: eve@example.com"),
        text,
        id: "7".into(),
    };
    let (envelope, bytes) = letter.packed("Keystead <sso@example.com>", "id.example.com").unwrap();
    let sent = String::from_utf8(bytes).unwrap();
    let (head, body) = sent.split_once("\r\n\r\n").unwrap();
    assert_eq!(envelope.to().len(), 1);
    assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
    for line in [
        "From: Keystead <sso@example.com>",
        "To: anna@example.com",
        "Message-ID: <7@id.example.com>",
        "Auto-Submitted: auto-generated",
        "Content-Type: text/plain; charset=utf-8",
    ] {
        assert!(head.contains(line), "no {line} in {head}");
    }
    assert!(head.contains("Date: "), "{head}");
    assert!(body.is_ascii(), "every server takes it");
}

#[tokio::test]
async fn nobody_signs_in_elsewhere_without_encryption() {
    let relay = Relay {
        host: "mail.example.invalid".into(),
        port: 25,
        security: Security::Plain,
        login: Some(("sso".into(), Secret::sent("hunter2"))),
        from: "sso@example.com".into(),
    };
    let letter = Letter {
        to: "anna@example.com".into(),
        subject: "Hello".into(),
        text: "Hello".into(),
        id: "1".into(),
    };
    let error = relay.send(&letter, "id.example.com").await.unwrap_err();
    assert!(matches!(error, MailError::InTheClear { .. }) && !error.is_passing(), "{error}");
    let unnamed = Relay { login: None, ..relay };
    let error = unnamed.send(&letter, "id.example.com").await.unwrap_err();
    assert!(matches!(error, MailError::Name { .. }), "{error}");
}

#[test]
fn what_is_no_address_is_told_apart() {
    for address in ["anna@example.com", "o'neil+x@sub.example.com"] {
        check_address(address).unwrap();
    }
    for address in ["", "anna", "anna@", "@example.com", "a b@example.com", "a@b\r\nRCPT TO:<x@y>"]
    {
        let error = check_address(address).unwrap_err().to_string();
        assert!(error.contains("is no e-mail address"), "{error}");
    }
    check_sender("Single sign-on <sso@example.com>").unwrap();
    check_sender("sso@example.com").unwrap();
    for from in ["", "Keystead", "Keystead <sso>", "a@b.c\r\nBcc: <d@e.f>"] {
        assert!(check_sender(from).is_err(), "{from:?}");
    }
}
