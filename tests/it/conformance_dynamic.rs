//! The OpenID Foundation's dynamic plan: clients that register themselves (RFC 7591, RFC 7592). What it
//! asks of keys is told in `conformance_dynamic_keys`, what it asks of addresses and pages in
//! `conformance_dynamic_pages`.

use std::sync::{Arc, Mutex};

use axum::http::Method;
use keystead::domain::Algorithm;
use serde_json::{Map, Value, json};

use crate::harness::registrar::{metadata, open_node, own, own_path, register, registered};
use crate::harness::signer::{Keys, keys, set};
use crate::harness::tls::{allowed, serve_https};
use crate::harness::{each_database, http};

/// oidcc-discovery-endpoint-verification
#[tokio::test]
async fn discovery_names_registration_and_every_response_type_that_the_plan_needs() {
    each_database(async |app| {
        app.client("web").await;
        let node = open_node(&app).await;
        let at = "https://id.example.com/oauth2/register";
        let document = http::get(&node, "/.well-known/openid-configuration").await.json();
        assert_eq!(document["registration_endpoint"], at);
        assert_eq!(document["issuer"], "https://id.example.com");
        for (name, value) in document.as_object().unwrap() {
            let url = name.ends_with("_endpoint") || name == "jwks_uri";
            assert!(!url || value.as_str().unwrap().starts_with("https://"), "{name}");
        }
        for one in ["code", "id_token", "id_token token"] {
            assert!(document["response_types_supported"].as_array().unwrap().contains(&json!(one)));
        }
        for one in ["authorization_code", "implicit"] {
            assert!(document["grant_types_supported"].as_array().unwrap().contains(&json!(one)));
        }
        // Whoever has paths of its own is registered already.
        for path in ["/application/o/web", "/oauth2/openid/web"] {
            let path = format!("{path}/.well-known/openid-configuration");
            let document = http::get(&node, &path).await.json();
            assert!(document.get("registration_endpoint").is_none(), "{path}");
        }
        let document = http::get(&app.app, "/.well-known/openid-configuration").await.json();
        assert!(document.get("registration_endpoint").is_none());
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_answer_holds_all_a_client_needs_and_deleting_it_gives_204() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let answer = register(&node, None, &metadata(&json!({ "unknown_member": 1 }))).await;
        assert_eq!((answer.status, answer.header("content-type")), (201, "application/json"));
        assert_eq!(answer.header("cache-control"), "no-store");
        let told = answer.json();
        assert!(told["client_id"].is_string() && told["client_secret"].is_string());
        assert_eq!(told["client_secret_expires_at"], 0);
        assert_eq!(told["client_id_issued_at"], node.clock.now().0);
        assert_eq!(told["contacts"], json!(["certification@oidf.org"]));
        assert!(told.get("unknown_member").is_none());
        assert!(own_path(&told).starts_with("/oauth2/register/"));
        let read = own(&node, Method::GET, &told, None).await;
        assert_eq!((read.status, read.json()), (200, told.clone()));
        let gone = own(&node, Method::DELETE, &told, None).await;
        assert_eq!((gone.status, gone.body.as_str()), (204, ""));
        for method in [Method::GET, Method::DELETE] {
            let answer = own(&node, method, &told, None).await;
            assert_eq!(answer.error(), (401, "invalid_token".to_owned()));
            assert!(answer.header("www-authenticate").starts_with("Bearer "));
        }
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_a_trusted_software_statement_says_wins() {
    each_database(async |app| {
        let (issuer, stranger) = (keys(Algorithm::ES256), keys(Algorithm::ES256));
        let published = Arc::new(Mutex::new(json!(set(&[&issuer])).to_string()));
        let trusted = format!("https://directory.example {}", serve_https(&published).await);
        let settings = [
            ("KEYSTEAD_OIDC__REGISTRATION", "open"),
            ("KEYSTEAD_OIDC__SOFTWARE_STATEMENTS", trusted.as_str()),
        ];
        let node = app.another_node_with(&[settings.as_slice(), &allowed()].concat()).await;
        let sign = |keys: &Keys, iss: &str, exp: i64| {
            let exp = node.clock.now().0 + exp;
            let claims = json!({ "iss": iss, "exp": exp, "client_name": "Vouched", "aud": "x" });
            keys.signer.sign("JWT", &claims).unwrap()
        };
        let good = sign(&issuer, "https://directory.example", 600);
        let more = json!({ "software_statement": good, "client_name": "Mine" });
        let told = registered(&node, &more).await;
        assert_eq!(
            (&told["client_name"], &told["software_statement"]),
            (&json!("Vouched"), &json!(good))
        );
        let mut wanted = metadata(&json!({ "client_name": "Mine again" }));
        wanted["client_id"] = told["client_id"].clone();
        let answer = own(&node, Method::PUT, &told, Some(&wanted)).await;
        assert_eq!(answer.json()["client_name"], "Vouched", "{}", answer.body);
        for (statement, error) in [
            (sign(&stranger, "https://directory.example", 600), "invalid_software_statement"),
            (sign(&issuer, "https://directory.example", -600), "invalid_software_statement"),
            (sign(&issuer, "https://other.example", 600), "unapproved_software_statement"),
            ("nonsense".to_owned(), "invalid_software_statement"),
        ] {
            let more = json!({ "software_statement": statement });
            let answer = register(&node, None, &metadata(&more)).await;
            assert_eq!(answer.error(), (400, error.to_owned()), "{statement}");
        }
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn tokens_through_the_browser_are_registered_as_the_suite_asks() {
    each_database(async |app| {
        let node = open_node(&app).await;
        for (types, grants) in [
            (json!(["id_token"]), json!(["implicit"])),
            (json!(["id_token token"]), json!(["implicit"])),
            (json!(["code id_token"]), json!(["authorization_code", "implicit"])),
        ] {
            let more = json!({ "response_types": types, "grant_types": grants });
            let told = registered(&node, &more).await;
            assert_eq!((&told["response_types"], &told["grant_types"]), (&types, &grants));
        }
        let more = json!({ "response_types": ["id_token"], "grant_types": ["implicit"] });
        let local = json!({ "redirect_uris": ["https://localhost/cb"] });
        let mut all: Map<String, Value> = more.as_object().unwrap().clone();
        all.extend(local.as_object().unwrap().clone());
        let answer = register(&node, None, &metadata(&Value::Object(all))).await;
        assert_eq!(answer.error(), (400, "invalid_redirect_uri".to_owned()));
        node.db.close().await;
    })
    .await;
}
