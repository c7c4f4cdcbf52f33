//! What a request in the back channel may say (CIBA Core 7 and 13), and what the metadata
//! and registration say of it.

use keystead::domain::{Algorithm, Client, GrantType, Pkce, SubMode, UserId};
use serde_json::{Value, json};

use crate::grant_device::alice;
use crate::harness::ciba::{CIBA, at_till, till};
use crate::harness::signer::{keys, set};
use crate::harness::steps::closed_client;
use crate::harness::{Party, each_database, http};

/// What a client is told.
pub fn refusal(status: u16, error: &str) -> (u16, String) {
    (status, error.to_owned())
}

#[tokio::test]
async fn exactly_one_hint_names_the_person() {
    each_database(async |app| {
        let (party, mut browser) = (at_till(&app).await, alice(&app).await);
        for (form, error) in [
            (vec![], "invalid_request"),
            (vec![("login_hint", "alice"), ("id_token_hint", "x")], "invalid_request"),
            (vec![("login_hint", "alice"), ("login_hint_token", "x")], "invalid_request"),
            (vec![("login_hint_token", "x")], "invalid_request"),
            (vec![("id_token_hint", "x")], "invalid_request"),
            (vec![("login_hint", "nobody")], "unknown_user_id"),
        ] {
            let mut form = form;
            form.push(("scope", "openid"));
            assert_eq!(party.ask_with(&form).await.error(), refusal(400, error), "{form:?}");
        }
        // An ID token of ours may have expired.
        let asked = party.ask_for("alice", "openid").await;
        browser.approve("allow").await;
        let tokens = party.poll_for(&asked).await.json();
        let hint = tokens["id_token"].as_str().unwrap();
        app.wait(86_400);
        let mut browser = crate::harness::Browser::new(&app.app);
        browser.sign_in("alice").await;
        let form = [("scope", "openid"), ("id_token_hint", hint)];
        let asked = party.ask_with(&form).await.json();
        browser.approve("allow").await;
        assert_eq!(party.poll_for(&asked).await.status, 200);
        let kiosk = Party::new(&app.app, &app.client_with("kiosk", till).await).await;
        assert_eq!(kiosk.ask_with(&form).await.error(), refusal(400, "invalid_request"));
    })
    .await;
}

#[tokio::test]
async fn a_login_hint_is_a_name_an_address_or_what_the_client_calls_the_person() {
    each_database(async |app| {
        let (party, mut browser) = (at_till(&app).await, alice(&app).await);
        let asked = party.ask_for("alice", "openid").await;
        browser.approve("allow").await;
        let tokens = party.poll_for(&asked).await.json();
        let claims = party.verify(tokens["id_token"].as_str().unwrap()).await;
        let sub = claims["sub"].as_str().unwrap();
        for hint in ["ALICE", "Alice@Example.com", sub] {
            party.ask_for(hint, "openid").await;
        }
        for hint in ["alice@example.org", "al", "<script>", "a\0b", &"x".repeat(5000)] {
            let form = [("scope", "openid"), ("login_hint", hint)];
            assert_eq!(party.ask_with(&form).await.error(), refusal(400, "unknown_user_id"));
        }
        let pairwise = |client: &mut Client| {
            till(client);
            client.settings.sub = SubMode::Pairwise;
        };
        let paired = Party::new(&app.app, &app.client_with("paired", pairwise).await).await;
        paired.ask_for("alice", "openid").await;
        let own = [("scope", "openid"), ("login_hint", sub)];
        assert_eq!(paired.ask_with(&own).await.error(), refusal(400, "unknown_user_id"));
    })
    .await;
}

#[tokio::test]
async fn whom_no_scope_map_lets_in_is_as_unknown_as_nobody() {
    each_database(async |app| {
        let closed = Party::new(&app.app, &closed_client(&app, "till", till).await).await;
        app.user("alice").await;
        let open = Party::new(&app.app, &app.client_with("kiosk", till).await).await;
        let mut closed_account = app.user("carol").await;
        closed_account.disabled_at = Some(app.clock.now());
        app.write(async |tx| keystead::store::users::update(tx, &closed_account).await).await;
        let told = async |party: &Party, name: &str| {
            let answer = party.ask_with(&[("scope", "openid"), ("login_hint", name)]).await;
            (answer.status, answer.body)
        };
        let unknown = told(&open, "nobody").await;
        assert!(unknown.1.contains("unknown_user_id"), "{}", unknown.1);
        assert_eq!(told(&closed, "alice").await, unknown);
        assert_eq!(told(&closed, "nobody").await, unknown);
        assert_eq!(told(&open, "carol").await, unknown);
    })
    .await;
}

#[tokio::test]
async fn only_confidential_clients_that_may_ask_are_served() {
    each_database(async |app| {
        let party = at_till(&app).await;
        app.user("alice").await;
        let form = [("scope", "openid"), ("login_hint", "alice")];
        let web = Party::new(&app.app, &app.client("web").await).await;
        assert_eq!(web.ask_with(&form).await.error(), refusal(400, "unauthorized_client"));
        let poll = [("grant_type", CIBA), ("auth_req_id", "x")];
        let polled = web.call("token_endpoint", &poll).await;
        assert_eq!(polled.error(), refusal(400, "unauthorized_client"));
        // Whoever cannot prove who they are hears nothing of people.
        let path = party.path("backchannel_authentication_endpoint");
        for client in ["till", "nobody"] {
            for name in ["alice", "nobody"] {
                let form = [("scope", "openid"), ("login_hint", name), ("client_id", client)];
                let answer = http::post(&app.app, &path, &form).await;
                assert_eq!(answer.error(), refusal(401, "invalid_client"));
            }
        }
        assert_eq!(http::get(&app.app, &path).await.status, 405);
        let open = app.client_with("open", |client| {
            till(client);
            (client.public, client.settings.pkce) = (true, Pkce::Required);
        });
        let open = Party::new(&app.app, &open.await).await;
        assert_eq!(open.ask_with(&form).await.error(), refusal(400, "unauthorized_client"));
        let twice = format!("{}&login_hint=bob", http::encode(&form));
        let basic = party.basic();
        let request = axum::http::Request::post(&path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header(basic[0].0, &basic[0].1);
        let answer = http::send(&app.app, request.body(twice.into()).unwrap()).await;
        assert_eq!(answer.error(), refusal(400, "invalid_request"));
    })
    .await;
}

#[tokio::test]
async fn scope_expiry_and_binding_message_are_checked() {
    each_database(async |app| {
        let (party, mut browser) = (at_till(&app).await, alice(&app).await);
        let ask = async |more: &[(&str, &str)]| {
            let mut form = vec![("login_hint", "alice")];
            form.extend(more);
            party.ask_with(&form).await
        };
        for (more, error) in [
            (vec![], "invalid_scope"),
            (vec![("scope", "profile")], "invalid_scope"),
            (vec![("scope", "openid"), ("requested_expiry", "soon")], "invalid_request"),
            (vec![("scope", "openid"), ("requested_expiry", "0")], "invalid_request"),
            (vec![("scope", "openid"), ("binding_message", "a\nb")], "invalid_binding_message"),
            (
                vec![("scope", "openid"), ("binding_message", &"x".repeat(65))],
                "invalid_binding_message",
            ),
        ] {
            assert_eq!(ask(&more).await.error(), refusal(400, error), "{more:?}");
        }
        // What we do not use is ignored.
        let more = [
            ("scope", "openid unheard-of"),
            ("acr_values", "urn:mace:incommon:iap:silver"),
            ("user_code", "1234"),
            ("client_notification_token", "x"),
            ("requested_expiry", "30"),
            ("binding_message", "1234"),
        ];
        let asked = ask(&more).await.json();
        assert_eq!(asked["expires_in"], 30);
        let page = browser.get("/approvals").await;
        assert!(page.body.contains("<bdi class=\"binding\">1234</bdi>"), "{}", page.body);
        app.wait(30);
        let late = party.poll_for(&asked).await;
        assert_eq!(late.error(), refusal(400, "expired_token"));
    })
    .await;
}

#[tokio::test]
async fn metadata_says_what_works_and_for_whom() {
    each_database(async |app| {
        let keys = keys(Algorithm::ES256);
        app.client_with("web", |client| client.settings.jwks = Some(set(&[&keys]))).await;
        let at = async |path: &str| http::get(&app.app, path).await.json();
        let all = at("/.well-known/openid-configuration").await;
        assert_eq!(all["backchannel_token_delivery_modes_supported"], json!(["poll"]));
        assert_eq!(all["backchannel_user_code_parameter_supported"], json!(false));
        let algs = "backchannel_authentication_request_signing_alg_values_supported";
        assert!(all[algs].as_array().unwrap().contains(&json!("PS256")), "{}", all[algs]);
        assert!(all["grant_types_supported"].as_array().unwrap().contains(&json!(CIBA)));
        let document = |id: &str| format!("/oauth2/openid/{id}/.well-known/openid-configuration");
        let web = at(&document("web")).await;
        let told = web.as_object().unwrap().keys().find(|name| name.starts_with("backchannel_a"));
        assert_eq!(told, None, "it may not ask for people");
        app.client_with("till", till).await;
        let bare = at(&document("till")).await;
        assert!(bare.get("backchannel_authentication_endpoint").is_some());
        assert!(bare.get(algs).is_none(), "it has no keys to sign with");
    })
    .await;
}

#[tokio::test]
async fn clients_register_for_poll_mode_alone() {
    use crate::harness::registrar;
    use keystead::domain::Bounds;
    each_database(async |app| {
        let node = registrar::closed_node(&app).await;
        let bounds = Bounds { grant_types: vec![GrantType::Ciba], ..Bounds::default() };
        let token = registrar::token(&node, "tills", 20, bounds).await;
        let metadata = |more: &Value| {
            let mut all = json!({ "grant_types": [CIBA], "client_name": "Till" });
            all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            all
        };
        let poll = metadata(&json!({ "backchannel_token_delivery_mode": "poll",
                                     "backchannel_user_code_parameter": false }));
        let answer = registrar::register(&node, Some(&token), &poll).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let told = answer.json();
        assert_eq!(told["backchannel_token_delivery_mode"], "poll");
        assert_eq!(told["backchannel_user_code_parameter"], json!(false));
        assert_eq!(told["grant_types"], json!([CIBA]));
        for more in [
            json!({ "backchannel_token_delivery_mode": "ping" }),
            json!({ "backchannel_token_delivery_mode": "push" }),
            json!({ "backchannel_user_code_parameter": true }),
            json!({ "token_endpoint_auth_method": "none" }),
        ] {
            let answer = registrar::register(&node, Some(&token), &metadata(&more)).await;
            assert_eq!(answer.error(), refusal(400, "invalid_client_metadata"), "{more}");
        }
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_person_who_is_gone_takes_the_requests_along() {
    each_database(async |app| {
        let party = at_till(&app).await;
        let alice = app.user("alice").await;
        let asked = party.ask_for("alice", "openid").await;
        app.write(async |tx| keystead::store::users::delete(tx, &UserId(alice.id.0.clone())).await)
            .await;
        assert_eq!(party.poll_for(&asked).await.error(), refusal(400, "invalid_grant"));
    })
    .await;
}

#[tokio::test]
async fn names_cannot_be_tried_out() {
    each_database(async |app| {
        let party = at_till(&app).await;
        app.user("alice").await;
        let tried = async |name: &str| {
            let answer = party.ask_with(&[("scope", "openid"), ("login_hint", name)]).await;
            answer.error()
        };
        for n in 0..31 {
            assert_eq!(tried(&format!("guess-{n}")).await, refusal(400, "unknown_user_id"));
        }
        assert_eq!(tried("guess").await, refusal(403, "access_denied"));
        assert_eq!(tried("alice").await, refusal(403, "access_denied"), "nor is a hit told");
        app.wait(2);
        party.ask_for("alice", "openid").await;
    })
    .await;
}
