//! Several processes on one database.

use std::collections::BTreeMap;

use super::installation::free_port;
use super::{Client, Installation, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_that_start_at_once_on_an_empty_database_share_its_keys() {
    for installation in Installation::each().await {
        let (mut one, mut two) =
            (installation.start(installation.port), installation.start(free_port()));
        one.ready().await;
        two.ready().await;
        let keys = async |url: &str| Client::new(url).get("/oauth2/jwks").await.unwrap().body;
        let (first, other) = (one.url.clone(), two.url.clone());
        eventually("both publish the same keys", async || keys(&first).await == keys(&other).await)
            .await;
        drop((one, two));
        installation.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_redemptions_of_a_code_at_two_servers_one_succeeds() {
    for installation in Installation::each().await {
        installation.populate();
        let one = installation.serve().await;
        let mut two = installation.start(free_port());
        two.ready().await;
        let mut browser = Client::new(&one.url);
        browser.sign_in().await.unwrap();
        for _ in 0..3 {
            let code = browser.code().await.unwrap();
            let racers = (0..50).map(|n| {
                let client = Client::new(if n % 2 == 0 { &one.url } else { &two.url });
                let code = code.clone();
                tokio::spawn(async move { client.exchange(&code).await.unwrap() })
            });
            let mut outcomes: BTreeMap<(u16, String), usize> = BTreeMap::new();
            for racer in racers.collect::<Vec<_>>() {
                *outcomes.entry(racer.await.unwrap().error()).or_default() += 1;
            }
            let expected = [((200, String::new()), 1), ((400, "invalid_grant".to_owned()), 49)];
            assert_eq!(outcomes, BTreeMap::from(expected));
        }
        drop((one, two));
        installation.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn running_servers_see_what_a_command_changes() {
    for installation in Installation::each().await {
        installation.populate();
        let server = installation.serve().await;
        let mut browser = Client::new(&server.url);
        browser.sign_in().await.unwrap();
        let added = "https://web.example.com/added";
        assert_eq!(browser.authorize(added).await.unwrap().status, 400);
        installation.cli(&["client", "add-redirect-uri", "web", added], "");
        let mut asking = browser.clone();
        eventually("the new redirect URI is known", async || {
            asking.authorize(added).await.unwrap().param("code").is_some()
        })
        .await;
        installation.cli(&["client", "remove-redirect-uri", "web", added], "");
        eventually("it is forgotten", async || {
            asking.authorize(added).await.unwrap().status == 400
        })
        .await;
        let token = browser.exchange(&browser.clone().code().await.unwrap()).await.unwrap().json();
        let token = token["access_token"].as_str().unwrap().to_owned();
        assert!(browser.is_active(&token).await);
        installation.cli(&["user", "disable", "alice", "--force"], "");
        eventually("the token of a disabled person is dead", async || {
            !browser.is_active(&token).await
        })
        .await;
        let home = asking.get("/").await.unwrap();
        assert!(!home.has("current-user"));
        drop(server);
        installation.remove().await;
    }
}
