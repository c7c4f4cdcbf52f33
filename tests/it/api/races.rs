//! Of two who change the same thing, neither overwrites the other unseen.

use futures_util::future::join_all;
use serde_json::json;

use super::{Caller, done, problem};
use crate::harness::{TestApp, each_database};

#[tokio::test]
async fn of_many_who_change_what_they_read_one_succeeds() {
    each_database(async |app: TestApp| {
        let caller = Caller::new(&app).await;
        app.user("alice").await;
        app.client("wiki").await;
        app.group("staff", &[]).await;
        for (path, field) in [
            ("/users/alice", "nickname"),
            ("/clients/wiki", "name"),
            ("/groups/staff", "description"),
        ] {
            let read = caller.get(path).await;
            let tag = read.header("etag").to_owned();
            let headers = [("if-match", tag.as_str())];
            let attempts = (0..6).map(|n| {
                let change = json!({ field: format!("value {n}") });
                caller.call("PATCH", path, Some(change), &headers)
            });
            let answers = join_all(attempts).await;
            let won: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
            assert_eq!(won.len(), 1, "{path}");
            for lost in answers.iter().filter(|answer| answer.status != 200) {
                assert_eq!(problem(lost), (412, "changed".to_owned()));
            }
            let now = caller.get(path).await;
            assert_eq!(now.json()[field], won[0].json()[field]);
            assert_ne!(now.header("etag"), tag);
            let late = caller.call("DELETE", path, None, &headers).await;
            assert_eq!(problem(&late), (412, "changed".to_owned()));
            let fresh = [("if-match", now.header("etag"))];
            done(&caller.call("DELETE", path, None, &fresh).await, 204);
        }
    })
    .await;
}

#[tokio::test]
async fn a_change_says_what_it_was_made_from() {
    each_database(async |app: TestApp| {
        let caller = Caller::new(&app).await;
        app.user("alice").await;
        let change = || Some(json!({ "nickname": "al" }));
        let bare = caller.call("PATCH", "/users/alice", change(), &[]).await;
        assert_eq!(problem(&bare), (428, "revision_required".to_owned()));
        let tag = caller.get("/users/alice").await.header("etag").to_owned();
        for (sent, status) in [
            ("\"other\"", 412),
            (&format!("W/{tag}"), 412),
            ("nonsense", 400),
            (&format!("\"other\", {tag}"), 200),
            (&tag, 412),
            ("*", 200),
        ] {
            let answer =
                caller.call("PATCH", "/users/alice", change(), &[("if-match", sent)]).await;
            assert_eq!(answer.status, status, "{sent}: {}", answer.body);
        }
        let nobody = caller.call("PATCH", "/users/bob", change(), &[("if-match", "*")]).await;
        assert_eq!(problem(&nobody), (404, "not_found".to_owned()));
    })
    .await;
}
