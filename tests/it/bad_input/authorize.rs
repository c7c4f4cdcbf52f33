//! The authorization endpoint.

use keystead::domain::{Client, Pkce, Timestamp};

use super::{page, shown};
use crate::harness::http::{self, Answer};
use crate::harness::{Party, TestApp, each_database};

async fn party(app: &TestApp, id: &str, change: impl FnOnce(&mut Client)) -> Party {
    Party::new(&app.app, &app.client_with(id, change).await).await
}

/// The error and its description at the client's callback, where state and issuer came along.
#[track_caller]
fn told(answer: &Answer) -> (String, String) {
    let to = answer.location();
    assert!(to.starts_with("https://web.example.com/callback"), "{}: {to}", answer.status);
    let param = |name| answer.param(name).or_else(|| answer.fragment(name));
    assert_eq!(param("state").as_deref(), Some("s-1"));
    assert_eq!(param("iss").as_deref(), Some("https://id.example.com"));
    assert_eq!(param("code"), None);
    let param = |name| param(name).unwrap_or_default();
    (param("error"), param("error_description"))
}

/// The same request as a form.
async fn by_post(app: &TestApp, ask: &str) -> Answer {
    let (path, query) = ask.split_once('?').unwrap();
    let form: Vec<(String, String)> =
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    http::post(&app.app, path, &form).await
}

#[tokio::test]
async fn whoever_is_not_vouched_for_gets_a_page_with_a_reference_and_no_redirect() {
    each_database(async |app| {
        let party = party(&app, "web", |_| ()).await;
        app.client_with("closed", |client| client.disabled_at = Some(Timestamp(1))).await;
        let own = "https://web.example.com/callback";
        for (client, uri, code) in [
            ("", own, "unknown_client"),
            ("nobody", own, "unknown_client"),
            ("WEB", own, "unknown_client"),
            ("closed", "https://closed.example.com/callback", "client_disabled"),
            ("web", "", "redirect_uri_missing"),
            ("web", "https://web.example.com/callback/", "redirect_uri_mismatch"),
            ("web", "https://web.example.com/Callback", "redirect_uri_mismatch"),
            ("web", "http://web.example.com/callback", "redirect_uri_mismatch"),
            ("web", "https://web.example.com:443/callback", "redirect_uri_mismatch"),
            ("web", "https://web.example.com/callback#", "redirect_uri_mismatch"),
            ("web", "https://web.example.com@evil.example/callback", "redirect_uri_mismatch"),
            ("web", "https://evil.example/", "redirect_uri_mismatch"),
            ("web", "javascript:alert(1)", "redirect_uri_mismatch"),
            ("web", "/callback", "redirect_uri_mismatch"),
        ] {
            let ask = party.ask(&[("client_id", client), ("redirect_uri", uri)]);
            for answer in [http::get(&app.app, &ask).await, by_post(&app, &ask).await] {
                assert_eq!(page(&answer), shown(400, code), "{client} {uri}");
                assert_eq!(answer.text("error-ref").len(), 9, "{}", answer.body);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_doubled_parameter_is_refused_wherever_it_stands() {
    each_database(async |app| {
        let party = party(&app, "web", |_| ()).await;
        for doubled in ["client_id=web", "redirect_uri=x", "state=2", "scope=openid", "prompt="] {
            let ask = format!("{}&prompt=login&{doubled}", party.ask(&[]));
            for answer in [http::get(&app.app, &ask).await, by_post(&app, &ask).await] {
                assert_eq!(page(&answer), shown(400, "malformed_request"), "{doubled}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_told_to_its_client() {
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let (invalid, kind) = ("invalid_request", "unsupported_response_type");
    let (age, mode) = ("max_age must be a number of seconds", "unknown response_mode");
    let claims = "claims must be a JSON object with id_token and userinfo";
    let (s256, length) =
        ("code_challenge_method must be S256", "code_challenge must be 43 characters of base64url");
    let hint = "id_token_hint is not an ID token issued to this client";
    let hex = "13d31e961a1ad8ec2f16b10c4c982e0876a878ad6df144566ee1894acb70f9c3";
    let padded = format!("{challenge}=");
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str);
    let cases: &[Case<'_>] = &[
        (&[("response_type", "")], invalid, "response_type is required"),
        (&[("response_type", "token")], kind, "this response_type is not served"),
        (&[("response_type", "code id_token")], kind, "this response_type is not served"),
        (&[("response_type", "none")], kind, "this response_type is not served"),
        (&[("response_mode", "web_message")], invalid, mode),
        (&[("response_mode", "Query")], invalid, mode),
        (&[("prompt", "none login")], invalid, "prompt=none must stand alone"),
        (&[("max_age", "soon")], invalid, age),
        (&[("max_age", "-1")], invalid, age),
        (&[("max_age", "1.5")], invalid, age),
        (&[("max_age", "99999999999999999999")], invalid, age),
        (&[("claims", "{")], invalid, claims),
        (&[("claims", "[]")], invalid, claims),
        (&[("claims", "\"sub\"")], invalid, claims),
        (&[("claims", "{\"userinfo\":[\"email\"]}")], invalid, claims),
        (&[("nonce", "a\0b")], invalid, "nonce must not contain NUL"),
        (&[("id_token_hint", "not.a.token")], invalid, hint),
        (
            &[("code_challenge", ""), ("code_challenge_method", "")],
            invalid,
            "code_challenge is required",
        ),
        (&[("code_challenge", "")], invalid, "code_challenge_method without code_challenge"),
        (&[("code_challenge_method", "plain")], invalid, s256),
        (&[("code_challenge_method", "")], invalid, s256),
        (&[("code_challenge_method", "s256")], invalid, s256),
        (&[("code_challenge", &challenge[1..])], invalid, length),
        (&[("code_challenge", &padded)], invalid, length),
        (&[("code_challenge", hex)], invalid, length),
    ];
    each_database(async |app| {
        let party = party(&app, "web", |_| ()).await;
        for (sent, error, description) in cases {
            let ask = party.ask(sent);
            for answer in [http::get(&app.app, &ask).await, by_post(&app, &ask).await] {
                let expected = (error.to_string(), description.to_string());
                assert_eq!(told(&answer), expected, "{sent:?}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_public_client_needs_pkce_whatever_its_settings_say() {
    each_database(async |app| {
        let change = |client: &mut Client| {
            client.public = true;
            client.settings.pkce = Pkce::Optional;
        };
        let party = party(&app, "web", change).await;
        let bare = party.ask(&[("code_challenge", ""), ("code_challenge_method", "")]);
        let (error, description) = told(&http::get(&app.app, &bare).await);
        assert_eq!(
            (error.as_str(), description.as_str()),
            ("invalid_request", "code_challenge is required")
        );
    })
    .await;
}

#[tokio::test]
async fn an_error_travels_by_form_post_where_the_client_asked_for_it() {
    each_database(async |app| {
        let party = party(&app, "web", |_| ()).await;
        let ask = party.ask(&[("response_mode", "form_post"), ("max_age", "x")]);
        let answer = http::get(&app.app, &ask).await;
        assert_eq!(
            (answer.status, answer.action().as_str()),
            (200, "https://web.example.com/callback")
        );
        let fields = answer.inputs();
        assert!(fields.contains(&("error".into(), "invalid_request".into())), "{fields:?}");
        assert!(fields.contains(&("state".into(), "s-1".into())), "{fields:?}");
    })
    .await;
}

#[tokio::test]
async fn a_request_in_progress_can_be_neither_forged_nor_changed_nor_kept_for_long() {
    each_database(async |app| {
        let party = party(&app, "web", |_| ()).await;
        let login = http::get(&app.app, &party.ask(&[])).await;
        let sealed = login.param("resume").unwrap();
        let changed = format!("{}AAAA{}", &sealed[..40], &sealed[44..]);
        for resume in ["", "x", "%00", &changed, &sealed[..sealed.len() - 4]] {
            for path in ["/oauth2/authorize", "/login", "/consent"] {
                let answer = http::get(&app.app, &format!("{path}?resume={resume}")).await;
                match (path, resume) {
                    ("/login", "") => assert_eq!(answer.status, 200),
                    _ => {
                        assert_eq!(page(&answer), shown(400, "request_expired"), "{path} {resume}")
                    }
                }
            }
        }
        app.wait(3601);
        let answer = http::get(&app.app, &format!("/oauth2/authorize?resume={sealed}")).await;
        assert_eq!(page(&answer), shown(400, "request_expired"));
    })
    .await;
}
