//! Resource indicators, RFC 8707: where a token is good is said when it is asked for.

use keystead::directory::{Force, clients};
use keystead::domain::{AccessTokenFormat, Actor, Algorithm, Client, GrantType};
use serde_json::{Value, json};

use crate::harness::http::Answer;
use crate::harness::steps::claims_of;
use crate::harness::{Browser, Party, TestApp, VERIFIER, each_database, signer};

const API: &str = "https://api.example.com/";
const FILES: &str = "https://files.example.com/v1";

async fn party(app: &TestApp, format: AccessTokenFormat, change: fn(&mut Client)) -> Party {
    let registered = app
        .client_with("web", |client| {
            client.settings.resources = vec![API.to_owned(), FILES.to_owned()];
            client.settings.access_token = format;
            change(client);
        })
        .await;
    Party::new(&app.app, &registered).await
}

/// What a token says of its audience, by introspection; a JWT says the same itself.
async fn audience(party: &Party, token: &str) -> Value {
    let told = party.call("introspection_endpoint", &[("token", token)]).await.json();
    assert_eq!(told["active"], true, "{told}");
    if token.split('.').count() == 3 {
        assert_eq!(claims_of(token)["aud"], told["aud"]);
    }
    told["aud"].clone()
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

async fn code(party: &Party, more: &[(&str, &str)]) -> String {
    let answer = Browser::new(&party.app).authorize(&party.ask(more), "alice").await;
    answer.param("code").unwrap_or_else(|| panic!("no code: {}", answer.location()))
}

fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_resources_of_a_request_are_the_audience_of_its_tokens() {
    each_database(async |app| {
        app.user("alice").await;
        for format in [AccessTokenFormat::Jwt, AccessTokenFormat::Opaque] {
            let party = party(&app, format, |_| ()).await;
            let both = [("resource", API), ("resource", FILES), ("resource", API)];
            let got = token(&exchange(&party, &code(&party, &both).await, &[]).await);
            assert_eq!(audience(&party, &got).await, json!([API, FILES]));
            let one =
                token(&exchange(&party, &code(&party, &both).await, &[("resource", API)]).await);
            assert_eq!(audience(&party, &one).await, json!(API), "narrowed at the token endpoint");
            let none = token(&exchange(&party, &code(&party, &[]).await, &[]).await);
            assert_eq!(audience(&party, &none).await, json!("web"), "as before");
            let late = code(&party, &[]).await;
            let late = token(&exchange(&party, &late, &[("resource", FILES)]).await);
            assert_eq!(
                audience(&party, &late).await,
                json!(FILES),
                "named at the token endpoint alone"
            );
            assert_eq!(party.userinfo(&late).await.status, 200);
            clients::delete(&app.app, &Actor::CommandLine, "web").await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_not_allowed_is_an_invalid_target() {
    each_database(async |app| {
        app.user("alice").await;
        let party = party(&app, AccessTokenFormat::Opaque, |client| {
            client.settings.grant_types.push(GrantType::ClientCredentials);
        })
        .await;
        let refused = (400, "invalid_target".to_owned());
        for bad in [
            "https://other.example/",
            "https://api.example.com",
            "api",
            "https://api.example.com/#x",
        ] {
            let answer = Browser::new(&app.app).get(&party.ask(&[("resource", bad)])).await;
            assert_eq!(answer.param("error").as_deref(), Some("invalid_target"), "{bad}");
            assert_eq!(party.push(&[("resource", bad)]).await.error(), refused, "{bad}");
            let form = [("grant_type", "client_credentials"), ("resource", bad)];
            assert_eq!(party.call("token_endpoint", &form).await.error(), refused, "{bad}");
        }
        let api = code(&party, &[("resource", API)]).await;
        assert_eq!(exchange(&party, &api, &[("resource", FILES)]).await.error(), refused);
        let again = exchange(&party, &api, &[]).await.error();
        assert_eq!(again, (400, "invalid_grant".to_owned()), "the code is used up");
        let form = [("grant_type", "client_credentials"), ("resource", API), ("resource", FILES)];
        let got = token(&party.call("token_endpoint", &form).await);
        assert_eq!(audience(&party, &got).await, json!([API, FILES]));
        // Every other doubled parameter is refused as before.
        let doubled = [("grant_type", "client_credentials"), ("scope", "a"), ("scope", "a")];
        let answer = party.call("token_endpoint", &doubled).await.error();
        assert_eq!(answer, (400, "invalid_request".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_grant_that_takes_none_says_so() {
    each_database(async |app| {
        let grants = [GrantType::DeviceCode, GrantType::TokenExchange, GrantType::JwtBearer];
        let registered = app
            .client_with("tool", |client| {
                client.settings.resources = vec![API.to_owned()];
                client.settings.grant_types = grants.to_vec();
            })
            .await;
        let party = Party::new(&app.app, &registered).await;
        for grant in grants {
            let form = [("grant_type", grant.as_str()), ("resource", API)];
            let answer = party.call("token_endpoint", &form).await;
            assert_eq!(answer.error(), (400, "invalid_target".to_owned()), "{}", answer.body);
            let form = [("grant_type", grant.as_str()), ("authorization_details", "[]")];
            let error = party.call("token_endpoint", &form).await.error().1;
            assert_eq!(error, "invalid_authorization_details");
        }
    })
    .await;
}

#[tokio::test]
async fn a_refreshed_token_is_narrowed_and_loses_what_the_client_lost() {
    each_database(async |app| {
        app.user("alice").await;
        let party = party(&app, AccessTokenFormat::Jwt, |_| ()).await;
        let scope = ("scope", "openid offline_access");
        let both = [("resource", API), ("resource", FILES), scope];
        let first = exchange(&party, &code(&party, &both).await, &[("resource", API)]).await;
        let refresh = async |token: &str, more: &[(&str, &str)]| {
            let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
            party.call("token_endpoint", &[&form[..], more].concat()).await
        };
        let next = |answer: &Answer| answer.json()["refresh_token"].as_str().unwrap().to_owned();
        let second = refresh(&next(&first), &[("resource", FILES)]).await;
        assert_eq!(audience(&party, &token(&second)).await, json!(FILES), "all that was granted");
        let more = refresh(&next(&second), &[("resource", "https://other.example/")]).await;
        assert_eq!(more.error(), (400, "invalid_target".to_owned()));
        let take = async |left: &[&str]| {
            let left: Vec<String> = left.iter().map(|one| (*one).to_owned()).collect();
            let edit = move |client: &mut Client| client.settings.resources = left;
            let name = ("web", None);
            clients::update(&app.app, &Actor::CommandLine, name, Force::No, edit).await.unwrap();
        };
        take(&[API]).await;
        let third = refresh(&next(&second), &[]).await;
        assert_eq!(audience(&party, &token(&third)).await, json!(API));
        take(&[]).await;
        let gone = refresh(&next(&third), &[]).await;
        assert_eq!(gone.error(), (400, "invalid_target".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn pushed_and_signed_requests_name_resources_too() {
    each_database(async |app| {
        app.user("alice").await;
        let keys = signer::keys(Algorithm::ES256);
        let registered = app
            .client_with("web", |client| {
                client.settings.resources = vec![API.to_owned(), FILES.to_owned()];
                client.settings.jwks = Some(signer::set(&[&keys]));
            })
            .await;
        let party = Party::new(&app.app, &registered).await;
        let both = [("resource", API), ("resource", FILES)];
        let pushed = party.push(&both).await.json();
        let uri = pushed["request_uri"].as_str().unwrap();
        let opened = party.ask(&[("request_uri", uri)]);
        let answer = Browser::new(&app.app).authorize(&opened, "alice").await;
        let got = token(&exchange(&party, &answer.param("code").unwrap(), &[]).await);
        assert_eq!(audience(&party, &got).await, json!([API, FILES]));
        for resource in [json!(API), json!([API, FILES])] {
            let mut claims = json!({ "iss": "web", "aud": "https://id.example.com" });
            let ask = party.ask(&[]);
            let query = ask.split_once('?').unwrap().1;
            for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
                claims[&*name] = json!(value);
            }
            claims["resource"] = resource.clone();
            let object = keys.signer.sign("oauth-authz-req+jwt", &claims).unwrap();
            let answer = Browser::new(&app.app)
                .authorize(&party.ask(&[("request", &object)]), "alice")
                .await;
            let got = token(&exchange(&party, &answer.param("code").unwrap(), &[]).await);
            assert_eq!(audience(&party, &got).await, resource);
        }
    })
    .await;
}
