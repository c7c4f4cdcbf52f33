//! Tokens with which clients register themselves: stored, typed, called for.

use keystead::directory::registration_tokens::{self, NewRegistrationToken};
use keystead::directory::{DirectoryError, groups};
use keystead::domain::{
    Actor, Bounds, DAY, GrantType, RegistrationToken, Scopes, Selector, UserId,
};
use keystead::store;
use serde_json::json;
use sqlx::types::Json;

use crate::api::Caller;
use crate::cli::each_shell;
use crate::harness::samples::{self, NOW};
use crate::harness::{TestApp, assert_same, each_database};

fn sample(id: i64, name: &str) -> RegistrationToken {
    RegistrationToken {
        id: Selector(id),
        hash: vec![4; 32],
        name: name.to_owned(),
        group_id: Some(samples::group("crew").id),
        bounds: Json(Bounds {
            grant_types: vec![GrantType::ClientCredentials],
            scopes: Scopes::parse("openid"),
            redirect_hosts: vec!["*.example.com".to_owned()],
        }),
        uses_left: 2,
        created_by: "command line".to_owned(),
        created_at: NOW,
        expires_at: NOW + DAY,
        last_used_at: None,
    }
}

#[tokio::test]
async fn tokens_come_back_as_they_were_stored() {
    use store::registration_tokens;
    each_database(async |app: TestApp| {
        let crew = samples::group("crew");
        app.write(async |tx| store::groups::insert(tx, &crew).await).await;
        let (mut first, second) = (sample(1, "ci"), sample(2, "other"));
        for token in [&second, &first] {
            app.write(async |tx| registration_tokens::insert(tx, token).await).await;
        }
        let twin = sample(3, "ci");
        let twin = app.try_write(async |tx| registration_tokens::insert(tx, &twin).await).await;
        assert!(store::is_taken(&twin.unwrap_err()));
        let take = async |at| {
            app.write(async |tx| registration_tokens::take(tx, Selector(1), at).await).await
        };
        assert!(!take(NOW + DAY).await, "too late");
        assert!(take(NOW + 1).await && take(NOW + 2).await && !take(NOW + 3).await, "used up");
        (first.uses_left, first.last_used_at) = (0, Some(NOW + 2));
        let found = app.read(async |conn| registration_tokens::find(conn, first.id).await).await;
        assert_same(&found, &Some(first.clone()));
        assert_same(&app.read(registration_tokens::all).await, &vec![first, second]);
        let swept =
            async |before| app.write(async |tx| registration_tokens::sweep(tx, before).await).await;
        assert_eq!((swept(NOW + DAY).await, swept(NOW + DAY + 1).await), (0, 2));
        let again = sample(5, "again");
        app.write(async |tx| registration_tokens::insert(tx, &again).await).await;
        let delete =
            async || app.write(async |tx| registration_tokens::delete(tx, Selector(5)).await).await;
        assert!(delete().await && !delete().await);
    })
    .await;
}

fn new(name: &str) -> NewRegistrationToken {
    NewRegistrationToken {
        name: name.to_owned(),
        group: None,
        bounds: Bounds::default(),
        uses: 1,
        life: DAY,
    }
}

#[tokio::test]
async fn only_administrators_make_them_and_values_have_rules() {
    each_database(async |app: TestApp| {
        let someone = Actor::User(UserId("x".into()), "x".into());
        let made = registration_tokens::create(&app, &someone, new("ci")).await;
        assert!(matches!(made.unwrap_err(), DirectoryError::NotAllowed(_)));
        let root = Actor::CommandLine;
        for (bad, code) in [
            (NewRegistrationToken { name: String::new(), ..new("") }, "invalid_value"),
            (new("123"), "invalid_value"),
            (NewRegistrationToken { uses: 0, ..new("a") }, "invalid_value"),
            (NewRegistrationToken { uses: 10_001, ..new("a") }, "invalid_value"),
            (NewRegistrationToken { life: 367 * DAY, ..new("a") }, "invalid_value"),
            (NewRegistrationToken { group: Some("nobodies".into()), ..new("a") }, "not_found"),
        ] {
            let error = registration_tokens::create(&app, &root, bad).await.unwrap_err();
            assert_eq!(error.code(), code, "{error}");
        }
        for host in ["https://a.example", "a.example:8443", "*", "a..b", "*.*.example"] {
            let mut bad = new("a");
            bad.bounds.redirect_hosts = vec![host.to_owned()];
            let error = registration_tokens::create(&app, &root, bad).await.unwrap_err();
            assert_eq!(error.code(), "invalid_value", "{host}");
        }
        registration_tokens::create(&app, &root, new("a")).await.unwrap();
        let twin = registration_tokens::create(&app, &root, new("a")).await.unwrap_err();
        assert_eq!(twin.code(), "taken");
    })
    .await;
}

#[tokio::test]
async fn a_token_dies_with_its_group() {
    each_database(async |app: TestApp| {
        app.group("crew", &[]).await;
        let group = Some("crew".to_owned());
        let crew = NewRegistrationToken { group, ..new("crew") };
        let (_, secret) =
            registration_tokens::create(&app, &Actor::CommandLine, crew).await.unwrap();
        assert!(registration_tokens::resolve(&app, secret.expose()).await.unwrap().is_some());
        groups::delete(&app, &Actor::CommandLine, "crew").await.unwrap();
        assert!(registration_tokens::resolve(&app, secret.expose()).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn tokens_are_typed() {
    each_shell(|shell| {
        let made = shell.run(
            "registration-token create ci --group everyone --uses 3 --expires-in 2d --scope openid \
             --grant-type client_credentials --redirect-host '*.Example.com'",
        );
        assert!(made.out.starts_with("ksi_") && made.out.len() == 59, "{}", made.out);
        assert!(made.err.contains("oidc.registration is off"), "{}", made.err);
        let all = shell.json("registration-token list");
        for (member, value) in [
            ("name", json!("ci")),
            ("group", json!("everyone")),
            ("uses_left", json!(3)),
            ("scopes", json!(["openid"])),
            ("grant_types", json!(["client_credentials"])),
            ("redirect_hosts", json!(["*.example.com"])),
            ("works", json!(true)),
        ] {
            assert_eq!(all[0][member], value, "{member}");
        }
        assert!(shell.done("registration-token list").contains("everyone"));
        assert_eq!(
            shell.done("registration-token revoke ci"),
            "Revoked registration token 'ci'.\n"
        );
        shell.refused(
            "registration-token revoke ci",
            "no registration token 'ci'; list them with: keystead registration-token list",
        );
    })
    .await;
}

#[tokio::test]
async fn programs_make_list_and_revoke_them() {
    each_database(async |app: TestApp| {
        let caller = Caller::new(&app).await;
        let body = json!({ "name": "ci", "uses": 2, "expires_in": DAY, "scopes": ["openid"] });
        let made = caller.call("POST", "/registration-tokens", Some(body), &[]).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let made = made.json();
        assert!(made["token"].as_str().unwrap().starts_with("ksi_"));
        let all = caller.call("GET", "/registration-tokens", None, &[]).await.json();
        assert_eq!(all["items"][0]["name"], "ci");
        assert!(all["items"][0].get("token").is_none());
        let bad = json!({ "name": "x", "uses": "many", "grant_types": ["magic"] });
        let answer = caller.call("POST", "/registration-tokens", Some(bad), &[]).await;
        assert_eq!(
            (answer.status, answer.json()["code"].clone()),
            (422, json!("invalid_document"))
        );
        let path = format!("/registration-tokens/{}", made["id"].as_str().unwrap());
        assert_eq!(caller.call("DELETE", &path, None, &[]).await.status, 204);
        assert_eq!(caller.call("DELETE", &path, None, &[]).await.status, 404);
    })
    .await;
}
