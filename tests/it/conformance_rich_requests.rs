//! Rich authorization requests, RFC 9396: what exactly is asked for is shown, allowed, and told.

use keystead::directory::{Force, clients};
use keystead::domain::{AccessTokenFormat, Actor, Client, GrantType};
use keystead::store::events;
use serde_json::{Value, json};

use crate::harness::http::Answer;
use crate::harness::steps::claims_of;
use crate::harness::{Browser, Party, TestApp, VERIFIER, each_database, http};

fn payment() -> Value {
    json!({
        "type": "payment_initiation",
        "locations": ["https://bank.example/payments"],
        "actions": ["initiate", "cancel"],
        "instructedAmount": { "currency": "EUR", "amount": "123.50" },
        "creditorName": "Merchant <A>",
    })
}

fn account() -> Value {
    json!({ "type": "account", "actions": ["read"], "identifier": "DE02" })
}

async fn party(app: &TestApp, change: impl FnOnce(&mut Client)) -> Party {
    let registered = app
        .client_with("web", |client| {
            let types = ["payment_initiation", "account"];
            client.settings.authorization_details_types = types.map(str::to_owned).to_vec();
            change(client);
        })
        .await;
    Party::new(&app.app, &registered).await
}

/// A request for these, and the page that it leads to.
async fn arrive(browser: &mut Browser, party: &Party, details: &Value) -> Answer {
    let details = details.to_string();
    let answer = browser.get(&party.ask(&[("authorization_details", &details)])).await;
    browser.follow(answer).await
}

async fn allow(browser: &mut Browser, page: &Answer) -> String {
    assert!(page.has("consent-allow"), "{} {}", page.location(), page.body);
    let answer = browser.submit(page, &[("action", "allow")]).await;
    answer.param("code").unwrap_or_else(|| panic!("no code: {}", answer.location()))
}

async fn exchange(party: &Party, code: &str, more: &[(&str, &str)]) -> Answer {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", party.redirect_uri.as_str()),
        ("code_verifier", VERIFIER),
    ];
    party.call("token_endpoint", &[&form[..], more].concat()).await
}

#[tokio::test]
async fn the_person_reads_all_of_it_and_allows_it_each_time() {
    each_database(async |app| {
        app.user("alice").await;
        let party = party(&app, |_| ()).await;
        let mut browser = Browser::new(&app.app);
        browser.sign_in("alice").await;
        let sent = json!([payment(), account()]);
        for _ in 0..2 {
            let page = arrive(&mut browser, &party, &sent).await;
            for told in [
                "payment_initiation",
                "<dt>Actions</dt><dd>initiate, cancel</dd>",
                "<dt>Where</dt><dd>https://bank.example/payments</dd>",
                "<dt>instructedAmount</dt><dd>(amount: 123.50; currency: EUR)</dd>",
                "<dt>creditorName</dt><dd>Merchant &#60;A&#62;</dd>",
                "<dt>What</dt><dd>DE02</dd>",
                "You are asked each time",
            ] {
                assert!(page.body.contains(told), "{told}: {}", page.body);
            }
            let answer = exchange(&party, &allow(&mut browser, &page).await, &[]).await.json();
            assert_eq!(answer["authorization_details"], sent);
        }
        let filter = events::Filter::default();
        let all = app.read(async |conn| events::list(conn, &filter, None, 10).await).await;
        let consent = all.iter().find(|event| event.kind == "consent.granted").unwrap();
        assert_eq!(consent.detail["authorization_details"], sent, "the audit log has it, too");
        let plain = browser.authorize(&party.ask(&[]), "alice").await;
        assert!(plain.param("code").is_some(), "the scopes were remembered");
        let details = sent.to_string();
        let silent = [("authorization_details", details.as_str()), ("prompt", "none")];
        let answer = browser.get(&party.ask(&silent)).await;
        assert_eq!(answer.param("error").as_deref(), Some("consent_required"));
    })
    .await;
}

#[tokio::test]
async fn what_was_allowed_stands_in_the_answer_the_token_and_the_introspection() {
    each_database(async |app| {
        app.user("alice").await;
        for format in [AccessTokenFormat::Jwt, AccessTokenFormat::Opaque] {
            let party = party(&app, |client| client.settings.access_token = format).await;
            let mut browser = Browser::new(&app.app);
            browser.sign_in("alice").await;
            let sent = json!([payment(), account()]);
            let page = arrive(&mut browser, &party, &sent).await;
            let code = allow(&mut browser, &page).await;
            let part = json!([account()]);
            let narrowed = part.to_string();
            let answer = exchange(&party, &code, &[("authorization_details", &narrowed)]).await;
            assert_eq!(answer.json()["authorization_details"], part, "{}", answer.body);
            let token = answer.json()["access_token"].as_str().unwrap().to_owned();
            let told = party.call("introspection_endpoint", &[("token", &token)]).await.json();
            assert_eq!(told["authorization_details"], part);
            if format == AccessTokenFormat::Jwt {
                assert_eq!(claims_of(&token)["authorization_details"], part);
            }
            let page = arrive(&mut browser, &party, &part).await;
            let code = allow(&mut browser, &page).await;
            let more = [("authorization_details", &*sent.to_string())];
            let refused = exchange(&party, &code, &more).await.error();
            assert_eq!(refused, (400, "invalid_authorization_details".to_owned()));
            clients::delete(&app.app, &Actor::CommandLine, "web").await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn only_types_of_the_clients_list_are_taken_and_named_in_the_metadata() {
    each_database(async |app| {
        let party = party(&app, |client| {
            client.settings.grant_types.push(GrantType::ClientCredentials);
        })
        .await;
        let known = json!(["account", "payment_initiation"]);
        assert_eq!(party.metadata["authorization_details_types_supported"], known);
        app.client("plain").await;
        let path = "/oauth2/openid/plain/.well-known/openid-configuration";
        let plain = http::get(&app.app, path).await.json();
        assert!(plain.get("authorization_details_types_supported").is_none());
        let refused = (400, "invalid_authorization_details".to_owned());
        for bad in
            [json!([{ "type": "other" }]), json!({ "type": "account" }), json!([{}]), json!("x")]
        {
            let bad = bad.to_string();
            let answer =
                Browser::new(&app.app).get(&party.ask(&[("authorization_details", &bad)])).await;
            let error = answer.param("error");
            assert_eq!(error.as_deref(), Some("invalid_authorization_details"), "{bad}");
            let pushed = party.push(&[("authorization_details", &bad)]).await;
            assert_eq!(pushed.error(), refused, "{bad}");
        }
        let own = json!([account()]).to_string();
        let form = [("grant_type", "client_credentials"), ("authorization_details", own.as_str())];
        let answer = party.call("token_endpoint", &form).await.json();
        assert_eq!(answer["authorization_details"], json!([account()]));
    })
    .await;
}

#[tokio::test]
async fn a_refreshed_token_loses_the_types_that_the_client_lost() {
    each_database(async |app| {
        app.user("alice").await;
        let party = party(&app, |_| ()).await;
        let mut browser = Browser::new(&app.app);
        browser.sign_in("alice").await;
        let details = json!([payment(), account()]).to_string();
        let ask = [("authorization_details", details.as_str()), ("scope", "openid offline_access")];
        let answer = browser.authorize(&party.ask(&ask), "alice").await;
        let tokens = exchange(&party, &answer.param("code").unwrap(), &[]).await.json();
        let edit = |client: &mut Client| {
            client.settings.authorization_details_types.retain(|one| one == "account");
        };
        let name = ("web", None);
        clients::update(&app.app, &Actor::CommandLine, name, Force::No, edit).await.unwrap();
        let fresh = party.refresh(tokens["refresh_token"].as_str().unwrap()).await.json();
        assert_eq!(fresh["authorization_details"], json!([account()]));
    })
    .await;
}
