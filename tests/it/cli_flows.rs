//! `keystead flow`, typed: a sign-in that failed, told step by step, and mended.

use keystead::domain::{
    Cause, ClientId, FailureId, FailureKind, Flow, FlowRef, FlowState, FlowStep, Layout, Timestamp,
};
use keystead::store::failures::{self, Tally};
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
        group_id: None,
        address: Some("192.0.2.7".to_owned()),
        started_at: Timestamp(START),
        updated_at: Timestamp(START),
        begun_ms: START * 1000,
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
        let shell = Shell::begun(database.url()).await;
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

/// `wiki`, a refused redirect URI, and the failures it is counted with.
async fn failed(database: &Database, offered: &str) -> Shell {
    let shell = Shell::begun(database.url()).await;
    shell.done("client create wiki --redirect-uri https://wiki.example.com/cb");
    shell.done("client scope-map wiki everyone openid");
    let db = Db::open(&database.url(), 2).await.unwrap();
    let mut tx = db.write().await.unwrap();
    let group = FailureId("7K2M-9QPT-4XWA".into());
    let client = Some(ClientId("wiki".to_owned()));
    let kind = FailureKind::of(Cause::RedirectUriMismatch, client, Some(offered.into()));
    let at = Timestamp(START);
    let tally = Tally { times: 3, first_at: at, last_at: at };
    failures::count(&mut tx, (&group, &kind, false), tally).await.unwrap();
    let flow = Flow { group_id: Some(group), ..refused() };
    flows::put(&mut tx, &[flow]).await.unwrap();
    let steps =
        [step("refused", 0, json!({ "cause": "redirect_uri_mismatch", "offered": offered }))];
    flows::put_steps(&mut tx, &steps).await.unwrap();
    tx.commit().await.unwrap();
    db.close().await;
    shell
}

#[tokio::test]
async fn a_strangers_address_is_registered_once_somebody_has_seen_it() {
    for database in Database::each().await {
        let offered = "https://wiki.example.com/cb/";
        let shell = failed(&database, offered).await;
        let told = shell.done("flow show K7QF-2M9X");
        for part in [
            "expected: https://wiki.example.com/cb\n",
            "                                         ^\n",
            "1. Register https://wiki.example.com/cb/ as a redirect URI of wiki.\n",
            "keystead flow fix K7QF-2M9X --number 1\n",
            "or: keystead client add-redirect-uri wiki https://wiki.example.com/cb/\n",
            "2. Mark this failure as solved, until it happens again.\n",
            "To tell the person: The application is not set up quite right",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
        let dry = shell.done("flow fix K7QF-2M9X --dry-run");
        assert_eq!(
            dry,
            "Register https://wiki.example.com/cb/ as a redirect URI of wiki.\n\
             It would run: keystead client add-redirect-uri wiki https://wiki.example.com/cb/\n"
        );
        let unseen = shell.run("flow fix K7QF-2M9X");
        assert_eq!(unseen.code, 1, "{}", unseen.out);
        assert!(unseen.err.contains("repeat with --yes"), "{}", unseen.err);
        let uris = || shell.json("client show wiki")["redirect_uris"].clone();
        assert_eq!(uris(), json!(["https://wiki.example.com/cb"]));
        let done = shell.json("flow fix K7QF-2M9X --yes");
        assert_eq!(
            (done["applied"].clone(), done["offer"]["fix"]["uri"].clone()),
            (json!(true), json!(offered))
        );
        assert_eq!(uris(), json!(["https://wiki.example.com/cb", offered]));
        assert_eq!(shell.run("flow groups").err, "Nothing failed.\n", "it is solved with that");
        let again = shell.run("flow fix K7QF-2M9X --yes");
        assert!(again.err.contains("nothing that Keystead can mend itself"), "{}", again.err);
        std::fs::remove_dir_all(shell.folder()).unwrap();
        database.remove().await;
    }
}

#[tokio::test]
async fn an_address_that_may_not_be_registered_is_refused_by_the_fix_too() {
    for database in Database::each().await {
        let shell = failed(&database, "https://*.example.com/cb").await;
        let refused = shell.run("flow fix K7QF-2M9X --number 1 --yes");
        assert_eq!(refused.code, 1);
        assert!(refused.err.contains("wildcards are not matched"), "{}", refused.err);
        let none = shell.run("flow fix K7QF-2M9X --number 9");
        assert!(none.err.contains("there are 2 fixes, and no number 9"), "{}", none.err);
        std::fs::remove_dir_all(shell.folder()).unwrap();
        database.remove().await;
    }
}

#[tokio::test]
async fn failures_are_listed_together_and_marked_as_solved() {
    for database in Database::each().await {
        let shell = failed(&database, "http://wiki.example.com/cb").await;
        let line = "7K2M-9QPT-4XWA  3      2026-09-21T14:13:20Z  open   K7QF-2M9X  \
                    Redirect URI does not match at wiki: http://wiki.example.com/cb";
        let listed = shell.done("flow groups --client wiki");
        assert!(listed.contains(line), "{listed}");
        let groups = shell.json("flow groups --cause redirect_uri_mismatch");
        assert_eq!(groups[0]["times"], 3);
        assert_eq!(groups[0]["examples"], json!(["K7QF-2M9X"]));
        assert_eq!(shell.json("flow groups --cause code_expired"), json!([]));
        let solved = "Marked 7K2M-9QPT-4XWA as solved, which happened 3 times; it comes back if it \
                      happens again.\n";
        assert_eq!(shell.done("flow solve k7qf2m9x"), solved);
        let again = shell.run("flow solve 7K2M-9QPT-4XWA");
        assert_eq!(again.err, "Note: It was solved before, and did not happen since.\n");
        assert_eq!(shell.json("flow groups"), json!([]));
        assert_eq!(shell.json("flow groups --solved")[0]["solved_by"], "command line");
        assert_eq!(shell.done("flow reopen K7QF-2M9X"), "7K2M-9QPT-4XWA is open again.\n");
        let again = shell.run("flow reopen 7k2m9qpt4xwa");
        assert_eq!(again.err, "Note: It was not marked as solved.\n");
        assert_eq!(shell.json("flow groups")[0]["solved_by"], json!(null));
        shell.refused(
            "flow solve 7K2M-9QPT-4XWB",
            "no failure '7K2M-9QPT-4XWB'; list them with: keystead flow groups --solved",
        );
        std::fs::remove_dir_all(shell.folder()).unwrap();
        database.remove().await;
    }
}

#[tokio::test]
async fn lists_are_filtered() {
    for database in Database::each().await {
        let shell = failed(&database, "http://wiki.example.com/cb").await;
        shell.done("user create alice");
        let count =
            |flags: &str| shell.json(&format!("flow list {flags}")).as_array().unwrap().len();
        for (flags, found) in [
            ("", 1),
            ("--failed --client wiki", 1),
            ("--cause redirect_uri_mismatch --since 2026-09-21", 1),
            ("--cause code_expired", 0),
            ("--since 2026-09-22", 0),
            ("--user alice", 0),
        ] {
            assert_eq!(count(flags), found, "{flags}");
        }
        let wrong = "error: invalid value 'redirect_uri_mismatches' for '--cause <CODE>': there is no \
                     such cause; did you mean redirect_uri_mismatch";
        shell.misused("flow list --cause redirect_uri_mismatches", wrong);
        std::fs::remove_dir_all(shell.folder()).unwrap();
        database.remove().await;
    }
}
