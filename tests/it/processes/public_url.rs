//! The public URL set while servers run: each goes by it within a second, and nobody is cut off.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::installation::{Server, free_port};
use super::{Client, Installation, eventually};
use crate::harness::PASSWORD;

const DISCOVERY: &str = "/.well-known/openid-configuration";

async fn issuer(server: &Server) -> String {
    let answer = Client::new(&server.url).get(DISCOVERY).await.unwrap();
    answer.json()["issuer"].as_str().unwrap().to_owned()
}

fn origin(installation: &Installation) -> (String, String) {
    let all = installation.cli(&["config", "show", "--json"], "");
    let all: serde_json::Value = serde_json::from_str(&all).unwrap();
    let url = all.as_array().unwrap().iter().find(|one| one["key"] == "public_url").unwrap();
    (url["value"].as_str().unwrap().to_owned(), url["origin"].as_str().unwrap().to_owned())
}

fn path_of(server: &Server) -> String {
    let line = server.printed("stdout");
    line.trim_end().split_once("http://127.0.0.1:8080").expect(&line).1.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_that_is_set_up_is_taken_over_by_every_server_at_once() {
    for installation in Installation::each().await {
        let installation = installation.without_public_url();
        let first = installation.serve().await;
        let mut second = installation.start(free_port());
        second.ready().await;
        assert_eq!(issuer(&first).await, "http://127.0.0.1:8080");
        let path = path_of(&second);
        let mut browser = Client::new(&first.url);
        let form = browser.get(&path).await.unwrap();
        assert!(form.has("password_again"), "over loopback, the administrator comes first");
        let form = browser.get(&format!("{path}&step=address")).await.unwrap();
        let typed = form.inputs().into_iter().find(|(name, _)| name == "public_url").unwrap().1;
        assert_eq!(typed, first.url, "as the browser came");
        let next = browser.submit(&form, &[("action", "check")]).await.unwrap();
        assert_eq!(next.status, 303, "{}", next.text("address-error"));
        let to = next.location().strip_prefix(&first.url).expect("an address of ours").to_owned();
        assert_eq!(issuer(&first).await, first.url, "by the time the form is answered");
        let url = first.url.clone();
        eventually("the other node goes by it", async || issuer(&second).await == url).await;
        let form = browser.get(&to).await.unwrap();
        let filled = [("username", "root"), ("password", PASSWORD), ("password_again", PASSWORD)];
        let done = browser.submit(&form, &filled).await.unwrap();
        assert_eq!(done.status, 303, "{}", done.body);
        assert_eq!(origin(&installation), (first.url.clone(), "database".to_owned()));
        drop((first, second));
        let again = installation.serve().await;
        assert_eq!(issuer(&again).await, again.url, "after the next start, too");
        drop(again);
        installation.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_cut_off_while_the_address_changes() {
    for installation in Installation::each().await {
        let installation = installation.without_public_url();
        let server = installation.serve().await;
        let stop = Arc::new(AtomicBool::new(false));
        let answered = Arc::new(AtomicU32::new(0));
        let askers: Vec<_> = (0..4)
            .map(|_| {
                let (mut client, stop) = (Client::new(&server.url), stop.clone());
                let answered = answered.clone();
                tokio::spawn(async move {
                    while !stop.load(Ordering::Relaxed) {
                        let answer = client.get(DISCOVERY).await.expect("an answer");
                        assert_eq!(answer.status, 200, "{}", answer.body);
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        for url in ["https://one.example.com", "https://two.example.com"] {
            installation.cli(&["setting", "set", "public_url", url], "");
            eventually("the server goes by it", async || issuer(&server).await == url).await;
        }
        stop.store(true, Ordering::Relaxed);
        for asker in askers {
            asker.await.unwrap();
        }
        assert!(answered.load(Ordering::Relaxed) > 10);
        installation.cli(&["setting", "reset", "public_url"], "");
        let default = "http://127.0.0.1:8080";
        eventually("the default is back", async || issuer(&server).await == default).await;
        drop(server);
        installation.remove().await;
    }
}
