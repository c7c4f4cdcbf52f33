//! Tokens: signed, encrypted, and what they say once their signature is known to be good.

use std::sync::LazyLock;

use keystead::domain::{Algorithm, ContentEncryption, DAY, HOUR, KeyManagement, TrustedIssuer};
use keystead::jose::{
    ClientKeys, EncryptionKey, Inside, NewKey, Opener, Proof, Signer, Verifier, encrypt,
    verify_with_secret,
};
use keystead::protocol::assertion::{self, Audience, Claimed};
use keystead::protocol::dpop::{self, Call};
use keystead::protocol::end_session::Hint;
use keystead::protocol::jwt_grant;
use serde_json::{Map, Value, json};

use super::{ISSUER, NOW, client};

/// The input itself, and a good token of which it replaces one part.
fn forged(good: &str, input: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(input).map(str::to_owned);
    let replaced = input.split_first().and_then(|(first, rest)| {
        let mut parts: Vec<&str> = good.split('.').collect();
        let n = usize::from(*first) % parts.len();
        parts[n] = std::str::from_utf8(rest).ok()?;
        Some(parts.join("."))
    });
    text.into_iter().chain(replaced).collect()
}

struct Signing {
    good: String,
    keys: ClientKeys,
    verifier: Verifier,
}

static SIGNING: LazyLock<[Signing; 2]> = LazyLock::new(|| {
    [Algorithm::ES256, Algorithm::EdDSA].map(|alg| {
        let key = NewKey::generate(alg).expect("a key can be made");
        let public = Value::Object(key.public);
        let signer = Signer::parse(key.kid, alg, &key.private).expect("our own key");
        let claims = json!({ "iss": ISSUER, "aud": "web", "sub": "alice", "sid": "s" });
        let set = Map::from_iter([("keys".to_owned(), json!([public]))]);
        Signing {
            good: signer.sign("JWT", &claims).expect("a token can be signed"),
            keys: ClientKeys::read(&set).expect("our own set"),
            verifier: Verifier::new(&[public]),
        }
    })
});

/// Nothing but the token that was signed is taken for it, by any of those who check.
pub fn signed(input: &[u8]) {
    for Signing { good, keys, verifier } in &*SIGNING {
        assert!(keys.verify(good).is_ok() && verifier.verify(good, "JWT").is_ok());
        for token in forged(good, input).iter().filter(|token| *token != good) {
            assert!(keys.verify(token).is_err(), "{token}");
            assert!(verifier.verify(token, "JWT").is_err(), "{token}");
            assert!(verify_with_secret(token, b"a secret that nobody knows").is_err(), "{token}");
            if let Some(claims) = verifier.unvouched(token, "JWT")
                && let Some(hint) = Hint::read_unvouched(&claims, ISSUER)
            {
                assert!(hint.sid.is_none(), "nothing vouches for it");
            }
            Claimed::read(token);
        }
    }
}

static SEALED: LazyLock<(Opener, Vec<String>)> = LazyLock::new(|| {
    let key = NewKey::generate(Algorithm::ES256).expect("a key can be made");
    let mut public = Value::Object(key.public);
    (public["use"], public["alg"]) = (json!("enc"), Value::Null);
    let theirs = EncryptionKey::read(&public).expect("our own key");
    let ways = [
        (KeyManagement::EcdhEs, ContentEncryption::A256Gcm),
        (KeyManagement::EcdhEs, ContentEncryption::A128CbcHs256),
        (KeyManagement::EcdhEsA128kw, ContentEncryption::A256Gcm),
    ];
    let seal = |how| encrypt(&theirs, how, (Inside::Claims, b"{}")).expect("it can be encrypted");
    (Opener::parse(&key.private).expect("our own key"), ways.map(seal).to_vec())
});

/// Nothing opens but what was encrypted to the key, as it was.
pub fn encrypted(input: &[u8]) {
    let (opener, all) = &*SEALED;
    for good in all {
        assert_eq!(opener.open(good).map(|opened| opened.plain), Ok(b"{}".to_vec()));
        for token in forged(good, input).iter().filter(|token| *token != good) {
            assert!(opener.open(token).is_err(), "{token}");
        }
    }
}

/// A proof names the key that signed it, and holds for a minute.
pub fn dpop_proof(input: &[u8]) {
    let Ok(token) = std::str::from_utf8(input) else { return };
    let Ok(proof) = Proof::read(token) else { return };
    assert!(dpop::is_thumbprint(&proof.jkt));
    assert_eq!(token.split('.').count(), 3);
    let urls = [format!("{ISSUER}/oauth2/token")];
    let call = Call { method: "POST", urls: &urls, ath: None, nonces: None };
    if let Ok(checked) = dpop::check(&proof.claims, &call, NOW) {
        assert!(!checked.jti.is_empty() && proof.claims["htm"] == "POST");
        assert!(checked.ends_at >= NOW && checked.ends_at <= NOW + 5 * 60);
    }
}

/// Claims whose signature is good: an assertion holds for an hour, whoever made it.
pub fn claims(input: &[u8]) {
    let Ok(claims) = serde_json::from_slice::<Map<String, Value>>(input) else { return };
    let (issuers, endpoints) = ([ISSUER.to_owned()], [format!("{ISSUER}/oauth2/token")]);
    let audience = Audience { issuers: &issuers, endpoints: &endpoints };
    let soon = |at| at >= NOW && at <= NOW + HOUR + 2 * 60;
    if let Ok(taken) = assertion::check(&client(), &claims, &audience, NOW) {
        assert!(soon(taken.ends_at) && claims["sub"] == "web" && claims["iss"] == "web");
    }
    let trusted: TrustedIssuer = serde_json::from_value(json!({ "issuer": "https://i.example" }))
        .expect("an issuer has a name");
    if let Ok(vouched) = jwt_grant::check(&trusted, &claims, &issuers, NOW) {
        assert!(soon(vouched.ends_at) && !vouched.name.is_empty());
        assert!(vouched.auth_time.is_none_or(|at| at <= NOW));
    }
    for call in [None, Some(["n".to_owned()])] {
        let nonces = call.as_ref().map(|nonces| nonces.as_slice());
        let call = Call { method: "POST", urls: &endpoints, ath: None, nonces };
        if let Ok(checked) = dpop::check(&claims, &call, NOW) {
            assert!(checked.ends_at >= NOW && checked.ends_at <= NOW + DAY);
        }
    }
}
