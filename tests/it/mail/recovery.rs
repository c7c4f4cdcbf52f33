//! Forgotten passwords: one answer for everybody, a mail for those who are known.

use keystead::directory::recovery::{Asked, attend_now};
use keystead::store::users;

use super::{set_up, told};
use crate::harness::http::Answer;
use crate::harness::{Browser, Mood, PASSWORD, Smtp, TestApp, each_database};

const NEW: &str = "violet tractor quartz mango";

async fn ask(browser: &mut Browser, name: &str) -> Answer {
    let form = browser.get("/recover").await;
    assert!(form.has("recover-submit"), "{}", form.body);
    browser.submit(&form, &[("username", name)]).await
}

/// Asks in a browser of its own, and lets the server attend to it.
async fn ask_and_wait(app: &TestApp, name: &str) -> Answer {
    let answer = ask(&mut Browser::new(&app.app), name).await;
    attend_now(app).await.unwrap();
    answer
}

#[tokio::test]
async fn it_is_offered_only_where_mail_goes_out_and_the_policy_allows_it() {
    each_database(async |app| {
        let mut browser = Browser::new(&app.app);
        assert!(!browser.get("/login").await.has("forgotten"));
        assert_eq!(browser.get("/recover").await.text("error-code"), "link_expired");
        let smtp = Smtp::start(Mood::Kind).await;
        set_up(&app, &smtp, None).await;
        assert!(browser.get("/login").await.has("forgotten"));
        crate::settings::set(&app, "sign_in.recovery", false.into()).await;
        assert!(!browser.get("/login").await.has("forgotten"));
        assert_eq!(browser.get("/recover").await.text("error-code"), "link_expired");
    })
    .await;
}

#[tokio::test]
async fn whoever_forgot_chooses_a_new_password_by_mail() {
    each_database(async |app| {
        let smtp = Smtp::start(Mood::Kind).await;
        set_up(&app, &smtp, None).await;
        app.user("anna").await;
        for name in ["anna", "Anna@Example.com"] {
            let answer = ask_and_wait(&app, name).await;
            assert!(answer.has("recovery-asked"), "{}", answer.body);
        }
        assert_eq!(smtp.letters().len(), 2);
        let letter = smtp.letters().pop().unwrap();
        assert!(letter.contains("somebody, probably you, asked"), "{letter}");
        let first = smtp.letters()[0]
            .split_whitespace()
            .find(|w| w.contains("?token="))
            .unwrap()
            .to_owned();
        let mut browser = Browser::new(&app.app);
        let old = browser.get(first.strip_prefix("https://id.example.com").unwrap()).await;
        assert_eq!(old.text("error-code"), "link_expired", "withdrawn by the next");
        let form = browser.get(&smtp.link()).await;
        let filled = [("password", NEW), ("password_again", NEW)];
        assert!(browser.submit(&form, &filled).await.has("current-user"));
        let again = Browser::new(&app.app).get(&smtp.link()).await;
        assert_eq!(again.text("error-code"), "link_expired", "used");
        ask_and_wait(&app, "anna").await;
        app.wait(3601);
        let late = Browser::new(&app.app).get(&smtp.link()).await;
        assert_eq!(late.text("error-code"), "link_expired", "an hour is over");
        let asked = "somebody asked for a new password for anna";
        assert_eq!(told(&app, "recovery.").await, [asked, asked, asked]);
        let sent = "Keystead sent a link to a new password to anna@example.com";
        assert_eq!(told(&app, "mail.").await, [sent, sent, sent]);
    })
    .await;
}

#[tokio::test]
async fn the_answer_tells_nothing_and_mail_goes_to_nobody_else() {
    each_database(async |app| {
        let smtp = Smtp::start(Mood::Kind).await;
        set_up(&app, &smtp, None).await;
        app.user("anna").await;
        for (name, email, verified, closed) in [
            ("closed", Some("closed@example.com"), true, true),
            ("unproven", Some("unproven@example.com"), false, false),
            ("without", None, false, false),
        ] {
            let mut user = app.user(name).await;
            user.email = email.map(str::to_owned);
            user.email_verified = verified;
            user.disabled_at = closed.then(|| app.clock.now());
            app.write(async |tx| users::update(tx, &user).await).await;
        }
        let csrf = |answer: &Answer| answer.body.clone();
        let known = csrf(&ask_and_wait(&app, "anna").await);
        assert_eq!(smtp.letters().len(), 1);
        let odd =
            ["nobody", "nobody@example.com", "closed", "unproven", "without", "", "a b", "x\u{7f}"];
        for name in odd {
            let answer = ask_and_wait(&app, name).await;
            assert_eq!(csrf(&answer), known, "{name}");
        }
        assert_eq!(smtp.letters().len(), 1, "to anna alone");
        let log = told(&app, "recovery.failed").await;
        for why in [
            "for closed and got none: the account is disabled",
            "for unproven and got none: the account has no verified e-mail address",
            "for without and got none: the account has no verified e-mail address",
            "somebody asked for a new password and got none: there is no such account",
        ] {
            assert!(log.iter().any(|line| line.contains(why)), "{why}: {log:#?}");
        }
        assert!(!log.iter().any(|line| line.contains("nobody")), "{log:#?}");
    })
    .await;
}

#[tokio::test]
async fn asking_again_and_again_sends_no_flood_and_keeps_nobody_from_signing_in() {
    each_database(async |app| {
        let smtp = Smtp::start(Mood::Kind).await;
        set_up(&app, &smtp, None).await;
        app.user("anna").await;
        let first = ask_and_wait(&app, "anna").await.body;
        for _ in 0..20 {
            assert_eq!(ask_and_wait(&app, "anna").await.body, first, "the same answer");
        }
        assert!(smtp.letters().len() <= 7, "{} letters", smtp.letters().len());
        let mut browser = Browser::new(&app.app);
        let page = browser.get("/login").await;
        assert!(browser.log_in(&page, "anna", PASSWORD).await.has("current-user"));
        for n in 0..60 {
            app.user(&format!("p{n}")).await;
            ask_and_wait(&app, &format!("p{n}")).await;
        }
        assert!(smtp.letters().len() < 45, "{} letters to one network", smtp.letters().len());
    })
    .await;
}

#[tokio::test]
async fn a_letter_that_is_lost_is_told_and_its_link_is_gone() {
    each_database(async |app| {
        let smtp = Smtp::start(Mood::Busy).await;
        set_up(&app, &smtp, None).await;
        app.user("anna").await;
        assert!(ask_and_wait(&app, "anna").await.has("recovery-asked"));
        let lost = told(&app, "mail.failed").await;
        assert_eq!(lost.len(), 1);
        assert!(lost[0].contains("451 4.3.0 Come back later"), "{lost:?}");
    })
    .await;
}

#[tokio::test]
async fn nobody_voids_the_link_that_an_administrator_handed_over() {
    each_database(async |app| {
        for mood in [Mood::Kind, Mood::Busy] {
            let smtp = Smtp::start(mood).await;
            set_up(&app, &smtp, None).await;
            let name = if mood == Mood::Kind { "anna" } else { "bob" };
            let user = app.user(name).await;
            let cli = keystead::domain::Actor::CommandLine;
            let link = keystead::directory::links::reset_link(&app, &cli, name).await.unwrap();
            ask_and_wait(&app, name).await;
            ask_and_wait(&app, name).await;
            let path = link.url.strip_prefix("https://id.example.com").unwrap();
            let page = Browser::new(&app.app).get(path).await;
            assert!(page.has("password_again"), "{name}: {}", page.body);
            let token = keystead::domain::Token::parse(path.split_once('=').unwrap().1).unwrap();
            let mailed = app.read(async |c| keystead::store::links::mailed_to(c, &token).await);
            assert_eq!(mailed.await, None, "it went to {} by hand", user.username.as_str());
        }
    })
    .await;
}

#[tokio::test]
async fn one_network_does_not_fill_the_line() {
    each_database(async |app| {
        let ask = |address: &str| {
            let address = address.parse().ok();
            app.recoveries.put(Asked { name: "nobody".into(), address })
        };
        let put = (0..1000).filter(|n| ask(&format!("192.0.2.{}", n % 256))).count();
        assert_eq!(put, 50);
        assert!(ask("198.51.100.7") && ask("2001:db8::1"), "others are heard");
        attend_now(&app).await.unwrap();
        assert!(ask("192.0.2.1"), "once they were attended to");
    })
    .await;
}

#[tokio::test]
async fn a_form_of_another_site_sends_nothing() {
    each_database(async |app| {
        let smtp = Smtp::start(Mood::Kind).await;
        set_up(&app, &smtp, None).await;
        app.user("anna").await;
        let mut browser = Browser::new(&app.app);
        browser.get("/recover").await;
        let answer = browser.post("/recover", &[("username", "anna")]).await;
        assert_eq!(answer.text("error-code"), "form_rejected");
        attend_now(&app).await.unwrap();
        assert!(smtp.letters().is_empty());
    })
    .await;
}
