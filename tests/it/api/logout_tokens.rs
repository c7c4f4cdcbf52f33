//! What applications are told of sign-outs, over the API: listed, and told again.

use keystead::directory::owners;
use keystead::domain::{
    Actor, ApiScope, ClientId, FlowRef, Layout, LogoutToken, Role, Selector, UserId,
};
use keystead::store::logout_tokens;
use serde_json::{Value, json};

use super::{Caller, done, problem};
use crate::harness::{TestApp, each_database};

/// Something that a client is to be told; its reference.
pub async fn queue(app: &TestApp, client: &str, n: i64) -> String {
    put(app, client, n, |_| {}).await
}

async fn put(app: &TestApp, client: &str, n: i64, change: impl FnOnce(&mut LogoutToken)) -> String {
    let now = app.clock.now();
    let mut token = LogoutToken {
        id: Selector(Selector::floor(now).0 + n),
        client_id: ClientId(client.to_owned()),
        user_id: UserId("a".to_owned()),
        sub: "alice".to_owned(),
        sid: Some("s".to_owned()),
        layout: Layout::Native,
        flow: FlowRef(format!("K7QF-2M9{n}")),
        attempts: 1,
        due_at: now,
        problem: None,
        answered: None,
        done_at: None,
    };
    change(&mut token);
    app.write(async |tx| logout_tokens::insert(tx, &token).await).await;
    token.flow.0
}

/// One that its client never took.
async fn given_up(app: &TestApp, client: &str, n: i64) -> String {
    put(app, client, n, |token| {
        token.attempts = 8;
        token.problem = Some("logout_unreachable".to_owned());
        token.done_at = Some(token.due_at);
    })
    .await
}

/// The references on a page.
fn listed(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|one| one["ref"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn they_are_listed_by_page_client_and_failure() {
    each_database(async |app: TestApp| {
        let caller = Caller::new(&app).await;
        for id in ["web", "wiki"] {
            app.client(id).await;
        }
        let (first, second) = (queue(&app, "web", 2).await, given_up(&app, "wiki", 3).await);
        let third = queue(&app, "wiki", 4).await;
        let all = done(&caller.get("/logout-tokens").await, 200);
        assert_eq!(listed(&all), [&third, &second, &first], "the newest first");
        let one = &all["items"][1];
        let told = ["client_id", "sub", "delivery", "attempts", "problem", "next_at"];
        assert_eq!(
            told.map(|name| one[name].clone()),
            [
                json!("wiki"),
                json!("alice"),
                json!("given_up"),
                json!(8),
                json!("logout_unreachable"),
                Value::Null
            ]
        );
        for (query, expected) in [
            ("client=wiki", vec![&third, &second]),
            ("failed=true", vec![&second]),
            ("client=web&failed=true", vec![]),
            ("client=nobody", vec![]),
        ] {
            let page = done(&caller.get(&format!("/logout-tokens?{query}")).await, 200);
            assert_eq!(listed(&page), expected, "{query}");
        }
        for list in ["/logout-tokens?client=wiki&limit=1", "/clients/wiki/logout-tokens?limit=1"] {
            let page = done(&caller.get(list).await, 200);
            assert_eq!(listed(&page), [&third]);
            let next = page["next"].as_str().unwrap().strip_prefix("/api/v1").unwrap();
            let page = done(&caller.get(next).await, 200);
            assert_eq!((listed(&page), &page["next"]), (vec![second.as_str()], &Value::Null));
        }
        for bad in [
            "/logout-tokens?after=N0NE-0000".to_owned(),
            "/logout-tokens?limit=0".to_owned(),
            "/logout-tokens?failed=perhaps".to_owned(),
            "/logout-tokens?user=alice".to_owned(),
            format!("/clients/wiki/logout-tokens?after={first}"),
        ] {
            assert_eq!(problem(&caller.get(&bad).await).0, 400, "{bad}");
        }
        let none = caller.get("/clients/nobody/logout-tokens").await;
        assert_eq!(problem(&none).0, 404);
    })
    .await;
}

#[tokio::test]
async fn one_is_told_again_and_the_log_says_by_whom() {
    each_database(async |app: TestApp| {
        let caller = Caller::new(&app).await;
        app.client("wiki").await;
        let reference = given_up(&app, "wiki", 1).await;
        let path = format!("/logout-tokens/{reference}/retry");
        let told = done(&caller.post(&path, json!({})).await, 200);
        assert_eq!(told, json!({ "applied": true, "notes": [] }));
        let all = done(&caller.get("/logout-tokens").await, 200);
        let again = &all["items"][0];
        assert_eq!(
            (&again["delivery"], &again["attempts"], &again["next_at"]),
            (&json!("waiting"), &json!(0), &json!(app.clock.now().rfc3339()))
        );
        let event = done(&caller.get("/events?client=wiki&limit=1").await, 200)["items"][0].clone();
        assert_eq!(
            (&event["kind"], &event["actor"]),
            (&json!("logout_token.retried"), &json!("root"))
        );
        let arrived = put(&app, "wiki", 2, |token| token.done_at = Some(token.due_at)).await;
        let path = format!("/logout-tokens/{arrived}/retry");
        let told = done(&caller.post(&path, json!({})).await, 200);
        assert_eq!((&told["applied"], told["notes"].as_array().unwrap().len()), (&json!(false), 1));
        let none = caller.post("/logout-tokens/N0NE-0000/retry", json!({})).await;
        assert_eq!(problem(&none).0, 404);
    })
    .await;
}

#[tokio::test]
async fn owners_see_and_retry_those_to_their_own_alone() {
    each_database(async |app: TestApp| {
        let own = [ApiScope::Read, ApiScope::WriteClients];
        let owner = Caller::of(&app, "owner", Role::ApplicationOwner, &own).await;
        let auditor = Caller::of(&app, "auditor", Role::Auditor, &[ApiScope::Read]).await;
        let desk = Caller::of(&app, "desk", Role::Helpdesk, &[ApiScope::Read]).await;
        for id in ["web", "shop"] {
            app.client(id).await;
        }
        owners::add(&app, &Actor::CommandLine, "web", "owner").await.unwrap();
        let (mine, theirs) = (given_up(&app, "web", 1).await, given_up(&app, "shop", 2).await);
        let no = || (403, "not_allowed".to_owned());
        let seen = done(&owner.get("/clients/web/logout-tokens").await, 200);
        assert_eq!(listed(&seen), [&mine]);
        let one = &seen["items"][0];
        assert_eq!((&one["sub"], &one["sid"]), (&Value::Null, &Value::Null), "whose it was");
        for path in ["/logout-tokens", "/clients/shop/logout-tokens"] {
            assert_eq!(problem(&owner.get(path).await), no(), "{path}");
            assert_eq!(problem(&desk.get(path).await), no(), "{path}");
            let seen = done(&auditor.get(path).await, 200);
            assert_eq!(seen["items"][0]["sub"], "alice", "{path}");
        }
        for reference in [theirs.as_str(), "N0NE-0000"] {
            let answer = owner.post(&format!("/logout-tokens/{reference}/retry"), json!({})).await;
            assert_eq!(problem(&answer), no(), "{reference}");
        }
        let path = format!("/logout-tokens/{mine}/retry");
        assert_eq!(done(&owner.post(&path, json!({})).await, 200)["applied"], true);
        let answer = auditor.post(&path, json!({})).await;
        assert_eq!(problem(&answer), (403, "insufficient_scope".to_owned()));
    })
    .await;
}
