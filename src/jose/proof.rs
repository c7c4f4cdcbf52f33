//! Proofs of possession, RFC 9449 4.2: a JWT that carries the public key it is signed with.

use jsonwebtoken::Algorithm;
use serde_json::{Map, Value};

use super::client_keys::public_key;
use super::jws::Compact;
use super::key::thumbprint;

/// `typ` of RFC 9449 4.2.
const TYP: &str = "dpop+jwt";
/// What a proof may be signed with. FAPI 2.0 5.4.1 leaves RS256 out.
const ALGS: [Algorithm; 4] =
    [Algorithm::ES256, Algorithm::ES384, Algorithm::PS256, Algorithm::EdDSA];
/// Characters of a proof, at most.
const LONGEST: usize = 8 * 1024;
/// Members of a JWK that only its owner may have.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A proof whose signature was checked.
#[derive(Debug, Clone)]
pub struct Proof {
    /// The RFC 7638 thumbprint of its key.
    pub jkt: String,
    /// What it says.
    pub claims: Map<String, Value>,
}

/// Why a text proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadProof {
    /// It is no signed token.
    #[error("it is not a signed JWT")]
    Malformed,
    /// It is another kind of token.
    #[error("its typ is not dpop+jwt")]
    Typ,
    /// Nobody may sign proofs with this.
    #[error("its alg is not ES256, ES384, PS256, EdDSA or Ed25519")]
    Algorithm,
    /// It carries no key, or not the public half alone.
    #[error("its jwk is missing, private, too short, or of another kind than its alg")]
    Key,
    /// The signature is not that of the key.
    #[error("its signature is wrong")]
    Forged,
}

impl Proof {
    /// Reads a proof and checks its signature with its own key: whose key that is, and whether the
    /// claims are true, are the caller's questions.
    ///
    /// # Errors
    /// Why it proves nothing.
    pub fn read(token: &str) -> Result<Proof, BadProof> {
        if token.len() > LONGEST {
            return Err(BadProof::Malformed);
        }
        let sent = Compact::read(token).ok_or(BadProof::Malformed)?;
        if !sent.text("typ").is_some_and(|typ| typ.eq_ignore_ascii_case(TYP)) {
            return Err(BadProof::Typ);
        }
        let alg = sent.alg().filter(|alg| ALGS.contains(alg)).ok_or(BadProof::Algorithm)?;
        let jwk = sent.header.get("jwk").and_then(Value::as_object).ok_or(BadProof::Key)?;
        if PRIVATE.iter().any(|member| jwk.contains_key(*member)) {
            return Err(BadProof::Key);
        }
        let (algs, key) = public_key(jwk).ok_or(BadProof::Key)?;
        if !algs.contains(&alg) {
            return Err(BadProof::Key);
        }
        let claims = sent.claims(alg, &key).ok_or(BadProof::Forged)?;
        Ok(Proof { jkt: thumbprint_of(jwk), claims })
    }
}

/// RFC 7638 3.2: over the members that make the key, whatever else stands in the JWK.
fn thumbprint_of(jwk: &Map<String, Value>) -> String {
    let mut plain = jwk.clone();
    let members: &[&str] = match jwk.get("kty").and_then(Value::as_str) {
        Some("RSA") => &["kty", "n", "e"],
        Some("OKP") => &["kty", "crv", "x"],
        _ => &["kty", "crv", "x", "y"],
    };
    plain.retain(|name, _| members.contains(&name.as_str()));
    thumbprint(&plain).0
}
