//! A backup of a server that runs; and a restore that waits until it does not.

use super::{Client, Installation};

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_made_beside_a_server_and_restored_without_it() {
    for installation in Installation::each().await {
        installation.populate();
        let mut server = installation.serve().await;
        let mut alice = Client::new(&server.url);
        alice.sign_in().await.unwrap();
        let code = alice.code().await.unwrap();
        let token = alice.exchange(&code).await.unwrap().json()["access_token"].clone();
        let token = token.as_str().unwrap();
        let file = installation.folder.join("kept.db");
        let file = file.to_str().unwrap();
        installation.cli(&["backup", "create", file], "");
        let verified = installation.cli(&["backup", "verify", file], "");
        assert!(verified.contains("can be restored") && !verified.contains("FAIL"), "{verified}");
        let refused = installation.run(&["backup", "restore", file, "--force"], "");
        let told = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1));
        assert!(told.contains("is in use: stop Keystead on every machine"), "{told}");
        let moved = ["database", "move", "--to", "sqlite://elsewhere.db"];
        let told = installation.run(&moved, "");
        assert!(String::from_utf8_lossy(&told.stderr).contains("is in use: stop Keystead"));
        assert!(alice.is_active(token).await, "nobody noticed");

        installation.cli(&["user", "create", "late"], "");
        server.terminate();
        assert_eq!(server.ended().await, Some(0));
        let refused = installation.run(&["backup", "restore", file], "");
        let told = String::from_utf8_lossy(&refused.stderr);
        assert!(told.contains("holds data already; repeat with --force"), "{told}");
        let restored = installation.cli(&["backup", "restore", file, "--force"], "");
        assert!(restored.contains("Restored ") && restored.contains("opens it"), "{restored}");
        let server = installation.serve().await;
        let alice = Client::new(&server.url);
        assert!(alice.is_active(token).await, "what was issued before is known again");
        Client::new(&server.url).sign_in().await.unwrap();
        let users = installation.cli(&["user", "list"], "");
        assert!(users.contains("alice") && !users.contains("late"), "{users}");
        drop(server);
        installation.remove().await;
    }
}
