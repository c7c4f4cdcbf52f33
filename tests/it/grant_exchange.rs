//! Tokens in exchange for others (RFC 8693).

use keystead::directory::consents;
use keystead::domain::{
    AccessTokenFormat, Actor, Client, ClientId, EVERYONE, GrantType, MayAct, SubMode,
};
use serde_json::{Value, json};

use crate::harness::http::{self, Answer};
use crate::harness::steps::claims_of;
use crate::harness::{Browser, Party, TestApp, Tokens, each_database};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const REFRESH_TOKEN: &str = "urn:ietf:params:oauth:token-type:refresh_token";

/// `gateway` may exchange tokens of `web`, for itself and for `api`.
fn gateway(client: &mut Client) {
    client.settings.grant_types =
        vec![GrantType::ClientCredentials, GrantType::TokenExchange, GrantType::AuthorizationCode];
    client.settings.token_exchange = vec!["web".to_owned()];
    client.settings.exchange_for = vec!["api".to_owned()];
}

/// Alice signed in to `web`, whose token `gateway` got; and `api` behind it.
struct Chain {
    web: Party,
    gateway: Party,
    api: Party,
    alice: Tokens,
    browser: Browser,
}

async fn chain_with(app: &TestApp, change: impl FnOnce(&mut Client)) -> Chain {
    app.user("alice").await;
    let web = Party::new(&app.app, &app.client("web").await).await;
    let api = app.client_with("api", |api| api.settings.sub = SubMode::Username).await;
    let api = Party::new(&app.app, &api).await;
    let registered = app
        .client_with("gateway", |client| {
            gateway(client);
            change(client);
        })
        .await;
    let gateway = Party::new(&app.app, &registered).await;
    let mut browser = Browser::new(&app.app);
    let alice = web.sign_in(&mut browser, "alice", &[]).await;
    Chain { web, gateway, api, alice, browser }
}

async fn chain(app: &TestApp) -> Chain {
    chain_with(app, |_| ()).await
}

/// Exchanges a token, with these parameters beside the usual ones.
async fn exchange(party: &Party, token: &str, more: &[(&str, &str)]) -> Answer {
    let mut form =
        vec![("grant_type", GRANT), ("subject_token", token), ("subject_token_type", ACCESS_TOKEN)];
    form.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    form.extend(more.iter().copied().filter(|(_, value)| !value.is_empty()));
    party.call("token_endpoint", &form).await
}

async fn introspect(party: &Party, token: &str) -> Value {
    party.call("introspection_endpoint", &[("token", token)]).await.json()
}

fn refused(answer: &Answer) -> String {
    assert_eq!(answer.status, 400, "{}", answer.body);
    answer.error().1
}

#[tokio::test]
async fn a_token_is_exchanged_for_one_that_names_the_person_the_audience_and_who_acts() {
    each_database(async |app| {
        let chain = chain(&app).await;
        let subject = chain.alice.get("access_token");
        let asked = [("audience", "api"), ("scope", "openid email phone unknown")];
        let answer = exchange(&chain.gateway, subject, &asked).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
        let tokens = answer.json();
        assert_eq!(tokens["issued_token_type"], ACCESS_TOKEN);
        assert_eq!(
            (&tokens["token_type"], &tokens["scope"]),
            (&json!("Bearer"), &json!("email openid"))
        );
        assert!(tokens.get("refresh_token").is_none() && tokens.get("id_token").is_none());
        let token = tokens["access_token"].as_str().unwrap();
        let claims = chain.api.verify(token).await;
        assert_eq!((&claims["sub"], &claims["client_id"]), (&json!("alice"), &json!("gateway")));
        assert_eq!((&claims["aud"], &claims["act"]), (&json!("api"), &json!({ "sub": "gateway" })));
        let told = introspect(&chain.api, token).await;
        assert_eq!(
            (&told["active"], &told["sub"], &told["aud"]),
            (&json!(true), &json!("alice"), &json!("api"))
        );
        assert_eq!(
            (&told["client_id"], &told["act"]["sub"]),
            (&json!("gateway"), &json!("gateway"))
        );
        let userinfo = chain.api.userinfo(token).await.json();
        assert_eq!(
            (&userinfo["sub"], &userinfo["email"]),
            (&json!("alice"), &json!("alice@example.com"))
        );
    })
    .await;
}

#[tokio::test]
async fn without_an_audience_it_is_for_the_client_itself_and_opens_no_more_than_before() {
    each_database(async |app| {
        let chain = chain(&app).await;
        let subject = chain.alice.get("access_token");
        let tokens = exchange(&chain.gateway, subject, &[]).await.json();
        assert_eq!(tokens["scope"], "email openid profile");
        let claims = chain.gateway.verify(tokens["access_token"].as_str().unwrap()).await;
        assert_eq!(claims["aud"], "gateway");
        let wider = exchange(&chain.gateway, subject, &[("scope", "groups")]).await;
        assert_eq!(refused(&wider), "invalid_scope");
        let narrow = exchange(&chain.gateway, subject, &[("scope", "openid groups")]).await;
        assert_eq!(narrow.json()["scope"], "openid");
    })
    .await;
}

#[tokio::test]
async fn scope_maps_of_the_audience_bound_what_is_given() {
    each_database(async |app| {
        let chain = chain(&app).await;
        app.allow(&ClientId("api".into()), EVERYONE, "openid").await;
        let subject = chain.alice.get("access_token");
        let tokens = exchange(&chain.gateway, subject, &[("audience", "api")]).await.json();
        assert_eq!(tokens["scope"], "openid");
        let wider = [("audience", "api"), ("scope", "email")];
        assert_eq!(refused(&exchange(&chain.gateway, subject, &wider).await), "invalid_scope");
        keystead::directory::scope_maps::remove(&app.app, &Actor::CommandLine, "api", EVERYONE)
            .await
            .unwrap();
        let none = exchange(&chain.gateway, subject, &[("audience", "api")]).await;
        assert_eq!(refused(&none), "invalid_target");
    })
    .await;
}

#[tokio::test]
async fn a_client_that_may_impersonate_is_not_named_unless_it_names_an_actor() {
    each_database(async |app| {
        let chain = chain_with(&app, |c| c.settings.may_act = MayAct::Impersonate).await;
        let subject = chain.alice.get("access_token");
        let tokens = exchange(&chain.gateway, subject, &[("audience", "api")]).await.json();
        let token = tokens["access_token"].as_str().unwrap();
        assert!(claims_of(token).get("act").is_none());
        let own = chain.gateway.call("token_endpoint", &[("grant_type", "client_credentials")]);
        let own = own.await.json()["access_token"].as_str().unwrap().to_owned();
        let actor = [("actor_token", own.as_str()), ("actor_token_type", ACCESS_TOKEN)];
        let tokens = exchange(&chain.gateway, subject, &actor).await.json();
        let claims = claims_of(tokens["access_token"].as_str().unwrap());
        assert_eq!(claims["act"], json!({ "sub": "gateway" }));
        let foreign = [("actor_token", subject), ("actor_token_type", ACCESS_TOKEN)];
        assert_eq!(refused(&exchange(&chain.gateway, subject, &foreign).await), "invalid_request");
    })
    .await;
}

#[tokio::test]
async fn a_person_can_be_the_actor_and_those_before_are_kept() {
    each_database(async |app| {
        let mut chain = chain(&app).await;
        app.user("bob").await;
        let mut bob = Browser::new(&app.app);
        let bob = chain.gateway.sign_in(&mut bob, "bob", &[]).await;
        let subject = chain.alice.get("access_token");
        let actor = [
            ("actor_token", bob.get("access_token")),
            ("actor_token_type", ACCESS_TOKEN),
            ("audience", "api"),
        ];
        let tokens = exchange(&chain.gateway, subject, &actor).await.json();
        let first = tokens["access_token"].as_str().unwrap();
        assert_eq!(claims_of(first)["act"], json!({ "sub": "bob" }));
        // The next in the row takes what the gateway got.
        let second = app
            .client_with("backend", |client| {
                gateway(client);
                client.settings.token_exchange = vec!["gateway".to_owned()];
            })
            .await;
        let backend = Party::new(&app.app, &second).await;
        let tokens = exchange(&backend, first, &[]).await.json();
        let claims = claims_of(tokens["access_token"].as_str().unwrap());
        assert_eq!(claims["act"], json!({ "sub": "backend", "act": { "sub": "bob" } }));
        chain.browser.get("/").await;
    })
    .await;
}

#[tokio::test]
async fn an_id_token_is_taken_while_it_and_its_grant_are_good() {
    each_database(async |app| {
        let chain = chain(&app).await;
        let id_token = chain.alice.get("id_token").to_owned();
        let kind = [("subject_token_type", ID_TOKEN), ("audience", "api")];
        let tokens = exchange(&chain.gateway, &id_token, &kind).await.json();
        assert_eq!(claims_of(tokens["access_token"].as_str().unwrap())["sub"], "alice");
        let wrong = [("subject_token_type", ACCESS_TOKEN)];
        assert_eq!(refused(&exchange(&chain.gateway, &id_token, &wrong).await), "invalid_request");
        let alice = app.registry();
        assert!(alice.client(&ClientId("web".into())).is_some());
        app.wait(3600);
        assert_eq!(refused(&exchange(&chain.gateway, &id_token, &kind).await), "invalid_request");
    })
    .await;
}

#[tokio::test]
async fn nothing_outlives_what_it_was_exchanged_for() {
    each_database(async |app| {
        let chain = chain(&app).await;
        let subject = chain.alice.get("access_token");
        app.wait(3000);
        let tokens = exchange(&chain.gateway, subject, &[("audience", "api")]).await.json();
        assert_eq!(tokens["expires_in"], 600);
        let token = tokens["access_token"].as_str().unwrap();
        assert_eq!(chain.api.userinfo(token).await.status, 200);
        let actor = Actor::CommandLine;
        consents::revoke(&app.app, &actor, "alice", "web").await.unwrap();
        app.recent.forget();
        assert_eq!(chain.api.userinfo(token).await.status, 401, "withdrawn at web");
        assert_eq!(refused(&exchange(&chain.gateway, subject, &[]).await), "invalid_request");
    })
    .await;
}

#[tokio::test]
async fn jwt_access_tokens_are_exchanged_as_well_as_opaque_ones() {
    each_database(async |app| {
        app.user("alice").await;
        let web = app.client_with("web", |web| web.settings.access_token = AccessTokenFormat::Jwt);
        let web = Party::new(&app.app, &web.await).await;
        let gateway = Party::new(&app.app, &app.client_with("gateway", gateway).await).await;
        let tokens = web.sign_in(&mut Browser::new(&app.app), "alice", &[]).await;
        let kind = [("subject_token_type", "urn:ietf:params:oauth:token-type:jwt")];
        let answer = exchange(&gateway, tokens.get("access_token"), &kind).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        let revoked = gateway.call("revocation_endpoint", &[("token", &token)]).await;
        assert_eq!(revoked.status, 200);
        assert_eq!(introspect(&gateway, &token).await, json!({ "active": false }));
        let still = web.userinfo(tokens.get("access_token")).await;
        assert_eq!(still.status, 200, "the one before stands");
    })
    .await;
}

#[tokio::test]
async fn what_is_not_on_the_lists_is_refused() {
    each_database(async |app| {
        let chain = chain(&app).await;
        let subject = chain.alice.get("access_token");
        app.client("other").await;
        let other = Party::new(&app.app, &app.client_with("stranger", gateway).await).await;
        let theirs = other.sign_in(&mut Browser::new(&app.app), "alice", &[]).await;
        let own = chain.gateway.call("token_endpoint", &[("grant_type", "client_credentials")]);
        let own = own.await.json()["access_token"].as_str().unwrap().to_owned();
        for (token, more, error) in [
            (theirs.get("access_token"), vec![], "invalid_request"),
            (own.as_str(), vec![], "invalid_request"),
            ("x", vec![], "invalid_request"),
            ("", vec![], "invalid_request"),
            (subject, vec![("audience", "other")], "invalid_target"),
            (subject, vec![("audience", "nobody")], "invalid_target"),
            (subject, vec![("resource", "https://api.example.com/")], "invalid_target"),
            (subject, vec![("authorization_details", "[]")], "invalid_authorization_details"),
            (subject, vec![("requested_token_type", REFRESH_TOKEN)], "invalid_request"),
            (subject, vec![("requested_token_type", ID_TOKEN)], "invalid_request"),
            (subject, vec![("subject_token_type", "")], "invalid_request"),
            (subject, vec![("subject_token_type", REFRESH_TOKEN)], "invalid_request"),
            (subject, vec![("actor_token", "x")], "invalid_request"),
            (
                subject,
                vec![("actor_token", "x"), ("actor_token_type", ACCESS_TOKEN)],
                "invalid_request",
            ),
        ] {
            let answer = exchange(&chain.gateway, token, &more).await;
            assert_eq!(refused(&answer), error, "{more:?}");
        }
        let web = exchange(&chain.web, subject, &[]).await;
        assert_eq!(refused(&web), "unauthorized_client");
        let form = [("grant_type", GRANT), ("client_id", "gateway"), ("subject_token", subject)];
        let bare = http::post(&app.app, "/oauth2/token", &form).await;
        assert_eq!(bare.error(), (401, "invalid_client".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn each_exchange_leaves_an_event() {
    each_database(async |app| {
        let chain = chain(&app).await;
        let subject = chain.alice.get("access_token");
        exchange(&chain.gateway, subject, &[("audience", "api"), ("scope", "openid")]).await;
        let newest = app
            .read(async |conn| {
                let filter = keystead::store::events::Filter::default();
                keystead::store::events::list(conn, &filter, None, 1).await
            })
            .await;
        let told = keystead::explain::sentence::event(&newest[0]);
        let expected = "gateway exchanged a token of alice at web for one at api, with openid";
        assert_eq!(told, expected);
        assert_eq!(newest[0].detail["how"], "delegation");
    })
    .await;
}
