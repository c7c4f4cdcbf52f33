//! Who may use a client, and what it is told of them: scope maps, claim maps, `sub`, usernames.

use keystead::directory::members::{self, Members};
use keystead::directory::{claim_maps, scope_maps};
use keystead::domain::{
    Actor, ClaimMap, Client, ExternalId, Group, Join, Nesting, Scopes, SubMode, User,
    UsernameFormat,
};
use keystead::store::{external_ids, groups, maps};
use keystead::{directory, registry};
use serde_json::{Map, Value, json};
use sqlx::types::Json;

use crate::harness::steps::closed_client;
use crate::harness::{Browser, PASSWORD, Party, Registered, TestApp, Tokens, each_database, http};

const EVERYTHING: &str = "openid profile email groups offline_access";

async fn party_of(app: &TestApp, registered: &Registered) -> Party {
    Party::new(&app.app, registered).await
}

async fn nest(app: &TestApp, child: &Group, parent: &Group) {
    let nesting = Nesting { parent_id: parent.id.clone(), child_id: child.id.clone() };
    app.write(async |tx| {
        groups::nest(tx, &nesting).await?;
        registry::changed(tx).await
    })
    .await;
    app.refresh_registry().await.unwrap();
}

async fn leave(app: &TestApp, group: &str, user: &str) {
    let who = Members { users: vec![user.to_owned()], groups: Vec::new() };
    members::remove(&app.app, &Actor::CommandLine, group, &who).await.unwrap();
}

async fn sign_in(party: &Party, name: &str, scope: &str) -> Tokens {
    party.sign_in(&mut Browser::new(&party.app), name, &[("scope", scope)]).await
}

async fn userinfo(party: &Party, name: &str) -> Map<String, Value> {
    let tokens = sign_in(party, name, EVERYTHING).await;
    let answer = party.userinfo(tokens.get("access_token")).await;
    assert_eq!(answer.json()["sub"], tokens.claims["sub"]);
    answer.json().as_object().unwrap().clone()
}

#[tokio::test]
async fn somebody_no_map_lets_in_is_told_whom_to_ask_and_the_client_learns_nothing() {
    each_database(async |app| {
        app.user("alice").await;
        let contact = |client: &mut Client| {
            client.name = "The Wiki".into();
            client.settings.contact = Some("the network team".into());
        };
        let party = party_of(&app, &closed_client(&app, "web", contact).await).await;
        let mut browser = Browser::new(&app.app);
        let page = browser.authorize(&party.ask(&[]), "alice").await;
        assert_eq!((page.status, page.location()), (403, ""));
        assert_eq!(page.text("error-code"), "no_scope_map");
        assert_eq!(page.text("error-ref").len(), "K7QF-2M9X".len());
        let told = "You are signed in as alice. Ask the network team for access to The Wiki.";
        assert_eq!(page.body.matches(told).count(), 1, "{}", page.body);
        assert_eq!(page.body.matches("for access").count(), 1, "once is enough");
        let silent = closed_client(&app, "silent", |_| ()).await;
        let page = browser.get(&party_of(&app, &silent).await.ask(&[])).await;
        assert!(page.body.contains("Ask your administrator for access to silent."));
    })
    .await;
}

#[tokio::test]
async fn somebody_no_map_lets_in_may_be_somebody_else() {
    each_database(async |app| {
        app.user("alice").await;
        let bob = app.user("bob").await;
        let group = app.group("staff", &[&bob]).await;
        let registered = closed_client(&app, "web", |_| ()).await;
        app.allow(&registered.client.id, &group.id.0, "openid").await;
        let party = party_of(&app, &registered).await;
        let mut browser = Browser::new(&app.app);
        let page = browser.authorize(&party.ask(&[("login_hint", "alice")]), "alice").await;
        assert_eq!(page.text("error-code"), "no_scope_map");
        let (before, _) = page.body.split_once("\">Use another account</a>").expect(&page.body);
        let link = before.rsplit_once("href=\"").unwrap().1.replace("&#38;", "&");
        let login = browser.get(&link).await;
        assert!(login.inputs().contains(&("username".into(), String::new())), "{}", login.body);
        assert!(!login.body.contains("Please sign in again"), "{}", login.body);
        let answer = browser.log_in(&login, "bob", PASSWORD).await;
        let answer = browser.submit(&answer, &[("action", "allow")]).await;
        assert_eq!(party.redeem(&answer).await.claims["sub"], bob.id.0);
        assert!(browser.get("/").await.body.contains("bob"));
    })
    .await;
}

#[tokio::test]
async fn the_scopes_of_all_maps_that_fit_add_up_and_are_the_most_there_is() {
    each_database(async |app| {
        let alice = app.user("alice").await;
        let registered = closed_client(&app, "web", |_| ()).await;
        for (group, scopes) in [("staff", "openid profile"), ("mail", "openid email")] {
            let group = app.group(group, &[&alice]).await;
            app.allow(&registered.client.id, &group.id.0, scopes).await;
        }
        let others = app.group("others", &[]).await;
        app.allow(&registered.client.id, &others.id.0, "openid groups").await;
        let tokens = sign_in(&party_of(&app, &registered).await, "alice", EVERYTHING).await;
        assert_eq!(tokens.get("scope"), "email openid profile");
        assert!(tokens.answer.get("refresh_token").is_none());
    })
    .await;
}

#[tokio::test]
async fn what_no_map_allows_is_not_told_either_when_asked_for_claim_by_claim() {
    each_database(async |app| {
        app.user("alice").await;
        let registered = app.client_with("web", |client| client.trusted = true).await;
        app.allow(&registered.client.id, keystead::domain::EVERYONE, "openid profile").await;
        let party = party_of(&app, &registered).await;
        let claims = r#"{"userinfo":{"email":null,"groups":null,"preferred_username":null},
                         "id_token":{"email":{"essential":true},"preferred_username":null}}"#;
        let more = [("scope", "openid"), ("claims", claims)];
        let tokens = party.sign_in(&mut Browser::new(&app.app), "alice", &more).await;
        let told = party.userinfo(tokens.get("access_token")).await.json();
        assert_eq!(told, json!({ "sub": tokens.claims["sub"], "preferred_username": "alice" }));
        assert_eq!(tokens.claims["preferred_username"], "alice");
        assert!(!tokens.claims.contains_key("email"));
    })
    .await;
}

#[tokio::test]
async fn members_of_a_group_inside_another_belong_to_both() {
    each_database(async |app| {
        let alice = app.user("alice").await;
        let (outer, middle, inner) = (
            app.group("engineering", &[]).await,
            app.group("network", &[]).await,
            app.group("core", &[&alice]).await,
        );
        nest(&app, &inner, &middle).await;
        nest(&app, &middle, &outer).await;
        let registered = closed_client(&app, "web", |_| ()).await;
        app.allow(&registered.client.id, &outer.id.0, EVERYTHING).await;
        let told = userinfo(&party_of(&app, &registered).await, "alice").await;
        assert_eq!(told["groups"], json!(["core", "engineering", "network"]));
    })
    .await;
}

#[tokio::test]
async fn who_leaves_the_group_gets_no_new_tokens() {
    each_database(async |app| {
        let alice = app.user("alice").await;
        let registered = closed_client(&app, "web", |_| ()).await;
        for (group, scopes) in [("staff", "openid offline_access"), ("mail", "openid email")] {
            let group = app.group(group, &[&alice]).await;
            app.allow(&registered.client.id, &group.id.0, scopes).await;
        }
        let party = party_of(&app, &registered).await;
        let first = sign_in(&party, "alice", EVERYTHING).await;
        assert_eq!(first.get("scope"), "email offline_access openid");
        leave(&app, "mail", "alice").await;
        let second = party.refresh(first.get("refresh_token")).await.json();
        assert_eq!(second["scope"], "offline_access openid", "what one group allowed is gone");
        leave(&app, "staff", "alice").await;
        let third = party.refresh(second["refresh_token"].as_str().unwrap()).await;
        assert_eq!(third.error(), (400, "invalid_grant".into()));
        let page = Browser::new(&app.app).authorize(&party.ask(&[]), "alice").await;
        assert_eq!(page.text("error-code"), "no_scope_map");
    })
    .await;
}

#[tokio::test]
async fn a_map_that_is_removed_closes_the_client() {
    each_database(async |app| {
        app.user("alice").await;
        let registered = closed_client(&app, "web", |_| ()).await;
        let (by, scopes) = (Actor::CommandLine, Scopes::parse("openid"));
        scope_maps::set(&app.app, &by, "web", ("everyone", &scopes)).await.unwrap();
        let party = party_of(&app, &registered).await;
        sign_in(&party, "alice", "openid").await;
        scope_maps::remove(&app.app, &by, "web", "everyone").await.unwrap();
        let page = Browser::new(&app.app).authorize(&party.ask(&[]), "alice").await;
        assert_eq!(page.status, 403);
    })
    .await;
}

#[tokio::test]
async fn asking_for_no_scope_means_openid_and_on_authentiks_paths_everything() {
    each_database(async |app| {
        app.user("alice").await;
        let registered = app.client("web").await;
        for (path, scope) in [
            ("/.well-known/openid-configuration", "openid"),
            (
                "/application/o/web/.well-known/openid-configuration",
                "email groups offline_access openid profile",
            ),
            ("/oauth2/openid/web/.well-known/openid-configuration", "openid"),
        ] {
            let party = Party::at(&app.app, &registered, path).await;
            assert_eq!(sign_in(&party, "alice", "").await.get("scope"), scope, "{path}");
        }
    })
    .await;
}

async fn map(app: &TestApp, claim: &str, group: &str, (values, join): (&[&str], Join)) {
    let new = claim_maps::NewClaimMap {
        claim: claim.into(),
        group: group.into(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        join: Some(join),
    };
    claim_maps::set(&app.app, &Actor::CommandLine, "web", new).await.unwrap();
}

#[tokio::test]
async fn claim_maps_tell_the_values_of_all_groups_in_the_shape_the_client_wants() {
    each_database(async |app| {
        let alice = app.user("alice").await;
        app.user("bob").await;
        let (outer, inner) = (app.group("outer", &[]).await, app.group("inner", &[&alice]).await);
        nest(&app, &inner, &outer).await;
        let party = party_of(&app, &app.client("web").await).await;
        for (claim, join) in
            [("roles", Join::Array), ("roles_csv", Join::Csv), ("roles_ssv", Join::Ssv)]
        {
            map(&app, claim, "inner", (&["writer", "reader"], join)).await;
            map(&app, claim, "outer", (&["auditor", "reader"], join)).await;
        }
        let told = userinfo(&party, "alice").await;
        assert_eq!(told["roles"], json!(["auditor", "reader", "writer"]));
        assert_eq!(told["roles_csv"], "auditor,reader,writer");
        assert_eq!(told["roles_ssv"], "auditor reader writer");
        let told = userinfo(&party, "bob").await;
        assert!(!told.keys().any(|claim| claim.starts_with("roles")), "{told:?}");
        let everyone = claim_maps::remove(&app.app, &Actor::CommandLine, "web", ("roles", "inner"));
        everyone.await.unwrap();
        assert_eq!(userinfo(&party, "alice").await["roles"], json!(["auditor", "reader"]));
    })
    .await;
}

#[tokio::test]
async fn an_address_that_follows_from_a_group_never_passes_for_checked() {
    each_database(async |app| {
        let alice = app.user("alice").await;
        let staff = app.group("staff", &[&alice]).await;
        let registered = app.client("web").await;
        let party = party_of(&app, &registered).await;
        assert_eq!(userinfo(&party, "alice").await["email_verified"], true);
        // As it may have been set before it was refused.
        let old = ClaimMap {
            client_id: registered.client.id.clone(),
            claim: "email".into(),
            group_id: staff.id.clone(),
            values: Json(vec!["root@example.com".into()]),
            join: Join::Csv,
        };
        app.write(async |tx| {
            maps::put_claim_map(tx, &old).await?;
            registry::changed(tx).await
        })
        .await;
        app.refresh_registry().await.unwrap();
        let told = userinfo(&party, "alice").await;
        assert_eq!(
            (&told["email"], &told["email_verified"]),
            (&json!("root@example.com"), &json!(false))
        );
        let new = claim_maps::NewClaimMap {
            claim: "email".into(),
            group: "staff".into(),
            values: vec!["root@example.com".into()],
            join: Some(Join::Csv),
        };
        let refused = claim_maps::set(&app.app, &Actor::CommandLine, "web", new).await;
        assert!(refused.unwrap_err().to_string().contains("an address that was checked"));
    })
    .await;
}

#[tokio::test]
async fn a_mapped_groups_claim_takes_the_place_of_the_usual_one() {
    each_database(async |app| {
        let alice = app.user("alice").await;
        app.group("staff", &[&alice]).await;
        let party = party_of(&app, &app.client("web").await).await;
        map(&app, "groups", "staff", (&["netbox-superusers"], Join::Array)).await;
        assert_eq!(userinfo(&party, "alice").await["groups"], json!(["netbox-superusers"]));
    })
    .await;
}

async fn sub_at(app: &TestApp, id: &str, name: &str, mode: SubMode) -> String {
    let registered = app.client_with(id, |client| client.settings.sub = mode).await;
    let tokens = sign_in(&party_of(app, &registered).await, name, EVERYTHING).await;
    tokens.claims["sub"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn sub_is_what_the_client_is_set_to() {
    each_database(async |app| {
        let (alice, bob): (User, User) = (app.user("alice").await, app.user("bob").await);
        let known = ExternalId {
            source: "keycloak:corp".into(),
            value: "f:1:alice".into(),
            user_id: alice.id.clone(),
        };
        app.write(async |tx| external_ids::insert(tx, &known).await).await;
        let external = SubMode::External("keycloak:corp".into());
        assert_eq!(sub_at(&app, "a", "alice", SubMode::Uuid).await, alice.id.0);
        assert_eq!(sub_at(&app, "b", "alice", SubMode::Username).await, "alice");
        assert_eq!(sub_at(&app, "c", "alice", SubMode::Email).await, "alice@example.com");
        assert_eq!(sub_at(&app, "d", "alice", external.clone()).await, "f:1:alice");
        assert_eq!(sub_at(&app, "e", "bob", external).await, bob.id.0, "whom it did not know");
    })
    .await;
}

#[tokio::test]
async fn a_pairwise_sub_is_stable_in_its_sector_and_another_in_each() {
    each_database(async |app| {
        app.user("alice").await;
        app.user("bob").await;
        let at = async |id: &str, host: &str, name: &str| {
            let uri = format!("https://{host}/callback/{id}");
            let registered = app
                .client_with(id, |client| {
                    client.redirect_uris = vec![uri];
                    client.settings.sub = SubMode::Pairwise;
                })
                .await;
            let party = party_of(&app, &registered).await;
            let tokens = sign_in(&party, name, EVERYTHING).await;
            let again = sign_in(&party, name, "openid").await;
            assert_eq!(tokens.claims["sub"], again.claims["sub"]);
            tokens.claims["sub"].as_str().unwrap().to_owned()
        };
        let one = at("one", "a.example.com", "alice").await;
        assert_eq!(at("two", "a.example.com", "alice").await, one, "one sector, one name");
        assert_ne!(at("three", "b.example.com", "alice").await, one);
        assert_ne!(at("four", "a.example.com", "bob").await, one);
        assert!(!one.contains("alice") && one.len() >= 43);
    })
    .await;
}

#[tokio::test]
async fn preferred_username_is_short_or_carries_the_host() {
    each_database(async |app| {
        app.user("alice").await;
        let spn = |client: &mut Client| client.settings.username = UsernameFormat::Spn;
        let short = party_of(&app, &app.client("short").await).await;
        assert_eq!(userinfo(&short, "alice").await["preferred_username"], "alice");
        let long = party_of(&app, &app.client_with("spn", spn).await).await;
        let told = userinfo(&long, "alice").await;
        assert_eq!(told["preferred_username"], "alice@id.example.com");
    })
    .await;
}

#[tokio::test]
async fn a_closed_account_ends_everything_at_once() {
    each_database(async |app| {
        app.user("alice").await;
        let party = party_of(&app, &app.client("web").await).await;
        let mut browser = Browser::new(&app.app);
        let tokens = party.sign_in(&mut browser, "alice", &[("scope", EVERYTHING)]).await;
        let by = Actor::CommandLine;
        directory::users::disable(&app.app, &by, "alice", directory::Force::No).await.unwrap();
        assert_eq!(party.userinfo(tokens.get("access_token")).await.status, 401);
        let refreshed = party.refresh(tokens.get("refresh_token")).await;
        assert_eq!(refreshed.error(), (400, "invalid_grant".into()));
        let form = [("token", tokens.get("access_token"))];
        let told = party.call("introspection_endpoint", &form).await;
        assert_eq!(told.json(), json!({ "active": false }));
        let answer: http::Answer = browser.get(&party.ask(&[("prompt", "none")])).await;
        assert_eq!(answer.param("error").as_deref(), Some("login_required"));
    })
    .await;
}
