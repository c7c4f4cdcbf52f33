//! DPoP, RFC 9449: what a proof must say to count for a request.

use serde_json::{Map, Value};
use url::Url;

use super::{ErrorCode, OAuthError};
use crate::domain::{Cause, MINUTE, Timestamp};

/// What proofs may be signed with, as metadata names it: what `jose::Proof` takes.
pub const ALGS: [&str; 5] = ["ES256", "ES384", "PS256", "EdDSA", "Ed25519"];
/// Seconds by which a client's clock may run ahead of ours.
const AHEAD: i64 = 30;
/// Seconds from making a proof to using it.
const AGE: i64 = MINUTE;
/// Seconds after which a nonce of ours is not given any more; it is taken twice as long.
pub const NONCE_PERIOD: i64 = 5 * MINUTE;
/// Characters of a `jti`.
const JTI_MOST: usize = 1000;

/// The request that a proof came with.
pub struct Call<'a> {
    /// `htm`.
    pub method: &'a str,
    /// `htu`: the URLs of the endpoint, of which the one for these paths comes first.
    pub urls: &'a [String],
    /// `ath`: the access token's hash, where one came along.
    pub ath: Option<String>,
    /// The nonces of ours that count now, where one is demanded.
    pub nonces: Option<&'a [String]>,
}

/// A proof that counts, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Makes it one of a kind, for its key.
    pub jti: String,
    /// When it would be refused anyway.
    pub ends_at: Timestamp,
}

/// Checks the claims of a proof whose signature is right (RFC 9449 4.3).
///
/// # Errors
/// `invalid_dpop_proof`, or `use_dpop_nonce`.
pub fn check(
    claims: &Map<String, Value>,
    call: &Call<'_>,
    now: Timestamp,
) -> Result<Checked, OAuthError> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let jti = text("jti").filter(|jti| !jti.is_empty() && jti.len() <= JTI_MOST);
    let jti = jti.ok_or_else(|| refuse("the proof has no jti"))?;
    if text("htm") != Some(call.method) {
        let sent = text("htm").unwrap_or("nothing");
        return Err(
            refuse("htm is not the method of the request").compared("htm", (sent, call.method))
        );
    }
    let sent = text("htu").unwrap_or("nothing");
    if !call.urls.iter().any(|url| same_place(sent, url)) {
        let first = call.urls.first().map_or("", String::as_str);
        return Err(refuse("htu is not the URL of the request").compared("htu", (sent, first)));
    }
    if let Some(ath) = &call.ath
        && text("ath") != Some(ath)
    {
        return Err(refuse("ath is not the hash of the access token"));
    }
    let ends_at = check_times(claims, call.nonces.is_some(), now)?;
    if let Some(nonces) = call.nonces
        && !text("nonce").is_some_and(|sent| nonces.iter().any(|nonce| nonce == sent))
    {
        let text = "a proof with the nonce of the DPoP-Nonce header is required";
        return Err(OAuthError::new(ErrorCode::UseDpopNonce, Cause::DpopNonce, text));
    }
    Ok(Checked { jti: jti.to_owned(), ends_at })
}

/// Checks when it was made. Where a nonce says so, the client's clock does not count.
fn check_times(
    claims: &Map<String, Value>,
    by_nonce: bool,
    now: Timestamp,
) -> Result<Timestamp, OAuthError> {
    let time = |name: &str| {
        let value = claims.get(name)?;
        value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64)).map(Timestamp)
    };
    let Some(iat) = time("iat").filter(|iat| (0..=253_402_300_799).contains(&iat.0)) else {
        return Err(refuse("the proof has no iat"));
    };
    let untimely = |name: &'static str, at: Timestamp| {
        let text = "the proof is too old, or comes from the future";
        OAuthError::new(ErrorCode::InvalidDpopProof, Cause::DpopProofTime, text)
            .compared(name, (&at.rfc3339(), &format!("{} here", now.rfc3339())))
    };
    if let Some(exp) = time("exp").filter(|exp| *exp <= now - AHEAD) {
        return Err(untimely("exp", exp));
    }
    if let Some(nbf) = time("nbf").filter(|nbf| *nbf > now + AHEAD) {
        return Err(untimely("nbf", nbf));
    }
    if by_nonce {
        return Ok(now + 2 * NONCE_PERIOD);
    }
    if iat < now - AGE - AHEAD || iat > now + AHEAD {
        return Err(untimely("iat", iat));
    }
    Ok(iat + AGE + AHEAD + 1)
}

/// Whether two URLs name one place: without query and fragment, after the normalisation of RFC 3986
/// 6.2.2 and 6.2.3.
fn same_place(sent: &str, ours: &str) -> bool {
    let place = |text: &str| {
        let url = Url::parse(text).ok()?;
        let host = url.host_str()?.to_owned();
        Some((url.scheme().to_owned(), host, url.port_or_known_default(), url.path().to_owned()))
    };
    place(sent).is_some_and(|sent| Some(sent) == place(ours))
}

/// A text that may be the thumbprint of a key: SHA-256 in base64url (RFC 9449 10).
pub fn is_thumbprint(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.len() == 43 && text.bytes().all(known)
}

/// `invalid_dpop_proof` with these words.
pub fn refuse(text: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidDpopProof, Cause::DpopProofInvalid, text)
}

const NEEDED: &str = "a DPoP proof is required";

/// A proof is needed and none came: the request lacks what it must have (RFC 6749 5.2). That a proof
/// is not valid is said only of one that came (RFC 9449 5).
pub fn missing() -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, Cause::DpopProofMissing, NEEDED)
}

/// The same at a protected resource, where the answer is a challenge (RFC 9449 7.1).
pub fn missing_at_resource() -> OAuthError {
    OAuthError::new(ErrorCode::InvalidDpopProof, Cause::DpopProofMissing, NEEDED)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::{Call, check, is_thumbprint, same_place};
    use crate::domain::{Cause, Timestamp};

    const NOW: Timestamp = Timestamp(1_800_000_000);

    fn claims(change: impl FnOnce(&mut Value)) -> Map<String, Value> {
        let mut claims = json!({
            "jti": "a", "htm": "POST", "htu": "https://id.example.com/oauth2/token", "iat": NOW.0,
        });
        change(&mut claims);
        claims.as_object().unwrap().clone()
    }

    fn cause(claims: &Map<String, Value>) -> Option<Cause> {
        let urls = ["https://id.example.com/oauth2/token".to_owned()];
        let call = Call { method: "POST", urls: &urls, ath: None, nonces: None };
        check(claims, &call, NOW).err().map(|error| error.cause)
    }

    #[test]
    fn a_url_is_compared_as_a_place() {
        let ours = "https://id.example.com/oauth2/token";
        for same in [
            ours,
            "https://id.example.com:443/oauth2/token?x=1#y",
            "HTTPS://ID.EXAMPLE.COM/oauth2/token",
        ] {
            assert!(same_place(same, ours), "{same}");
        }
        for other in [
            "http://id.example.com/oauth2/token",
            "https://id.example.com/oauth2/token/",
            "https://id.example.com:444/oauth2/token",
            "https://id.example.com/OAUTH2/token",
            "/oauth2/token",
            "",
        ] {
            assert!(!same_place(other, ours), "{other}");
        }
    }

    #[test]
    fn clocks_may_differ_by_seconds_and_no_more() {
        for (seconds, refused) in [(-10, None), (10, None), (-89, None), (29, None)]
            .into_iter()
            .chain([-3600, -92, 32, 3600].map(|s| (s, Some(Cause::DpopProofTime))))
        {
            assert_eq!(cause(&claims(|c| c["iat"] = json!(NOW.0 + seconds))), refused, "{seconds}");
        }
        assert_eq!(cause(&claims(|c| c["exp"] = json!(NOW.0 + 60))), None);
        assert_eq!(cause(&claims(|c| c["exp"] = json!(NOW.0 - 60))), Some(Cause::DpopProofTime));
        assert_eq!(cause(&claims(|c| c["nbf"] = json!(NOW.0 + 60))), Some(Cause::DpopProofTime));
    }

    #[test]
    fn a_nonce_stands_in_for_the_clock() {
        let urls = ["https://id.example.com/oauth2/token".to_owned()];
        let nonces = ["now".to_owned(), "before".to_owned()];
        let call = Call { method: "POST", urls: &urls, ath: None, nonces: Some(&nonces) };
        let late = |nonce: &str| {
            let claims = claims(|c| {
                c["iat"] = json!(NOW.0 - 3600);
                c["nonce"] = json!(nonce);
            });
            check(&claims, &call, NOW).err().map(|error| error.cause)
        };
        assert_eq!((late("now"), late("before")), (None, None));
        assert_eq!(late("older"), Some(Cause::DpopNonce));
    }

    #[test]
    fn each_claim_must_be_there() {
        for name in ["jti", "htm", "htu", "iat"] {
            let without = claims(|c| {
                c.as_object_mut().unwrap().remove(name);
            });
            assert_eq!(cause(&without), Some(Cause::DpopProofInvalid), "{name}");
        }
    }

    #[test]
    fn a_thumbprint_has_43_characters() {
        assert!(is_thumbprint("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
        assert!(!is_thumbprint("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9X"));
        assert!(!is_thumbprint("NzbLsXh8uDCcd+6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
    }

    proptest! {
        #[test]
        fn no_claims_break_it(htu in ".*", jti in ".*", iat in any::<f64>(), exp in any::<i64>()) {
            let claims = claims(|c| {
                c["htu"] = json!(htu);
                c["jti"] = json!(jti);
                c["iat"] = json!(iat);
                c["exp"] = json!(exp);
            });
            cause(&claims);
        }
    }
}
