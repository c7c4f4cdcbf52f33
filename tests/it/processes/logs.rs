//! What a server prints: the way in, and never a secret.

use std::time::Instant;

use super::{Client, Installation, SECRET, eventually};
use crate::harness::PASSWORD;

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_prints_the_link_that_makes_the_first_administrator() {
    for installation in Installation::each().await {
        let began = Instant::now();
        let mut server = installation.start(installation.port);
        eventually("the set-up link is printed", async || {
            assert!(server.is_running(), "{}", server.printed("stderr"));
            server.printed("stdout").ends_with('\n')
        })
        .await;
        eprintln!("the set-up link came after {:?}", began.elapsed());
        let line = server.printed("stdout");
        let link = line.trim_end().strip_prefix("Set up Keystead: ").expect(&line).to_owned();
        let path = link.strip_prefix(&server.url).expect("a link to the public URL").to_owned();
        assert!(path.starts_with("/setup?token="), "{link}");
        server.ready().await;
        let log = server.printed("stderr");
        let listens = format!("listen=127.0.0.1:{}", installation.port);
        assert!(log.contains(&listens), "{log}");
        let mut browser = Client::new(&server.url);
        let form = browser.get(&path).await.unwrap();
        let filled = [("username", "root"), ("password", PASSWORD), ("password_again", PASSWORD)];
        let done = browser.submit(&form, &filled).await.unwrap();
        assert_eq!((done.status, done.location()), (303, "/setup/mail"), "{}", done.body);
        assert!(browser.get("/").await.unwrap().has("current-user"));
        let token = path.split_once('=').unwrap().1;
        assert!(!server.printed("stderr").contains(token), "the link is for stdout alone");
        server.kill();
        let server = installation.serve().await;
        let last = server.printed("stdout").lines().last().unwrap().to_owned();
        assert_eq!(last, format!("Keystead is ready at {}", server.url));
        drop(server);
        installation.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_is_logged_even_where_everything_is() {
    for installation in Installation::each().await {
        installation.populate();
        let server = installation.serve().await;
        let mut browser = Client::new(&server.url);
        let mistyped = "a password in the wrong field";
        let page = browser.get("/login").await.unwrap();
        let csrf = page.inputs().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        let wrong = [("username", mistyped), ("password", "not the right one")];
        browser.submit(&page, &wrong).await.unwrap();
        browser.sign_in().await.unwrap();
        let code = browser.code().await.unwrap();
        let tokens = browser.exchange(&code).await.unwrap().json();
        browser.exchange(&code).await.unwrap();
        let unused = browser.code().await.unwrap();
        let invited = installation.cli(&["user", "create", "bob", "--invite"], "");
        let link = invited.split_once("token=").expect(&invited).1;
        let token = link.split_whitespace().next().unwrap().to_owned();
        browser.get(&format!("/invite?token={token}")).await.unwrap();
        browser.get("/invite?token=x").await.unwrap();
        let mut secrets = vec![
            PASSWORD.to_owned(),
            SECRET.to_owned(),
            mistyped.to_owned(),
            "not the right one".to_owned(),
            csrf,
            code,
            unused,
            token,
        ];
        secrets.extend(browser.cookies.values().cloned());
        let names = ["access_token", "refresh_token", "id_token"];
        secrets.extend(names.map(|name| tokens[name].as_str().unwrap().to_owned()));
        let log = server.printed("stderr");
        assert!(log.contains("code_reused") && log.contains("unknown_user"), "{log}");
        for secret in secrets {
            assert!(!log.contains(&secret), "logged: {secret}");
        }
        drop(server);
        installation.remove().await;
    }
}
