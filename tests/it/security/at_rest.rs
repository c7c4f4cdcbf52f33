//! Whoever gets hold of the database finds nothing to sign in with.

use std::path::Path;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use keystead::config::{Config, Flags};
use keystead::directory::{links, secrets};
use keystead::domain::{Actor, AuthMethod, Secret};
use keystead::explain::chain;
use keystead::protocol::client_auth;

use crate::harness::{Browser, PASSWORD, Scene, TestApp, each_database};

/// Whether `needle` is stored: as text, as the bytes it stands for, or as either in hexadecimal.
fn holds(stored: &[u8], needle: &str) -> bool {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(needle).unwrap_or_default();
    // Of a token only the secret half: the other finds its row.
    let secret = if bytes.len() == 40 { &bytes[8..] } else { &bytes };
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let forms = [
        needle.as_bytes().to_vec(),
        secret.to_vec(),
        hex(needle.as_bytes()).into_bytes(),
        hex(secret).into_bytes(),
    ];
    forms.iter().filter(|form| form.len() >= 16).any(|form| contains(stored, form))
}

fn contains(stored: &[u8], needle: &[u8]) -> bool {
    stored.windows(needle.len()).any(|window| window == needle)
}

async fn links(app: &TestApp) -> Vec<String> {
    let actor = Actor::CommandLine;
    let made = [
        links::setup_link(&app.app, &keystead::domain::Actor::System).await.unwrap().url,
        links::invite(&app.app, &actor, "alice").await.unwrap().url,
        links::reset_link(&app.app, &actor, "alice").await.unwrap().url,
    ];
    made.iter().map(|url| url.split_once("token=").unwrap().1.to_owned()).collect()
}

#[tokio::test]
async fn no_secret_is_stored_as_it_is() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let unused = scene.code().await;
        let tokens =
            scene.tokens(&[("scope", "openid offline_access"), ("prompt", "consent")]).await;
        let refreshed = scene.party.refresh(tokens.get("refresh_token")).await.json();
        let wrong = "quite another password than that";
        let page = Browser::new(&app.app).get("/login").await;
        let mistyped = "a password typed into the wrong field";
        for (name, password) in [("alice", wrong), (mistyped, wrong)] {
            let mut browser = Browser::new(&app.app);
            let page = browser.get("/login").await;
            browser.log_in(&page, name, password).await;
        }
        let mut secrets = links(&app).await;
        let csrf = page.inputs().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        secrets.extend([unused, csrf, PASSWORD.into(), wrong.into(), mistyped.into()]);
        secrets.push(scene.party.secret.clone().unwrap());
        secrets.extend(scene.browser.cookies.values().cloned());
        for answer in [&tokens.answer, &refreshed] {
            let names = ["access_token", "refresh_token", "id_token"];
            secrets.extend(names.iter().map(|name| answer[*name].as_str().unwrap().to_owned()));
        }
        while app.flows.flush(&app.db).await.unwrap() {}
        app.wait(120);
        chain::extend(&app.app).await.unwrap();
        let stored = app.stored_bytes().await;
        assert!(contains(&stored, b"alice@example.com"), "the database was read");
        for secret in secrets {
            assert!(!holds(&stored, &secret), "stored as it is: {secret}");
        }
        // The algorithm identifiers that begin every private key of PKCS #8.
        for key in [
            &b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"[..],
            b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01",
        ] {
            let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
            assert!(!contains(&stored, key) && !contains(&stored, hex.as_bytes()), "a private key");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_sealed_for_one_place_does_not_open_in_another() {
    each_database(async |app| {
        app.client("web").await;
        app.client("other").await;
        let from = "(select secret_sealed from clients where id = 'web')";
        app.sql(&format!("update clients set secret_sealed = {from} where id = 'other'")).await;
        assert!(secrets::show(&app.app, &Actor::CommandLine, "web").await.is_ok());
        assert!(secrets::show(&app.app, &Actor::CommandLine, "other").await.is_err());
    })
    .await;
}

#[test]
fn nothing_secret_is_printed_for_debugging() {
    const KEY: &str = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ=";
    let settings = [
        ("KEYSTEAD_SECRET_KEY", KEY),
        ("KEYSTEAD_DATABASE_URL", "postgres://keystead:hunter2hunter2@db.example.com/keystead"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let flags = Flags { config: Some("/dev/null".into()), ..Flags::default() };
    let config = Config::load(&flags, settings.into_iter(), Path::new("/")).unwrap();
    let shown: Vec<String> = config.settings().map(|setting| format!("{setting:?}")).collect();
    let credentials = client_auth::Credentials {
        client_id: "web".into(),
        proof: client_auth::Proof::Secret(Secret::sent("hunter2hunter2")),
        method: AuthMethod::ClientSecretPost,
    };
    let printed = [
        format!("{config:?}"),
        format!("{credentials:?}"),
        format!("{:?}", Secret::sent("hunter2hunter2")),
        shown.join(" "),
    ];
    for text in printed {
        for secret in ["hunter2", &KEY[..20], "115, 101, 99, 114, 101, 116"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}
