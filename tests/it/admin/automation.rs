//! Tokens of the API on their page: seen by whom they concern, made once, revoked by name.

use keystead::directory::api_tokens::{self, NewToken};
use keystead::domain::{Actor, ApiScope, DAY, Role};
use keystead::store;

use super::Visitor;
use crate::harness::{TestApp, each_database, http};

/// The id of a token that belongs to none of the story's visitors.
pub async fn token_of_another(app: &TestApp) -> String {
    let all = app.read(store::api_tokens::all).await;
    if let Some(token) = all.iter().find(|token| token.name == "of another") {
        return token.id.0.to_string();
    }
    let name = keystead::domain::Username::parse("another").unwrap();
    let known = app.read(async |conn| store::users::find_by_username(conn, &name).await).await;
    if known.is_none() {
        let mut user = app.user("another").await;
        user.role = Some(Role::Auditor);
        app.write(async |tx| store::users::update(tx, &user).await).await;
    }
    make(app, "of another", "another").await.0
}

/// Makes a token that reads; gives its id and itself.
async fn make(app: &TestApp, name: &str, user: &str) -> (String, String) {
    let new = NewToken {
        name: name.into(),
        user: user.into(),
        scopes: [ApiScope::Read].into(),
        life: 30 * DAY,
    };
    let (token, secret) = api_tokens::create(app, &Actor::CommandLine, new).await.unwrap();
    (token.id.0.to_string(), secret.expose().to_owned())
}

async fn status(app: &TestApp, token: &str) -> u16 {
    let request = axum::http::Request::get("/api/v1/users")
        .header("authorization", format!("Bearer {token}"))
        .body(axum::body::Body::empty());
    http::send(&app.app, request.unwrap()).await.status
}

/// What stands in the block of code under this label.
fn code(page: &http::Answer, label: &str) -> String {
    let rest = page.body.split_once(&format!("<p class=\"hint\">{label}</p>")).unwrap().1;
    let rest = rest.split_once("data-copy>").unwrap().1;
    rest.split_once("</code>").unwrap().0.replace("&#39;", "'")
}

#[tokio::test]
async fn a_token_is_made_shown_once_used_and_revoked() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let form = root.get("/admin/api/new").await;
        assert!(form.body.contains("Read everything that the owner&#39;s role may read"));
        let filled = [("token_name", "ci"), ("user", "root"), ("read", "1"), ("days", "30")];
        let made = root.post("/admin/api/new", &filled).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let token = code(&made, "The token");
        assert!(token.starts_with("kst_") && status(&app, &token).await == 200);
        let curl = code(&made, "Try it");
        let told =
            format!("curl -H 'Authorization: Bearer {token}' https://id.example.com/api/v1/users");
        assert_eq!(curl, told);

        let list = root.get("/admin/api").await;
        assert!(list.body.contains("ci") && !list.body.contains(&token), "shown once");
        assert!(list.body.contains("in 30 days") && list.body.contains("just now"));
        let path = list.body.split("href=\"").find(|rest| rest.contains("/revoke\"")).unwrap();
        let path = path.split('"').next().unwrap().to_owned();
        let asks = root.get(&path).await;
        assert!(asks.text("consequences").contains("refused from now on"));
        assert!(asks.body.contains("keystead token revoke ci"), "{}", asks.body);
        let after = root.done(&path, &[]).await;
        assert_eq!(after.text("toast"), "Revoked the token ci.");
        assert_eq!(status(&app, &token).await, 401);
        assert_eq!(root.get(&path).await.status, 404);
        assert_eq!(root.post(&path, &[]).await.status, 404);
        let events = root.get("/admin/events?kind=api_token.revoked").await;
        assert!(events.body.contains("root revoked the API token ci"), "{}", events.body);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_about_a_token_is_said_beside_its_field() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        make(&app, "taken", "root").await;
        app.user("alice").await;
        let good = [("token_name", "ci"), ("user", "root"), ("read", "1"), ("days", "90")];
        for (name, value, field, said) in [
            ("token_name", "", "token_name", "1 to 100 characters"),
            ("token_name", "taken", "token_name", "is taken"),
            ("user", "alice", "user", "they have no role"),
            ("user", "nobody-of-this-name", "user", "No user"),
            ("read", "", "scopes", "name at least one"),
            ("days", "366", "long", "Whoever finds it"),
        ] {
            let change = good.iter().filter(|(n, _)| *n != name).copied();
            let sent: Vec<_> = match (name, value) {
                ("read", "") => change.collect(),
                _ => change.chain([(name, value)]).collect(),
            };
            let page = root.post("/admin/api/new", &sent).await;
            assert_eq!(page.status, 422, "{name}={value}: {}", page.body);
            let told = page.text(&format!("{field}-error"));
            let told = told + &page.body.replace("&#39;", "'");
            assert!(told.contains(said), "{name}={value}: {told}");
        }
        let meant = [("token_name", "year"), ("read", "1"), ("days", "366"), ("long", "1")];
        assert_eq!(root.post("/admin/api/new", &meant).await.status, 201);
        let strange = [("token_name", "odd"), ("read", "1"), ("days", "100000")];
        assert_eq!(root.post("/admin/api/new", &strange).await.status, 201);
        let odd = app.read(async |c| store::api_tokens::find_by_name(c, "odd").await).await;
        let odd = odd.unwrap();
        assert_eq!(odd.expires_at - odd.created_at, 90 * DAY, "never longer than is offered");
    })
    .await;
}

#[tokio::test]
async fn staff_see_and_end_their_own_tokens_and_administrators_all() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let mut desk = Visitor::new(&app, "desk", Some(Role::Helpdesk)).await;
        let mut auditor = Visitor::new(&app, "auditor", Some(Role::Auditor)).await;
        let (of_root, _) = make(&app, "of-root", "root").await;
        let (of_desk, token) = make(&app, "of-desk", "desk").await;
        for (visitor, sees) in [(&mut root, true), (&mut auditor, true), (&mut desk, false)] {
            let list = visitor.get("/admin/api").await;
            assert!(list.body.contains("of-desk"), "{}", list.body);
            assert_eq!(list.body.contains("of-root"), sees);
            let file = visitor.get("/admin/api?format=csv").await;
            assert_eq!(file.body.contains("of-root"), sees);
        }
        let mine = root.get("/admin/api?whose=mine").await;
        assert!(mine.body.contains("of-root") && !mine.body.contains("of-desk"));

        let form = desk.get("/admin/api/new").await;
        assert!(!form.has("user") && !form.has("keys:write") && form.has("users:write"));
        let posing = [("token_name", "posing"), ("user", "root"), ("read", "1")];
        assert_eq!(desk.post("/admin/api/new", &posing).await.status, 201);
        let posing = app.read(async |c| store::api_tokens::find_by_name(c, "posing").await).await;
        assert_eq!(posing.unwrap().user_id, desk.user.id, "a field they do not have says nothing");
        let beyond = [("token_name", "beyond"), ("keys:write", "1")];
        assert_eq!(desk.post("/admin/api/new", &beyond).await.status, 422);

        for visitor in [&mut desk, &mut auditor] {
            let refused = visitor.post(&format!("/admin/api/{of_root}/revoke"), &[]).await;
            assert_eq!(refused.status, 403);
            let none = visitor.get("/admin/api/1/revoke").await;
            assert_eq!(none.status, 403, "and nobody learns which there are");
        }
        assert_eq!(status(&app, &token).await, 200);
        desk.done(&format!("/admin/api/{of_desk}/revoke"), &[]).await;
        assert_eq!(status(&app, &token).await, 401);
        root.done(&format!("/admin/api/{of_root}/revoke"), &[]).await;
    })
    .await;
}

#[tokio::test]
async fn a_token_that_is_over_says_why() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let mut desk = app.user("desk").await;
        desk.role = Some(Role::Helpdesk);
        app.write(async |tx| store::users::update(tx, &desk).await).await;
        make(&app, "old", "root").await;
        make(&app, "orphan", "desk").await;
        desk.role = None;
        app.write(async |tx| store::users::update(tx, &desk).await).await;
        let stopped = root.get("/admin/api?state=stopped").await;
        assert!(stopped.body.contains(">Stopped</span>") && stopped.body.contains("orphan"));
        assert!(!stopped.body.contains(">old<"), "{}", stopped.body);
        app.wait(31 * DAY);
        root.browser.sign_in("root").await;
        let expired = root.get("/admin/api?state=expired&sort=-expires").await;
        assert!(expired.body.contains(">Expired</span>") && expired.body.contains(">old<"));
        assert!(expired.body.contains("1 day ago"), "{}", expired.body);
        let none = root.get("/admin/api?state=works").await;
        assert!(none.body.contains("No tokens"));
        let file = root.get("/admin/api?format=csv&sort=owner").await;
        assert!(file.body.contains("\"old\",\"root\",\"read\",\"expired\""), "{}", file.body);
    })
    .await;
}

#[tokio::test]
async fn the_pages_of_the_list_meet_each_token_once_in_any_order() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        for n in 0..60 {
            make(&app, &format!("Token {n:02}"), "root").await;
        }
        for query in ["", "?sort=-name", "?sort=made", "?sort=-used", "?sort=expires", "?q=token"] {
            let mut seen = std::collections::BTreeSet::new();
            let mut page = root.get(&format!("/admin/api{query}")).await;
            assert_eq!(page.text("list-count"), "60 tokens");
            loop {
                for rest in page.body.split("<td>Token ").skip(1) {
                    assert!(seen.insert(rest[..2].to_owned()), "{query}: twice {}", &rest[..2]);
                }
                let Some((_, rest)) = page.body.split_once("id=\"next-page\" href=\"") else {
                    break;
                };
                let next = rest.split('"').next().unwrap().replace("&#38;", "&");
                page = root.get(&next).await;
            }
            assert_eq!(seen.len(), 60, "{query}");
        }
        assert!(root.get("/admin/api?q=zzz").await.body.contains("No tokens"));
    })
    .await;
}
