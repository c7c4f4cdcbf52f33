//! The forms behind links that work once: set-up, invitation, a new password.

use keystead::directory::{links, users};
use keystead::domain::Actor;

use super::{page, shown};
use crate::harness::{Browser, TestApp, each_database};

const GOOD: &str = "a red kettle sings at noon";
const SHORT: &str = "Use at least 12 characters. Four or five words you can remember do well.";
const EASY: &str = "This password is easy to guess. Add a few unrelated words.";
const LONG: &str = "Use at most 1024 characters.";
const DIFFERENT: &str = "This is not the same password as above.";

fn path(url: &str) -> String {
    url.strip_prefix("https://id.example.com").unwrap().to_owned()
}

async fn link(app: &TestApp, kind: &str) -> String {
    let actor = Actor::CommandLine;
    let made = match kind {
        "/setup" => links::setup_link(&app.app, &keystead::domain::Actor::System).await,
        "/invite" => links::invite(&app.app, &actor, "alice").await,
        _ => links::reset_link(&app.app, &actor, "alice").await,
    };
    path(&made.unwrap().url)
}

#[tokio::test]
async fn a_password_that_breaks_a_rule_is_refused_in_words_and_the_link_stays_good() {
    each_database(async |app| {
        app.user("alice").await;
        let endless = "x".repeat(1025);
        for kind in ["/setup", "/invite", "/recover"] {
            let mut browser = Browser::new(&app.app);
            let form = browser.get(&link(&app, kind).await).await;
            assert_eq!(form.status, 200, "{kind}: {}", form.body);
            for (first, again, words) in [
                ("", "", SHORT),
                ("short", "short", SHORT),
                ("river7stone", "river7stone", SHORT),
                ("passwordpassword", "passwordpassword", EASY),
                ("keysteadkeystead", "keysteadkeystead", EASY),
                (&endless, &endless, LONG),
                (GOOD, "", DIFFERENT),
                (GOOD, "A red kettle sings at noon", DIFFERENT),
            ] {
                let filled = [("password", first), ("password_again", again)];
                let answer = browser.submit(&form, &filled).await;
                assert_eq!(answer.status, 422, "{kind} {first} {again}");
                let field = if words == DIFFERENT { "password_again" } else { "password" };
                assert_eq!(answer.text(&format!("{field}-error")), words, "{kind}");
            }
            let filled = [("password", GOOD), ("password_again", GOOD), ("username", "root")];
            let done = browser.submit(&form, &filled).await;
            assert!(done.has("current-user"), "{kind}: {} {}", done.status, done.body);
            let again = browser.submit(&form, &filled).await;
            assert_eq!(page(&again), shown(400, "link_expired"), "{kind} works once");
        }
    })
    .await;
}

#[tokio::test]
async fn a_link_that_is_old_changed_or_of_another_kind_opens_nothing() {
    each_database(async |app| {
        app.user("alice").await;
        let expired = shown(400, "link_expired");
        let mut browser = Browser::new(&app.app);
        for (kind, life) in [("/setup", 1), ("/invite", 7), ("/recover", 1)] {
            let good = link(&app, kind).await;
            let token = good.split_once('=').unwrap().1;
            let form = browser.get(&good).await;
            let last = if token.ends_with('A') { "B" } else { "A" };
            let changed = format!("{}{last}", &token[..token.len() - 1]);
            for wrong in ["", "x", "%00", &changed] {
                let answer = browser.get(&format!("{kind}?token={wrong}")).await;
                assert_eq!(page(&answer), expired, "{kind} {wrong}");
                let filled = [("token", wrong), ("password", GOOD), ("password_again", GOOD)];
                assert_eq!(page(&browser.submit(&form, &filled).await), expired, "{kind} {wrong}");
            }
            for other in ["/setup", "/invite", "/recover"].into_iter().filter(|k| *k != kind) {
                let answer = browser.get(&format!("{other}?token={token}")).await;
                assert_eq!(page(&answer), expired, "{kind} at {other}");
            }
            app.wait(life * 24 * 3600);
            assert_eq!(page(&browser.get(&good).await), expired, "{kind} is too old");
            let filled = [("password", GOOD), ("password_again", GOOD)];
            assert_eq!(page(&browser.submit(&form, &filled).await), expired, "{kind} is too old");
        }
    })
    .await;
}

#[tokio::test]
async fn a_newer_link_and_a_closed_account_withdraw_a_link() {
    each_database(async |app| {
        app.user("alice").await;
        let mut browser = Browser::new(&app.app);
        for kind in ["/setup", "/invite", "/recover"] {
            let former = link(&app, kind).await;
            link(&app, kind).await;
            assert_eq!(page(&browser.get(&former).await), shown(400, "link_expired"), "{kind}");
        }
        let last = link(&app, "/recover").await;
        let no = keystead::directory::Force::No;
        users::disable(&app.app, &Actor::CommandLine, "alice", no).await.unwrap();
        assert_eq!(page(&browser.get(&last).await), shown(400, "link_expired"));
    })
    .await;
}

#[tokio::test]
async fn the_set_up_form_names_the_field_that_is_wrong() {
    each_database(async |app| {
        app.user("alice").await;
        let mut browser = Browser::new(&app.app);
        let form = browser.get(&link(&app, "/setup").await).await;
        let name = "cannot be a username:";
        for (field, value, words) in [
            ("username", "", name),
            ("username", "a b", name),
            ("username", "a\0b", name),
            ("username", "alice", "alice"),
            ("email", "nobody", "cannot be an e-mail address: write it like alice@example.com"),
            ("email", "a\0@b.c", "cannot be an e-mail address"),
            ("display_name", "a\nb", "leave out line breaks and control characters"),
        ] {
            let filled = [("password", GOOD), ("password_again", GOOD), (field, value)];
            let answer = browser.submit(&form, &filled).await;
            assert_eq!(answer.status, 422, "{field}={value:?}");
            let told = answer.text(&format!("{field}-error"));
            assert!(told.contains(words), "{field}={value:?}: '{told}'");
        }
    })
    .await;
}
