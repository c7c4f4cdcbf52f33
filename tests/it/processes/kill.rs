//! `kill -9` in the midst of work: what was answered is there afterwards.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::client::Client;
use super::{Installation, eventually};

/// What clients were told, until the connection broke.
#[derive(Default)]
struct Answered {
    codes: Mutex<Vec<String>>,
    living: Mutex<Vec<String>>,
    revoked: Mutex<Vec<String>>,
    sessions: Mutex<Vec<Client>>,
    ended: Mutex<Vec<Client>>,
    count: AtomicUsize,
}

impl Answered {
    fn note<T>(&self, what: &Mutex<Vec<T>>, value: T) {
        what.lock().unwrap().push(value);
        self.count.fetch_add(1, Ordering::Relaxed);
    }
}

/// Signs in, gets tokens, gives half of them back and signs out now and then, until the server is
/// gone.
async fn work(url: String, answered: Arc<Answered>) -> reqwest::Result<()> {
    loop {
        let mut browser = Client::new(&url);
        browser.sign_in().await?;
        answered.note(&answered.sessions, browser.clone());
        for n in 0..4 {
            let code = browser.code().await?;
            let tokens = browser.exchange(&code).await?;
            assert_eq!(tokens.status, 200, "{}", tokens.body);
            let refresh = tokens.json()["refresh_token"].as_str().unwrap().to_owned();
            answered.note(&answered.codes, code);
            if n % 2 == 0 {
                answered.note(&answered.living, refresh);
                continue;
            }
            let form = [("token", refresh.as_str())];
            assert_eq!(browser.call("/oauth2/revoke", &form).await?.status, 200);
            answered.note(&answered.revoked, refresh);
        }
        let before = browser.clone();
        let confirm = browser.get("/logout").await?;
        if !confirm.has("logout-confirm") {
            continue;
        }
        answered.sessions.lock().unwrap().retain(|kept| kept.cookies != before.cookies);
        let done = browser.submit(&confirm, &[("action", "logout")]).await?;
        assert!(done.has("logout-done"), "{}", done.body);
        answered.note(&answered.ended, before);
    }
}

/// Makes people on the command line until told to stop; tells whom.
fn make_people(installation: &Installation, round: usize, stop: &Mutex<bool>) -> Vec<String> {
    let mut made = Vec::new();
    for n in 0.. {
        if *stop.lock().unwrap() {
            break;
        }
        let name = format!("user-{round}-{n}");
        installation.cli(&["user", "create", &name], "");
        made.push(name);
    }
    made
}

async fn check(url: &str, answered: &Answered) {
    let client = Client::new(url);
    let all = answered.living.lock().unwrap().clone();
    for token in all {
        assert!(client.is_active(&token).await, "an issued token is lost");
    }
    let all = answered.revoked.lock().unwrap().clone();
    for token in all {
        assert!(!client.is_active(&token).await, "a revocation is lost");
    }
    let all = answered.sessions.lock().unwrap().clone();
    for mut browser in all {
        assert!(browser.get("/").await.unwrap().has("current-user"), "a sign-in is lost");
    }
    let all = answered.ended.lock().unwrap().clone();
    for mut browser in all {
        assert!(!browser.get("/").await.unwrap().has("current-user"), "a sign-out is lost");
    }
    let all = answered.codes.lock().unwrap().clone();
    for code in all {
        let again = client.exchange(&code).await.unwrap();
        assert_eq!(again.error(), (400, "invalid_grant".into()), "a code works twice");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_survives_kill_9_under_load() {
    for installation in Installation::each().await {
        installation.populate();
        let mut people = Vec::new();
        let mut rounds = Vec::new();
        for round in 0..3 {
            let server = installation.serve().await;
            let answered = Arc::new(Answered::default());
            let workers: Vec<_> =
                (0..4).map(|_| tokio::spawn(work(server.url.clone(), answered.clone()))).collect();
            let stop = Mutex::new(false);
            let made = std::thread::scope(|threads| {
                let maker = threads.spawn(|| make_people(&installation, round, &stop));
                let enough = eventually("enough was answered", async || {
                    answered.count.load(Ordering::Relaxed) > 60
                });
                tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(enough));
                server.kill();
                *stop.lock().unwrap() = true;
                maker.join().unwrap()
            });
            people.extend(made);
            for worker in workers {
                assert!(worker.await.unwrap().is_err(), "the connection broke, and nothing else");
            }
            rounds.push(answered);
        }
        let server = installation.serve().await;
        let listed = installation.cli(&["user", "list", "--json"], "");
        for name in people {
            assert!(listed.contains(&format!("\"{name}\"")), "{name} is lost");
        }
        for answered in rounds {
            check(&server.url, &answered).await;
        }
        drop(server);
        installation.remove().await;
    }
}
