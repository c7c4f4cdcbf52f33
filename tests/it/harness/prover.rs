//! A client that proves to hold a key (RFC 9449), rightly and wrongly.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use jsonwebtoken::crypto;
use jsonwebtoken::{Algorithm as Alg, EncodingKey};
use keystead::app::App;
use keystead::domain::Algorithm;
use keystead::jose::NewKey;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::http::{self, Answer};
use super::party::Party;

/// A key of a client, made for its proofs.
pub struct Prover {
    /// RFC 7638 thumbprint.
    pub jkt: String,
    /// The public half.
    pub jwk: Value,
    alg: Alg,
    key: EncodingKey,
}

/// The header and the claims of a proof.
pub struct Draft {
    /// The header.
    pub header: Value,
    /// The claims.
    pub claims: Value,
}

impl Prover {
    /// A new ES256 key.
    pub fn new() -> Prover {
        Prover::with(Algorithm::ES256)
    }

    /// A new key for ES256 or for EdDSA.
    pub fn with(algorithm: Algorithm) -> Prover {
        let key = NewKey::generate(algorithm).unwrap();
        let mut jwk = Value::Object(key.public);
        for member in ["alg", "kid", "use"] {
            jwk.as_object_mut().unwrap().remove(member);
        }
        let jkt = key.kid.0;
        let (alg, key) = match algorithm {
            Algorithm::EdDSA => (Alg::EdDSA, EncodingKey::from_ed_der(&key.private)),
            _ => (Alg::ES256, EncodingKey::from_ec_der(&key.private)),
        };
        Prover { jkt, jwk, alg, key }
    }

    /// A proof for a request to this URL, after a change.
    pub fn proof(
        &self,
        app: &App,
        (method, url): (&str, &str),
        change: impl FnOnce(&mut Draft),
    ) -> String {
        let jti = BASE64.encode(app.random.bytes::<12>());
        let mut draft = Draft {
            header: json!({ "typ": "dpop+jwt", "alg": self.alg, "jwk": self.jwk }),
            claims: json!({ "jti": jti, "htm": method, "htu": url, "iat": app.clock.now().0 }),
        };
        change(&mut draft);
        self.sign(&draft)
    }

    /// Signs whatever it is.
    pub fn sign(&self, draft: &Draft) -> String {
        let part = |value: &Value| BASE64.encode(value.to_string());
        let message = format!("{}.{}", part(&draft.header), part(&draft.claims));
        let signature = crypto::sign(message.as_bytes(), &self.key, self.alg).unwrap();
        format!("{message}.{signature}")
    }

    /// A proof for the token endpoint.
    pub fn for_token(&self, party: &Party) -> String {
        let url = party.metadata["token_endpoint"].as_str().unwrap();
        self.proof(&party.app, ("POST", url), |_| {})
    }

    /// A proof for userinfo, with this token.
    pub fn for_userinfo(&self, party: &Party, token: &str) -> String {
        let url = party.metadata["userinfo_endpoint"].as_str().unwrap();
        self.proof(&party.app, ("GET", url), |draft| draft.claims["ath"] = json!(ath(token)))
    }
}

/// The hash of an access token, as a proof names it.
pub fn ath(token: &str) -> String {
    BASE64.encode(Sha256::digest(token))
}

impl Party {
    /// Redeems a code with this proof.
    pub async fn exchange_with(&self, code: &str, proof: &str) -> Answer {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("code_verifier", super::VERIFIER),
        ];
        self.call_with("token_endpoint", &form, &[("dpop", proof)]).await
    }

    /// Reads userinfo with a token in this scheme and with this proof.
    pub async fn userinfo_with(&self, (scheme, token): (&str, &str), proof: &str) -> Answer {
        let path = self.path("userinfo_endpoint");
        let sent = format!("{scheme} {token}");
        http::get_with(&self.app, &path, &[("authorization", &sent), ("dpop", proof)]).await
    }
}
