//! Backups on their page: made, verified, downloaded, deleted, and told of on the overview.

use keystead::directory::backup;
use keystead::domain::{Actor, DAY, Role};

use super::Visitor;
use crate::harness::{TestApp, each_database};

/// The name of a backup of this application.
pub async fn made(app: &TestApp) -> String {
    if let Some(kept) = backup::list(&app.config).unwrap().first() {
        return kept.name.clone();
    }
    let made = backup::make(app, &Actor::CommandLine).await.unwrap();
    made.path.file_name().unwrap().to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_backup_is_made_verified_downloaded_and_deleted() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let empty = root.get("/admin/backup").await;
        assert!(empty.body.contains("Keystead has made none") && empty.body.contains("No backups"));
        assert!(root.get("/admin").await.body.contains("Keystead has made none"));
        let page = root.done("/admin/backup", &[("action", "make")]).await;
        assert!(page.text("toast").starts_with("Made keystead-2026"), "{}", page.body);
        assert!(page.body.contains("not verified"));
        let name = made(&app).await;
        let at = format!("/admin/backup/{name}");
        assert!(root.get(&at).await.has("verify"));

        let verified = root.post(&at, &[("action", "verify")]).await;
        assert_eq!(verified.status, 200);
        assert!(verified.body.contains("It can be restored"), "{}", verified.body);
        assert!(verified.body.contains("contents:") && verified.body.contains("1 users"));
        let page = root.get("/admin/backup").await;
        assert!(page.body.contains(", verified."), "{}", page.body);
        let health = root.get("/admin").await;
        assert!(health.body.contains("The last was made just now"), "{}", health.body);

        let file = root.post(&at, &[("action", "download")]).await;
        assert_eq!(file.status, 200);
        assert_eq!(file.header("cache-control"), "no-store");
        let told = format!("attachment; filename=\"{name}\"");
        assert_eq!(file.header("content-disposition"), told);
        let stored = std::fs::read(backup::place(&app.config).join(&name)).unwrap();
        assert!(file.bytes == stored && file.bytes.starts_with(b"SQLite format 3"));
        assert_eq!(file.header("content-length"), stored.len().to_string());

        let asks = root.get(&format!("{at}/delete")).await;
        assert!(asks.text("consequences").contains("The file itself"));
        let wrong = root.post(&format!("{at}/delete"), &[("confirm", "no")]).await;
        assert_eq!(wrong.status, 422);
        let gone = root.done(&format!("{at}/delete"), &[("confirm", &name)]).await;
        assert_eq!(gone.text("toast"), format!("Deleted {name}."));
        assert_eq!(root.get(&at).await.status, 404);
        let events = root.get("/admin/events").await;
        for told in [
            format!("root made the backup {name}"),
            format!("root verified the backup {name}, which passed"),
            format!("root downloaded the backup {name}"),
            format!("root deleted the backup {name}"),
        ] {
            assert!(events.body.contains(&told), "{told}: {}", events.body);
        }
    })
    .await;
}

#[tokio::test]
async fn only_what_is_a_backup_in_the_folder_is_handed_out() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        made(&app).await;
        let folder = backup::place(&app.config);
        std::fs::write(app.config.data_dir.join("secret.db"), "secret").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.join("link.db")).unwrap();
        std::fs::create_dir(folder.join("folder.db")).unwrap();
        for name in [
            "..%2Fsecret.db",
            "%2E%2E%2Fsecret.db",
            "link.db",
            "folder.db",
            "none.db",
            "%2Fetc%2Fpasswd",
            "x",
        ] {
            let at = format!("/admin/backup/{name}");
            assert_eq!(root.get(&at).await.status, 404, "{name}");
            for action in ["download", "verify"] {
                let answer = root.post(&at, &[("action", action)]).await;
                assert_eq!(answer.status, 404, "{name}");
                assert!(!answer.body.contains("secret\n") && !answer.body.contains("root:"));
            }
            let delete = root.post(&format!("{at}/delete"), &[("confirm", name)]).await;
            assert_eq!(delete.status, 404, "{name}");
        }
        assert!(app.config.data_dir.join("secret.db").exists());
        let list = root.get("/admin/backup").await;
        assert!(!list.body.contains("link.db") && !list.body.contains("folder.db"));
    })
    .await;
}

#[tokio::test]
async fn the_overview_says_when_the_last_backup_is_old_and_who_may_make_one() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let mut auditor = Visitor::new(&app, "auditor", Some(Role::Auditor)).await;
        made(&app).await;
        app.wait(8 * DAY);
        root.browser.sign_in("root").await;
        auditor.browser.sign_in("auditor").await;
        let health = root.get("/admin").await;
        assert!(health.body.contains("The last was made 8 days ago"), "{}", health.body);
        assert!(health.body.contains("href=\"/admin/backup\">Backup</a></span>"));
        let seen = auditor.get("/admin").await;
        assert!(seen.body.contains("8 days ago") && !seen.body.contains("href=\"/admin/backup\""));
    })
    .await;
}

#[tokio::test]
async fn a_backup_that_cannot_be_made_says_why_on_the_page() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        std::fs::create_dir_all(&app.config.data_dir).unwrap();
        std::fs::write(backup::place(&app.config), "a file in its place").unwrap();
        let page = root.post("/admin/backup", &[("action", "make")]).await;
        assert_eq!(page.status, 409, "{}", page.body);
        assert!(page.body.contains("/backups cannot be written: "), "{}", page.body);
    })
    .await;
}
