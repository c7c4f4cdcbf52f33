//! The basic, implicit, hybrid and form post plans: scopes, claims and userinfo. Each story names its
//! module, and is told in each way of those plans.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::harness::{Way, each_way, http};

const PROFILE: [&str; 14] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
];
const EMAIL: [&str; 2] = ["email", "email_verified"];
const ADDRESS: [&str; 1] = ["address"];
const PHONE: [&str; 2] = ["phone_number", "phone_number_verified"];

/// What an ID token says whatever was asked for.
const ALWAYS: [&str; 13] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "at_hash",
    "sid",
    "c_hash",
];

/// Sees that a scope brings these claims and no others: from userinfo, and in the ID token only where
/// no access token comes.
async fn brings(scope: &str, claims: &[&str]) {
    each_way(&Way::all(), async |stage, way| {
        let known = stage.party.metadata["scopes_supported"].as_array().unwrap();
        assert!(scope.split(' ').all(|one| known.contains(&Value::from(one))), "{known:?}");
        let (_, brought) = stage.signed_in(way, &[("scope", scope)]).await;
        let told = match way.kind {
            "id_token" => Value::Object(brought.claims().clone()),
            _ => stage.userinfo(&brought).await,
        };
        let names = told.as_object().unwrap().keys().map(String::as_str);
        let names: BTreeSet<&str> = names.filter(|name| !ALWAYS.contains(name)).collect();
        assert_eq!(names, claims.iter().copied().collect(), "{scope}");
        let empty = [Value::Null, Value::from(""), Value::from("null")];
        assert!(claims.iter().all(|name| !empty.contains(&told[name])), "{told}");
        if way.kind != "id_token" {
            let ids = brought.claims().keys().all(|name| ALWAYS.contains(&name.as_str()));
            assert!(ids, "{:?}", brought.claims());
        }
    })
    .await;
}

/// oidcc-scope-profile
#[tokio::test]
async fn the_scope_profile_brings_its_fourteen_claims() {
    brings("openid profile", &PROFILE).await;
}

/// oidcc-scope-email
#[tokio::test]
async fn the_scope_email_brings_the_address_and_whether_it_was_verified() {
    brings("openid email", &EMAIL).await;
}

/// oidcc-scope-address
#[tokio::test]
async fn the_scope_address_brings_the_postal_address() {
    brings("openid address", &ADDRESS).await;
}

/// oidcc-scope-phone
#[tokio::test]
async fn the_scope_phone_brings_the_number_and_whether_it_was_verified() {
    brings("openid phone", &PHONE).await;
}

/// oidcc-scope-all
#[tokio::test]
async fn all_scopes_together_bring_all_their_claims() {
    let all = [&PROFILE[..], &EMAIL, &ADDRESS, &PHONE].concat();
    brings("openid profile email address phone", &all).await;
}

/// oidcc-userinfo-get
#[tokio::test]
async fn userinfo_answers_get_with_the_token_in_the_header() {
    each_way(&Way::with_access_token(), async |stage, way| {
        let (_, brought) = stage.signed_in(way, &[]).await;
        let told = stage.userinfo(&brought).await;
        assert_eq!(told["email"], "alice@example.com");
        let front = brought.field("access_token");
        if let Some(token) = front {
            assert_eq!(stage.party.userinfo(token).await.json()["sub"], told["sub"]);
        }
    })
    .await;
}

/// oidcc-userinfo-post-header
#[tokio::test]
async fn userinfo_answers_an_empty_post_without_content_type_with_the_token_in_the_header() {
    each_way(&Way::with_access_token(), async |stage, way| {
        let (_, brought) = stage.signed_in(way, &[]).await;
        let empty = axum::http::Request::post(stage.party.path("userinfo_endpoint"))
            .header("authorization", format!("Bearer {}", brought.access_token()))
            .body(axum::body::Body::empty());
        let answer = http::send(&stage.node, empty.unwrap()).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
        assert_eq!(answer.json()["sub"], brought.claims()["sub"]);
    })
    .await;
}

/// oidcc-userinfo-post-body
#[tokio::test]
async fn userinfo_answers_post_with_the_token_in_the_form() {
    each_way(&Way::with_access_token(), async |stage, way| {
        let (_, brought) = stage.signed_in(way, &[]).await;
        let form = [("access_token", brought.access_token())];
        let answer = http::post(&stage.node, &stage.party.path("userinfo_endpoint"), &form).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
        assert_eq!(answer.json()["sub"], brought.claims()["sub"]);
        assert_eq!(answer.header("cache-control"), "no-store");
    })
    .await;
}

/// oidcc-claims-essential
#[tokio::test]
async fn an_essential_name_comes_from_where_it_was_asked_for_and_from_nowhere_else() {
    each_way(&Way::all(), async |stage, way| {
        let place = if way.kind == "id_token" { "id_token" } else { "userinfo" };
        let claims = format!(r#"{{"{place}":{{"name":{{"essential":true}}}}}}"#);
        let more = [("scope", "openid"), ("claims", claims.as_str())];
        let answer = stage.browser().authorize(&stage.ask(way, &more), "alice").await;
        if way.kind == "id_token" {
            let fields = stage.fields(way, &answer);
            let (_, token) = fields.iter().find(|(name, _)| name == "id_token").unwrap();
            let claims = stage.party.verify(token).await;
            assert_eq!(claims["name"], "Alice Liddell");
            assert!(!claims.contains_key("family_name"), "nobody asked for it");
            return;
        }
        // That no ID token has it is looked at with every answer.
        let brought = stage.take(way, &answer, &more).await;
        let told = stage.userinfo(&brought).await;
        assert_eq!(told["name"], "Alice Liddell");
        assert!(told.get("family_name").is_none(), "nobody asked for it: {told}");
    })
    .await;
}

#[tokio::test]
async fn single_claims_may_be_asked_for_without_any_scope() {
    each_way(&[Way::CODE], async |stage, way| {
        let claims = r#"{"userinfo":{"given_name":null,"email":{"essential":true}}}"#;
        let more = [("scope", "openid"), ("claims", claims)];
        let (_, brought) = stage.signed_in(way, &more).await;
        let told = stage.userinfo(&brought).await;
        assert_eq!(
            (&told["email"], &told["given_name"]),
            (&"alice@example.com".into(), &"Alice".into())
        );
    })
    .await;
}
