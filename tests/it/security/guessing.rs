//! Guessing names and passwords: nothing to learn, and ever less to try.

use keystead::app::AppState;
use keystead::directory::{Force, credentials, users};
use keystead::domain::Actor;

use crate::harness::http::Answer;
use crate::harness::{Browser, PASSWORD, TestApp, each_database};

/// A try in a fresh browser from an address of its own.
async fn attempt(app: &AppState, name: &str, password: &str, address: &str) -> Answer {
    let mut browser = Browser::new(app).at(address);
    let page = browser.get("/login").await;
    let filled = [("username", name), ("password", password), ("action", "login")];
    browser.submit(&page, &filled).await
}

/// An address that was not used before.
fn address(n: usize) -> String {
    format!("10.{}.{}.7", n / 250, n % 250)
}

/// What somebody outside can tell of an answer, with the name that was typed blotted out.
fn seen(answer: &Answer, name: &str) -> String {
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(header, _)| *header != "set-cookie")
        .map(|(header, value)| format!("{header}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    let mut lines: Vec<&str> = answer.body.lines().collect();
    lines.retain(|line| !line.contains("name=\"csrf\""));
    let body = lines.join("\n").replace(name, "NAME");
    format!("{}\n{}\n{body}", answer.status, headers.join("\n"))
}

/// Four accounts that nobody can sign in to: three that are there and one that is not.
async fn accounts(app: &TestApp) -> [(&'static str, &'static str); 4] {
    app.user("alice").await;
    app.user("carol").await;
    let force = Force::Yes;
    users::disable(&app.app, &Actor::CommandLine, "carol", force).await.unwrap();
    let new = users::NewUser { username: "bobby".into(), ..users::NewUser::default() };
    users::create(&app.app, &Actor::CommandLine, new).await.unwrap();
    [("alice", "wrong"), ("carol", PASSWORD), ("bobby", PASSWORD), ("ghost", PASSWORD)]
}

#[tokio::test]
async fn an_answer_does_not_tell_whether_the_account_exists() {
    each_database(async |app| {
        let tries = accounts(&app).await;
        // Beyond the free tries, so that the throttle tells nothing either.
        for n in 0..8 {
            let mut answers = Vec::new();
            for (name, password) in tries {
                let answer = attempt(&app.app, name, password, &address(answers.len())).await;
                assert_eq!(answer.status, if n < 6 { 422 } else { 429 }, "{name}, try {n}");
                answers.push(seen(&answer, name));
            }
            assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "try {n}: {answers:#?}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_address_does_not_tell_whether_it_belongs_to_a_name() {
    each_database(async |app| {
        app.user("alice").await;
        let mut told = Vec::new();
        for name in ["alice", "ghost"] {
            for n in 0..7 {
                attempt(&app.app, &format!("{name}@example.com"), "wrong", &address(n)).await;
            }
            let answer = attempt(&app.app, name, "wrong", &address(9)).await;
            told.push(seen(&answer, name));
        }
        assert_eq!(told[0], told[1]);
    })
    .await;
}

#[tokio::test]
async fn guesses_at_an_account_wait_longer_each_time_and_never_for_good() {
    each_database(async |app| {
        app.user("alice").await;
        let wait = |answer: &Answer| answer.header("retry-after").parse::<i64>().unwrap_or(0);
        for n in 0..6 {
            assert_eq!(attempt(&app.app, "alice", "wrong", &address(n)).await.status, 422);
        }
        let mut waits = Vec::new();
        for n in 6..20 {
            let refused = attempt(&app.app, "alice", PASSWORD, &address(n)).await;
            assert_eq!(refused.status, 429, "not even the right password is looked at");
            let words = refused.text("login-error");
            assert!(words.starts_with("There were too many attempts, so try again in "), "{words}");
            assert_eq!(words.matches("try again").count(), 1, "{words}");
            waits.push(wait(&refused));
            app.wait(wait(&refused));
            assert_eq!(attempt(&app.app, "Alice ", "wrong", &address(n)).await.status, 422);
        }
        assert!(waits.windows(2).all(|pair| pair[0] < pair[1] || pair[1] == 900), "{waits:?}");
        assert_eq!((waits[0], *waits.last().unwrap()), (1, 900));
        app.wait(900);
        let home = attempt(&app.app, "alice", PASSWORD, &address(30)).await;
        assert!(home.has("current-user"), "{}", home.body);
    })
    .await;
}

#[tokio::test]
async fn guesses_from_one_network_are_slowed_whatever_the_account() {
    each_database(async |app| {
        app.user("alice").await;
        for n in 0..31 {
            let from = format!("192.0.2.{n}");
            assert_eq!(attempt(&app.app, &format!("user{n}"), "wrong", &from).await.status, 422);
        }
        assert_eq!(attempt(&app.app, "alice", PASSWORD, "192.0.2.200").await.status, 429);
        let elsewhere = attempt(&app.app, "alice", PASSWORD, "192.0.3.1").await;
        assert!(elsewhere.has("current-user"), "other networks go on");
    })
    .await;
}

#[tokio::test]
async fn nobody_locks_a_person_out_of_a_browser_they_use() {
    each_database(async |app| {
        app.user("alice").await;
        for name in ["alice", "alice@example.com"] {
            let mut own = Browser::new(&app.app).at("203.0.113.5");
            app.wait(900);
            own.sign_in("alice").await;
            let confirm = own.get("/logout").await;
            own.submit(&confirm, &[("action", "logout")]).await;
            for n in 0..9 {
                attempt(&app.app, name, "wrong", &address(n)).await;
            }
            let strange = attempt(&app.app, name, PASSWORD, &address(10)).await;
            assert_eq!(strange.status, 429, "{name}");
            let page = own.get("/login").await;
            let home = own.log_in(&page, name, PASSWORD).await;
            assert!(home.has("current-user"), "{name}: {}", home.text("login-error"));
        }
    })
    .await;
}

#[tokio::test]
async fn a_browser_is_known_to_its_own_person_alone_and_is_counted_too() {
    each_database(async |app| {
        app.user("alice").await;
        app.user("mallory").await;
        let mut mallory = Browser::new(&app.app).at("203.0.113.5");
        mallory.sign_in("mallory").await;
        let confirm = mallory.get("/logout").await;
        mallory.submit(&confirm, &[("action", "logout")]).await;
        for n in 0..7 {
            attempt(&app.app, "alice", "wrong", &address(n)).await;
        }
        let page = mallory.get("/login").await;
        let filled = [("username", "alice"), ("password", PASSWORD), ("action", "login")];
        assert_eq!(mallory.submit(&page, &filled).await.status, 429, "not known to alice");
        let mut last = 0;
        for _ in 0..7 {
            let filled = [("username", "mallory"), ("password", "wrong"), ("action", "login")];
            last = mallory.submit(&page, &filled).await.status;
        }
        assert_eq!(last, 429, "a known browser may not guess without end");
    })
    .await;
}

#[tokio::test]
async fn an_administrator_unlocks_an_account_by_whichever_name_it_was_tried() {
    each_database(async |app| {
        app.user("alice").await;
        for name in ["alice", "alice@example.com"] {
            for n in 0..7 {
                attempt(&app.app, name, "wrong", &address(n)).await;
            }
            assert_eq!(attempt(&app.app, name, PASSWORD, &address(8)).await.status, 429, "{name}");
            credentials::unlock(&app.app, &Actor::CommandLine, "alice").await.unwrap();
            let home = attempt(&app.app, name, PASSWORD, &address(9)).await;
            assert!(home.has("current-user"), "{name}: {}", home.text("login-error"));
        }
    })
    .await;
}
