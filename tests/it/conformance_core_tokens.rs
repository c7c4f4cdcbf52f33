//! The basic, implicit, hybrid and form post plans: codes and tokens. Each story names its module, and
//! is told in each way of those plans that has it.

use serde_json::json;

use crate::harness::registrar::{metadata, open_node, party, register, registered};
use crate::harness::steps::{header_of, signed_in};
use crate::harness::{Browser, Party, Stage, VERIFIER, Way, each_database, each_way, http};

/// oidcc-server
#[tokio::test]
async fn each_response_type_hands_over_what_it_names_where_it_belongs_and_the_code_works() {
    each_way(&Way::all(), async |stage, way| {
        let state = format!("{}-._~", "a1".repeat(62));
        let (_, brought) = stage.signed_in(way, &[("state", &state)]).await;
        let known = [
            "code",
            "state",
            "iss",
            "access_token",
            "token_type",
            "expires_in",
            "scope",
            "id_token",
        ];
        let names = brought.fields.iter().map(|(name, _)| name.as_str());
        assert!(names.clone().all(|name| known.contains(&name)), "{:?}", brought.fields);
        assert_eq!(brought.claims()["aud"], json!("web"));
        if way.has("token") {
            assert_eq!(brought.field("token_type"), Some("Bearer"));
            let seconds: i64 = brought.field("expires_in").unwrap().parse().unwrap();
            assert!((1..=31_536_000).contains(&seconds));
        }
        if let Some(tokens) = &brought.tokens {
            assert_eq!(tokens["token_type"], "Bearer");
            assert!((1..=31_536_000).contains(&tokens["expires_in"].as_i64().unwrap()));
        }
        if way.kind != "id_token" {
            stage.userinfo(&brought).await;
        }
        let methods = stage.party.metadata["token_endpoint_auth_methods_supported"].to_string();
        assert!(methods.contains("client_secret_basic"));
        assert!(stage.party.metadata["response_types_supported"].to_string().contains(way.kind));
    })
    .await;
}

/// oidcc-idtoken-signature
#[tokio::test]
async fn id_tokens_are_signed_with_rs256_under_a_kid_without_being_asked() {
    each_database(async |app| {
        app.user("alice").await;
        let node = open_node(&app).await;
        for way in Way::all().into_iter().filter(|way| !way.posted) {
            let implicit = (way.kind != "code").then_some("implicit");
            let code = way.has("code").then_some("authorization_code");
            let grants: Vec<&str> = [implicit, code].into_iter().flatten().collect();
            let more = json!({ "response_types": [way.kind], "grant_types": grants });
            let party = party(&node, &registered(&node, &more).await).await;
            let ask = party.ask(&[("response_type", way.kind)]);
            let answer = Browser::new(&node).authorize(&ask, "alice").await;
            let code = answer.param("code").or_else(|| answer.fragment("code"));
            let late = match code {
                Some(code) => {
                    party.exchange(&code).await.json()["id_token"].as_str().map(str::to_owned)
                }
                None => None,
            };
            let tokens = [answer.fragment("id_token"), late];
            assert!(tokens.iter().any(Option::is_some), "{way:?}");
            for token in tokens.iter().flatten() {
                let header = header_of(token);
                assert_eq!((&header["alg"], header["kid"].is_string()), (&json!("RS256"), true));
                party.verify(token).await;
            }
        }
        node.db.close().await;
    })
    .await;
}

/// oidcc-idtoken-unsigned
#[tokio::test]
async fn unsigned_id_tokens_are_not_offered_and_not_registered() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let document = http::get(&node, "/.well-known/openid-configuration").await.json();
        let algs = document["id_token_signing_alg_values_supported"].as_array().unwrap();
        assert!(algs.contains(&json!("RS256")) && !algs.contains(&json!("none")), "{algs:?}");
        let unsigned = metadata(&json!({ "id_token_signed_response_alg": "none" }));
        let answer = register(&node, None, &unsigned).await;
        assert_eq!(answer.error(), (400, "invalid_client_metadata".to_owned()));
        node.db.close().await;
    })
    .await;
}

/// Uses a code twice with this pause between; what was issued for it is dead.
async fn reuse(stage: &Stage, way: Way, pause: i64) {
    let answer = stage.browser().authorize(&stage.ask(way, &[]), "alice").await;
    let brought = stage.take(way, &answer, &[]).await;
    let tokens = [Some(brought.access_token()), brought.field("access_token")];
    for token in tokens.iter().flatten() {
        assert_eq!(stage.party.userinfo(token).await.status, 200);
    }
    stage.wait(pause);
    let again = stage.party.exchange(brought.field("code").unwrap()).await;
    assert_eq!(again.header("content-type"), "application/json");
    assert_eq!(again.error(), (400, "invalid_grant".into()));
    for token in tokens.iter().flatten() {
        assert_eq!(stage.party.userinfo(token).await.status, 401);
    }
}

/// oidcc-codereuse
#[tokio::test]
async fn a_code_used_twice_at_once_is_invalid_grant() {
    each_way(&Way::with("code"), async |stage, way| reuse(stage, way, 0).await).await;
}

/// oidcc-codereuse-30seconds
#[tokio::test]
async fn a_code_used_again_after_thirty_seconds_is_invalid_grant_and_its_tokens_are_dead() {
    each_way(&Way::with("code"), async |stage, way| reuse(stage, way, 30).await).await;
}

/// oidcc-server-client-secret-post
#[tokio::test]
async fn a_client_may_send_its_secret_in_the_form() {
    each_way(&Way::with("code"), async |stage, way| {
        let answer = stage.browser().authorize(&stage.ask(way, &[]), "alice").await;
        let fields = stage.fields(way, &answer);
        let (_, code) = fields.iter().find(|(name, _)| name == "code").unwrap();
        let party = &stage.party;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &party.redirect_uri),
            ("code_verifier", VERIFIER),
            ("client_id", &party.id),
            ("client_secret", party.secret.as_deref().unwrap()),
        ];
        assert_eq!(http::post(&stage.node, "/oauth2/token", &form).await.status, 200);
        let methods = party.metadata["token_endpoint_auth_methods_supported"].to_string();
        assert!(methods.contains("client_secret_post"));
    })
    .await;
}

/// oidcc-refresh-token
#[tokio::test]
async fn a_refresh_token_keeps_who_and_when_and_belongs_to_its_client() {
    each_way(&Way::with("code"), async |stage, way| {
        let id = format!("other{}{}", way.kind.replace(' ', ""), way.posted);
        let other = Party::new(&stage.node, &stage.app.client(&id.replace('_', "-")).await).await;
        stage.node.refresh_registry().await.unwrap();
        let more = [("scope", "openid offline_access"), ("prompt", "consent")];
        let (_, first) = stage.signed_in(way, &more).await;
        let sent = first.tokens.as_ref().unwrap()["refresh_token"].as_str().unwrap().to_owned();
        stage.wait(1);
        let answer = stage.party.refresh(&sent).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
        assert_eq!(answer.header("cache-control"), "no-store");
        let second = answer.json();
        assert_eq!(second["token_type"], "Bearer");
        for (kind, least) in [("access_token", 96.0), ("refresh_token", 128.0)] {
            let token = second[kind].as_str().unwrap();
            assert!(http::entropy(token) > least, "{kind} {token}");
            assert!(token.chars().all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c)));
        }
        let claims = stage.party.verify(second["id_token"].as_str().unwrap()).await;
        for same in ["iss", "sub", "aud", "auth_time", "azp"] {
            assert_eq!(claims[same], first.claims()[same], "{same}");
        }
        assert_ne!(claims["iat"], first.claims()["iat"]);
        assert!(!claims.contains_key("nonce"));
        assert_eq!(
            stage.party.userinfo(second["access_token"].as_str().unwrap()).await.status,
            200
        );
        let stolen = other.refresh(second["refresh_token"].as_str().unwrap()).await;
        assert_eq!(stolen.error(), (400, "invalid_grant".into()));
        let grants = stage.party.metadata["grant_types_supported"].as_array().unwrap();
        assert!(grants.contains(&json!("refresh_token")));
    })
    .await;
}

#[tokio::test]
async fn no_refresh_token_without_offline_access() {
    each_database(async |app| {
        let (.., tokens) = signed_in(&app, &[]).await;
        assert!(tokens.answer.get("refresh_token").is_none());
    })
    .await;
}
