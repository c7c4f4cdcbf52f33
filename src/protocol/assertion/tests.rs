//! What an assertion must say, claim by claim.

use serde_json::{Map, Value, json};
use sqlx::types::Json;

use super::{Audience, Claimed, check};
use crate::domain::{
    AssertionAudience, AuthMethod, Cause, Client, ClientId, ClientSettings, Timestamp,
};

const NOW: Timestamp = Timestamp(1_790_000_000);

fn client(assertion_audience: AssertionAudience) -> Client {
    Client {
        id: ClientId("web".into()),
        slug: "web".into(),
        name: "Web".into(),
        public: false,
        trusted: false,
        disabled_at: None,
        secret_hash: None,
        secret_sealed: None,
        settings: Json(ClientSettings { assertion_audience, ..ClientSettings::default() }),
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
    }
}

fn told(policy: AssertionAudience, change: impl FnOnce(&mut Map<String, Value>)) -> Option<Cause> {
    let mut claims = json!({
        "iss": "web", "sub": "web", "aud": "https://id.example", "jti": "a",
        "iat": NOW.0, "exp": NOW.0 + 300,
    });
    let claims = claims.as_object_mut().unwrap();
    change(claims);
    let endpoints = ["https://id.example/oauth2/token".to_owned()];
    let issuers = ["https://id.example".to_owned()];
    let audience = Audience { issuers: &issuers, endpoints: &endpoints };
    check(&client(policy), claims, &audience, NOW).err().map(|error| error.cause)
}

#[test]
fn what_says_all_it_should_is_taken() {
    assert_eq!(told(AssertionAudience::Issuer, |_| ()), None);
    assert_eq!(told(AssertionAudience::Endpoints, |_| ()), None);
}

#[test]
fn the_audience_is_what_the_client_is_set_to() {
    use AssertionAudience::{Endpoints, Issuer};
    let wrong = Some(Cause::ClientAssertionAudience);
    for (aud, endpoints, issuer) in [
        (json!("https://id.example"), None, None),
        (json!("https://id.example/oauth2/token"), None, wrong),
        (json!(["https://id.example", "https://other.example"]), None, wrong),
        (json!(["https://id.example"]), None, wrong),
        (json!("https://id.example/"), wrong, wrong),
        (json!("https://other.example"), wrong, wrong),
        (json!([]), wrong, wrong),
        (Value::Null, wrong, wrong),
    ] {
        let set = |claims: &mut Map<String, Value>| claims["aud"] = aud.clone();
        assert_eq!(told(Endpoints, set), endpoints, "{aud}");
        assert_eq!(told(Issuer, set), issuer, "{aud}");
    }
}

#[test]
fn clocks_may_differ_by_half_a_minute() {
    let time = Some(Cause::ClientAssertionTime);
    for (name, seconds, expected) in [
        ("exp", -20, None),
        ("exp", -31, time),
        ("exp", -300, time),
        ("exp", 3600, None),
        ("exp", 4000, time),
        ("nbf", 8, None),
        ("nbf", 61, time),
        ("iat", 10, None),
        ("iat", 61, time),
        ("iat", -3000, None),
    ] {
        let set = |claims: &mut Map<String, Value>| {
            claims.insert(name.into(), json!(NOW.0 + seconds));
        };
        assert_eq!(told(AssertionAudience::Issuer, set), expected, "{name} {seconds}");
    }
}

#[test]
fn what_is_missing_or_names_somebody_else_is_refused() {
    let claims = Some(Cause::ClientAssertionClaims);
    for name in ["iss", "sub", "exp"] {
        let without = |claims: &mut Map<String, Value>| drop(claims.remove(name));
        assert_eq!(told(AssertionAudience::Issuer, without), claims, "{name}");
        let other = |claims: &mut Map<String, Value>| claims[name] = json!("other");
        assert_eq!(told(AssertionAudience::Issuer, other), claims, "{name}");
    }
    let without = |claims: &mut Map<String, Value>| drop(claims.remove("jti"));
    assert_eq!(told(AssertionAudience::Issuer, without), None);
}

#[test]
fn who_is_claimed_is_read_before_anything_is_checked() {
    // {"alg":"ES256"}.{"sub":"web"} and {"alg":"HS256"}.{"sub":"web"}
    let claimed = |method| Some(Claimed { client_id: "web".into(), method });
    let read = Claimed::read("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ3ZWIifQ.x");
    assert_eq!(read, claimed(AuthMethod::PrivateKeyJwt));
    let read = Claimed::read("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ3ZWIifQ.x");
    assert_eq!(read, claimed(AuthMethod::ClientSecretJwt));
    for wrong in ["", "a.b.c", "..", "eyJhbGciOiJFUzI1NiJ9.e30.x"] {
        assert_eq!(Claimed::read(wrong), None, "{wrong}");
    }
}
