//! What goes into a backup comes out of it, whichever database it was and whichever it will be.

use std::fs;
use std::os::unix::fs::MetadataExt;

use keystead::directory::api_tokens::{self, NewToken};
use keystead::directory::backup::{self, Status};
use keystead::directory::declared;
use keystead::domain::{ApiScope, DAY, Role};
use keystead::explain::chain::{self, Verdict};
use keystead::store::dump::Overwrite;
use keystead::store::events::{self, Filter};
use keystead::store::users;

use super::{ACTOR, Folder, made, restored, targets};
use crate::harness::{Browser, Scene, TestApp, each_database, samples};

/// Somebody with everything that can be known of a person, an administrator with a token, groups,
/// and a log that is chained.
async fn furnish(app: &TestApp) -> String {
    let mut root = app.user("root").await;
    root.role = Some(Role::Administrator);
    app.write(async |tx| users::update(tx, &root).await).await;
    let mut full = samples::user("full");
    samples::fill(&mut full);
    full.id = app.random.user_id();
    full.display_name = Some("Zoë \"Ünïcode\" O'Hara \u{1f600}".into());
    app.write(async |tx| users::insert(tx, &full, None).await).await;
    app.group("crew", &[&root, &full]).await;
    let new = NewToken {
        name: "ci".into(),
        user: "root".into(),
        scopes: [ApiScope::Read].into(),
        life: 30 * DAY,
    };
    let (_, token) = api_tokens::create(app, &ACTOR, new).await.unwrap();
    app.flows.flush(&app.db).await.unwrap();
    app.wait(120);
    chain::extend(app).await.unwrap();
    token.expose().to_owned()
}

async fn exported(app: &TestApp) -> String {
    declared::yaml(&declared::export(app).await.unwrap()).unwrap()
}

#[tokio::test]
async fn everything_is_there_again_after_a_restore() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let tokens = scene.tokens(&[("scope", "openid profile offline_access")]).await;
        let api = furnish(&app).await;
        let (folder, before) = (Folder::new(), exported(&app).await);
        let file = folder.file("keystead.db");
        made(&app, &file).await;
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        assert_eq!(folder.names(), ["keystead.db"], "and nothing else is left");

        for target in targets().await {
            let done = restored(&app, &file, &target.url(), Overwrite::No).await.unwrap();
            let report = &done.report;
            assert!(report.passed() && done.filled.aside.is_none(), "{report:?}");
            assert!(report.findings.iter().all(|one| one.status == Status::Ok), "{report:?}");

            let there = app.elsewhere(&target.url()).await;
            there.wait(240);
            assert_eq!(exported(&there).await, before, "{}", target.name());
            let known = there.registry().keys().len();
            assert_eq!(known, app.registry().keys().len(), "no key was made anew");
            scene.party.app = there.app.clone();
            let me = scene.party.userinfo(tokens.get("access_token")).await;
            assert_eq!((me.status, &me.json()["sub"]), (200, &tokens.claims["sub"]));
            let fresh = scene.party.refresh(tokens.get("refresh_token")).await.json();
            let claims = scene.party.verify(fresh["id_token"].as_str().unwrap()).await;
            assert_eq!(claims["sub"], tokens.claims["sub"]);
            assert!(api_tokens::resolve(&there, &api).await.unwrap().is_some());
            let mut browser = Browser::new(&there.app);
            browser.sign_in("alice").await;

            let filter = Filter { kind: Some("backup.restored".into()), ..Filter::default() };
            let log = there.read(async |c| events::list(c, &filter, None, 5).await).await;
            assert_eq!(log[0].target.as_deref(), Some("keystead.db"));
            chain::extend(&there).await.unwrap();
            let verdict = chain::verify(&there).await.unwrap();
            assert!(matches!(verdict, Verdict::Intact { lines } if lines > 3), "{verdict:?}");
            there.db.close().await;
            target.remove().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_restore_over_something_keeps_a_copy_of_that() {
    each_database(async |app| {
        furnish(&app).await;
        let folder = Folder::new();
        let file = folder.file("keystead.db");
        made(&app, &file).await;
        for target in targets().await {
            let there = app.elsewhere(&target.url()).await;
            there.user("of-the-other").await;
            there.db.close().await;
            drop(there);
            let refused = restored(&app, &file, &target.url(), Overwrite::No).await.unwrap_err();
            let told = refused.to_string();
            assert!(told.contains("holds data already; repeat with --force"), "{told}");

            app.wait(1);
            let done = restored(&app, &file, &target.url(), Overwrite::Yes).await.unwrap();
            let aside = done.filled.aside.unwrap();
            assert!(aside.starts_with(app.config.data_dir.join("backups")), "{aside:?}");
            assert_eq!(fs::metadata(&aside).unwrap().mode() & 0o777, 0o600);
            let there = app.elsewhere(&target.url()).await;
            let name = keystead::domain::Username::parse("of-the-other").unwrap();
            let find = async |app: &TestApp| {
                app.read(async |c| users::find_by_username(c, &name).await).await.is_some()
            };
            assert!(!find(&there).await, "{}", target.name());
            there.db.close().await;
            drop(there);

            app.wait(1);
            restored(&app, &aside, &target.url(), Overwrite::Yes).await.unwrap();
            let there = app.elsewhere(&target.url()).await;
            assert!(find(&there).await, "what was put aside is a backup like any other");
            there.db.close().await;
            drop(there);
            target.remove().await;
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_restores_over_a_database_that_somebody_works_with() {
    each_database(async |app| {
        let folder = Folder::new();
        let file = folder.file("keystead.db");
        made(&app, &file).await;
        for overwrite in [Overwrite::No, Overwrite::Yes] {
            let refused = restored(&app, &file, app.url(), overwrite).await.unwrap_err();
            let told = refused.to_string();
            assert!(told.contains("is in use: stop Keystead on every machine"), "{told}");
        }
        app.user("still-here").await;
        assert_eq!(app.read(users::count).await, 1, "it goes on as if nothing had been");
    })
    .await;
}

#[tokio::test]
async fn the_secret_key_is_not_in_it_and_is_looked_for() {
    each_database(async |app| {
        Scene::new(&app).await;
        let folder = Folder::new();
        let file = folder.file("keystead.db");
        made(&app, &file).await;
        let bytes = fs::read(&file).unwrap();
        assert!(!bytes.windows(32).any(|window| window == [7; 32]));
        assert!(!String::from_utf8_lossy(&bytes).contains(super::SECRET));

        let mut config = app.config.clone();
        let found = async |config: &keystead::config::Config| {
            let report = backup::verify(config, &file).await.unwrap();
            let key = report.findings.iter().find(|one| one.check == "secret key").unwrap();
            (report.passed(), key.status, key.message.clone())
        };
        let (passed, status, told) = found(&config).await;
        assert!(passed && status == Status::Warn && told.contains("none here"), "{told}");
        config.secret_key = keystead::config::SecretKey::parse(super::SECRET);
        let (passed, status, told) = found(&config).await;
        assert!(passed && status == Status::Ok && told.contains("opens it"), "{told}");
        config.secret_key = keystead::config::SecretKey::parse(&super::SECRET.replace('B', "C"));
        let (passed, status, told) = found(&config).await;
        assert!(!passed && status == Status::Fail && told.contains("does not open"), "{told}");
    })
    .await;
}
