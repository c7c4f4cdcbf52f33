//! `keystead flow`, typed: a sign-in that failed, told step by step.

use keystead::domain::{Cause, ClientId, Flow, FlowRef, FlowState, FlowStep, Layout, Timestamp};
use keystead::store::{Db, flows};
use serde_json::json;
use sqlx::types::Json;

use crate::cli::Shell;
use crate::harness::Database;

const START: i64 = 1_790_000_000;

fn reference() -> FlowRef {
    FlowRef("K7QF-2M9X".to_owned())
}

fn refused() -> Flow {
    Flow {
        reference: reference(),
        client_id: Some(ClientId("wiki".to_owned())),
        user_id: None,
        layout: Layout::Native,
        state: FlowState::Failed,
        cause: Some(Cause::RedirectUriMismatch.code().to_owned()),
        address: Some("192.0.2.7".to_owned()),
        started_at: Timestamp(START),
        updated_at: Timestamp(START),
    }
}

/// A step after so many milliseconds.
fn step(kind: &str, after_ms: i64, detail: serde_json::Value) -> FlowStep {
    FlowStep {
        reference: reference(),
        at_ms: START * 1000 + after_ms,
        n: after_ms,
        kind: kind.to_owned(),
        detail: Json(detail.as_object().unwrap().clone()),
    }
}

#[tokio::test]
async fn a_refused_redirect_uri_is_shown_beside_the_registered_one() {
    for database in Database::each().await {
        let shell = Shell::on(database.url());
        shell.done("client create wiki --redirect-uri https://wiki.example.com/cb");
        let offered = "https://wiki.example.com/cb/";
        let db = Db::open(&database.url(), 2).await.unwrap();
        let mut tx = db.write().await.unwrap();
        let steps = [
            step("asked", 0, json!({ "scope": "openid", "redirect_uri": offered })),
            step("refused", 12, json!({ "cause": "redirect_uri_mismatch", "offered": offered })),
        ];
        flows::put(&mut tx, &[refused()]).await.unwrap();
        flows::put_steps(&mut tx, &steps).await.unwrap();
        tx.commit().await.unwrap();
        db.close().await;

        let told = shell.done("flow show k7qf2m9x");
        for part in [
            "Somebody could not sign in to wiki.\n",
            "Flow K7QF-2M9X, 2026-09-21T14:13:20Z, from 192.0.2.7\n",
            "0.012 s  Refused",
            "(redirect_uri_mismatch)\n",
            "sent:     https://wiki.example.com/cb/\n",
            "expected: https://wiki.example.com/cb\n",
            "What to do: ",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
        let document = shell.json("flow show K7QF-2M9X");
        assert_eq!(document["trouble"]["cause"], "redirect_uri_mismatch");
        assert_eq!(document["started_at"], "2026-09-21T14:13:20Z");
        assert_eq!(document["steps"].as_array().unwrap().len(), 2);
        let list = shell.json("flow list --failed");
        assert_eq!(list[0]["ref"], "K7QF-2M9X");
        assert_eq!(list[0]["state"], "failed");
        assert!(shell.done("flow list").contains("K7QF-2M9X  2026-09-21T14:13:20Z  wiki"));
        std::fs::remove_dir_all(shell.folder()).unwrap();
        database.remove().await;
    }
}
