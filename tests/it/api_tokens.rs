//! Tokens of the API: made, listed, revoked, and dead with whoever they act for.

use std::collections::BTreeSet;

use keystead::directory::api_tokens::{self, NewToken};
use keystead::directory::users::{self, UserChange};
use keystead::directory::{DirectoryError, Force};
use keystead::domain::{Actor, ApiScope, ApiToken, DAY, Role, Selector, Staff, Timestamp, UserId};
use keystead::store::{self, is_taken};
use sqlx::types::Json;

use crate::cli::each_shell;
use crate::harness::samples::{self, NOW};
use crate::harness::{TestApp, assert_same, each_database};

fn sample(id: i64, name: &str) -> ApiToken {
    ApiToken {
        id: Selector(id),
        hash: vec![4; 32],
        name: name.to_owned(),
        scopes: Json([ApiScope::Read, ApiScope::WriteKeys].into()),
        user_id: samples::user("alice").id,
        role: Role::Administrator,
        created_by: "command line".to_owned(),
        created_at: NOW,
        expires_at: NOW + DAY,
        last_used_at: None,
    }
}

#[tokio::test]
async fn tokens_come_back_as_they_were_stored() {
    use store::api_tokens;
    each_database(async |app: TestApp| {
        let (alice, bob) = (samples::user("alice"), samples::user("bob"));
        for user in [&alice, &bob] {
            app.write(async |tx| store::users::insert(tx, user, None).await).await;
        }
        let (mut first, second) = (sample(1, "ci"), sample(2, "other"));
        for token in [&second, &first] {
            app.write(async |tx| api_tokens::insert(tx, token).await).await;
        }
        let twin = app.try_write(async |tx| api_tokens::insert(tx, &sample(3, "ci")).await).await;
        assert!(is_taken(&twin.unwrap_err()));
        app.write(async |tx| api_tokens::touch(tx, first.id, NOW + 60).await).await;
        app.write(async |tx| api_tokens::touch(tx, first.id, NOW).await).await;
        first.last_used_at = Some(NOW + 60);
        let found = app.read(async |conn| api_tokens::find(conn, first.id).await).await;
        assert_same(&found.unwrap(), &first);
        let named = app.read(async |conn| api_tokens::find_by_name(conn, "other").await).await;
        assert_same(&named.unwrap(), &second);
        assert_same(&app.read(api_tokens::all).await, &vec![first.clone(), second.clone()]);

        let owned = async |of: Option<UserId>| {
            let all = app.read(async |c| api_tokens::with_owners(c, of.as_ref()).await).await;
            all.into_iter().map(|(token, user)| (token.name, user.id)).collect::<Vec<_>>()
        };
        let both = ["ci", "other"].map(|name| (name.to_owned(), alice.id.clone())).to_vec();
        assert_eq!((owned(None).await, owned(Some(alice.id.clone())).await), (both.clone(), both));
        assert!(owned(Some(bob.id.clone())).await.is_empty());

        assert!(app.write(async |tx| api_tokens::delete(tx, first.id).await).await);
        assert!(!app.write(async |tx| api_tokens::delete(tx, first.id).await).await);
        assert_eq!(app.write(async |tx| api_tokens::delete_of_user(tx, &bob.id).await).await, 0);
        assert_eq!(app.write(async |tx| api_tokens::sweep(tx, NOW + DAY).await).await, 0);
        assert_eq!(app.write(async |tx| api_tokens::sweep(tx, NOW + DAY + 1).await).await, 1);
        app.write(async |tx| api_tokens::insert(tx, &first).await).await;
        app.write(async |tx| store::users::delete(tx, &alice.id).await).await;
        assert!(
            app.read(api_tokens::all).await.is_empty(),
            "whoever goes takes their tokens along"
        );
    })
    .await;
}

fn new(name: &str, user: &str, scopes: &[ApiScope]) -> NewToken {
    let scopes: BTreeSet<ApiScope> = scopes.iter().copied().collect();
    NewToken { name: name.into(), user: user.into(), scopes, life: DAY }
}

async fn with_role(app: &TestApp, name: &str, role: Option<Role>) {
    app.user(name).await;
    let change = UserChange { role: Some(role), ..UserChange::default() };
    users::update(app, &Actor::CommandLine, name, change, Force::Yes).await.unwrap();
}

async fn works(app: &TestApp, token: &str) -> bool {
    api_tokens::resolve(app, token).await.unwrap().is_some()
}

#[tokio::test]
async fn a_token_dies_with_the_role_the_account_and_its_time() {
    each_database(async |app: TestApp| {
        let cli = Actor::CommandLine;
        with_role(&app, "root", Some(Role::Administrator)).await;
        with_role(&app, "desk", Some(Role::Helpdesk)).await;
        let make = async |name: &str| {
            let made = api_tokens::create(&app, &cli, new(name, "desk", &[ApiScope::Read])).await;
            made.unwrap().1.expose().to_owned()
        };
        let token = make("one").await;
        assert!(token.starts_with("kst_") && works(&app, &token).await);
        assert!(!works(&app, &token.replace("kst_", "")).await);
        assert!(!works(&app, &token[..token.len() - 1]).await);

        with_role_change(&app, Some(Role::Auditor)).await;
        with_role_change(&app, Some(Role::Helpdesk)).await;
        assert!(!works(&app, &token).await, "another role, and back, and it would live again");

        let token = make("two").await;
        users::disable(&app, &cli, "desk", Force::No).await.unwrap();
        users::enable(&app, &cli, "desk").await.unwrap();
        assert!(!works(&app, &token).await, "the account was closed meanwhile");

        let token = make("three").await;
        app.wait(DAY - 1);
        assert!(works(&app, &token).await);
        app.wait(1);
        assert!(!works(&app, &token).await);

        let token = make("four").await;
        api_tokens::revoke(&app, &cli, "four").await.unwrap();
        assert!(!works(&app, &token).await);

        let token = make("five").await;
        users::delete(&app, &cli, "desk", Force::No).await.unwrap();
        assert!(!works(&app, &token).await);
    })
    .await;
}

async fn with_role_change(app: &TestApp, role: Option<Role>) {
    let change = UserChange { role: Some(role), ..UserChange::default() };
    users::update(app, &Actor::CommandLine, "desk", change, Force::No).await.unwrap();
}

#[tokio::test]
async fn nobody_gets_a_token_beyond_their_role() {
    each_database(async |app: TestApp| {
        let cli = Actor::CommandLine;
        with_role(&app, "root", Some(Role::Administrator)).await;
        with_role(&app, "desk", Some(Role::Helpdesk)).await;
        app.user("alice").await;
        let made = api_tokens::create(&app, &cli, new("a", "desk", &[ApiScope::WriteKeys])).await;
        let told = "'keys:write' cannot be a scope of this token: the role help desk does not reach so far; leave it out";
        assert_eq!(made.unwrap_err().to_string(), told);
        let made = api_tokens::create(&app, &cli, new("a", "alice", &[ApiScope::Read])).await;
        assert!(made.unwrap_err().to_string().contains("they have no role"));
        let made = api_tokens::create(&app, &cli, new("a", "desk", &[])).await;
        assert!(made.unwrap_err().to_string().contains("name at least one"));

        let desk = app.read(async |conn| {
            let name = keystead::domain::Username::parse("desk").unwrap();
            store::users::find_by_username(conn, &name).await
        });
        let desk = Actor::Staff(Staff::of(&desk.await.unwrap()).unwrap());
        let own = api_tokens::create(&app, &desk, new("own", "desk", &[ApiScope::Read])).await;
        assert_eq!(own.unwrap().0.created_by, "desk");
        let other = api_tokens::create(&app, &desk, new("x", "root", &[ApiScope::Read])).await;
        assert!(matches!(other.unwrap_err(), DirectoryError::NotAllowed(_)));
        api_tokens::create(&app, &cli, new("roots", "root", &[ApiScope::Read])).await.unwrap();
        let other = api_tokens::revoke(&app, &desk, "roots").await;
        assert!(matches!(other.unwrap_err(), DirectoryError::NotAllowed(_)));
        assert!(api_tokens::revoke(&app, &desk, "own").await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn the_last_use_is_noted_to_the_minute() {
    each_database(async |app: TestApp| {
        with_role(&app, "root", Some(Role::Administrator)).await;
        let made = new("ci", "root", &[ApiScope::Read]);
        let (_, token) = api_tokens::create(&app, &Actor::CommandLine, made).await.unwrap();
        let used = async || api_tokens::list(&app).await.unwrap().remove(0).last_used_at;
        assert_eq!(used().await, None);
        assert!(works(&app, token.expose()).await);
        let first: Timestamp = app.clock.now();
        assert_eq!(used().await, Some(first.rfc3339()));
        app.wait(59);
        assert!(works(&app, token.expose()).await);
        assert_eq!(used().await, Some(first.rfc3339()));
        app.wait(1);
        assert!(works(&app, token.expose()).await);
        assert_eq!(used().await, Some((first + 60).rfc3339()));
    })
    .await;
}

#[tokio::test]
async fn a_token_is_printed_once() {
    each_shell(|shell| {
        shell.done("user create root --admin");
        let made = shell.run("token create ci --user root --scope read --scope keys:write");
        assert_eq!(made.code, 0, "{}", made.err);
        let token = made.out.trim();
        assert!(token.starts_with("kst_") && made.err.contains("is not shown again"));
        let list = shell.done("token list");
        assert!(list.contains("ci") && list.contains("read keys:write") && list.contains("never"));
        assert!(!list.contains(token) && !shell.done("event list --json").contains(token));
        assert_eq!(
            shell.json("token list")[0]["scopes"],
            serde_json::json!(["read", "keys:write"])
        );
        let document = shell.json("token create two --user root --scope read --expires-in 12h");
        assert!(document["token"].as_str().unwrap().starts_with("kst_"));
        shell.refused(
            "token create ci --user root --scope read",
            "the token name 'ci' is taken; choose another",
        );
        shell.misused("token create x --user root --scope write", "error: invalid value 'write'");
        shell.refused("token revoke cii", "no token 'cii'; did you mean 'ci'?");
        assert_eq!(shell.done("token revoke ci"), "Revoked token 'ci'.\n");
        let events = shell.done("event list");
        assert!(
            events.contains("command line made the API token ci for root with read"),
            "{events}"
        );
        assert!(events.contains("command line revoked the API token ci"), "{events}");
    })
    .await;
}

#[tokio::test]
async fn no_name_is_the_id_of_another_token() {
    each_database(async |app: TestApp| {
        with_role(&app, "root", Some(Role::Administrator)).await;
        for name in ["7", "0123456789"] {
            let digits = new(name, "root", &[ApiScope::Read]);
            let told = api_tokens::create(&app, &Actor::CommandLine, digits).await.unwrap_err();
            assert!(told.to_string().contains("more than digits"), "{told}");
        }
        let mixed = new("7 of 9", "root", &[ApiScope::Read]);
        api_tokens::create(&app, &Actor::CommandLine, mixed).await.unwrap();
    })
    .await;
}
