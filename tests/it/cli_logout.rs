//! `keystead logout`, typed: which applications were told of sign-outs, and telling one again.

use keystead::domain::{ClientId, FlowRef, Layout, LogoutToken, Selector, Timestamp, UserId};
use keystead::store::{Db, logout_tokens};

use crate::cli::Shell;
use crate::harness::Database;

const START: Timestamp = Timestamp(1_790_000_000);

fn token(n: i64, reference: &str) -> LogoutToken {
    LogoutToken {
        id: Selector(Selector::floor(START).0 + n),
        client_id: ClientId("wiki".to_owned()),
        user_id: UserId("a".to_owned()),
        sub: "alice".to_owned(),
        sid: None,
        layout: Layout::Native,
        flow: FlowRef(reference.to_owned()),
        attempts: 1,
        due_at: START,
        problem: None,
        answered: None,
        done_at: Some(START),
    }
}

#[tokio::test]
async fn what_did_not_arrive_is_listed_and_told_again() {
    for database in Database::each().await {
        let shell = Shell::begun(database.url()).await;
        shell.done("client create wiki --backchannel-logout-uri https://wiki.example.com/logout");
        let nothing = "No application had to be told of a sign-out.\n";
        assert_eq!(shell.run("logout list").err, nothing);
        let db = Db::open(&database.url(), 2).await.unwrap();
        let mut tx = db.write().await.unwrap();
        let failed = LogoutToken {
            attempts: 8,
            problem: Some("logout_unreachable".to_owned()),
            answered: Some("nothing answers".to_owned()),
            ..token(1, "K7QF-2M9X")
        };
        logout_tokens::insert(&mut tx, &failed).await.unwrap();
        logout_tokens::insert(&mut tx, &token(2, "K7QF-2M9Y")).await.unwrap();
        tx.commit().await.unwrap();
        db.close().await;

        let listed = shell.done("logout list");
        for part in ["delivered", "given up", "Nobody answers", "2026-09-21T14:13:20Z"] {
            assert!(listed.contains(part), "{part}: {listed}");
        }
        let failed = shell.json("logout list --client wiki --failed");
        assert_eq!(failed.as_array().unwrap().len(), 1);
        assert_eq!(
            (&failed[0]["ref"], &failed[0]["delivery"]),
            (&"K7QF-2M9X".into(), &"given_up".into())
        );
        let told = "'wiki' is told again, as soon as a server runs.\n";
        assert_eq!(shell.done("logout retry k7qf2m9x"), told);
        assert!(shell.done("logout list --failed").contains("waiting"));
        assert!(shell.done("event list").contains("asked for wiki to be told again"));
        let note = "Note: 'wiki' was told, and is not told again.\n";
        assert_eq!(shell.noted("logout retry K7QF-2M9Y"), note);
        let unknown = "no logout 'K7QF-2M9Z'; list them with: keystead logout list";
        shell.refused("logout retry K7QF-2M9Z", unknown);
        shell.refused("logout list --client wikj", "no client 'wikj'; did you mean 'wiki'?");
        std::fs::remove_dir_all(shell.folder()).unwrap();
        database.remove().await;
    }
}
