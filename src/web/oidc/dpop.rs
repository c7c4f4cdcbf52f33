//! Proofs of possession in requests, RFC 9449: read from the header, checked, used once.

use axum::http::{HeaderMap, HeaderName};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::domain::{Cause, Client, Confirmation, Dpop, Once};
use crate::jose::Proof;
use crate::layouts;
use crate::protocol::discovery::Endpoints;
use crate::protocol::dpop::{self, Call, Checked, NONCE_PERIOD};
use crate::protocol::{ErrorCode, OAuthError};
use crate::seal::Purpose;
use crate::store::spent;
use crate::web::error::Failure;

/// The header that carries a proof.
pub const HEADER: HeaderName = HeaderName::from_static("dpop");
/// The header that hands out a nonce.
pub const NONCE_HEADER: HeaderName = HeaderName::from_static("dpop-nonce");
/// The detail of a refusal that becomes that header.
pub const NONCE_DETAIL: &str = "dpop_nonce";

/// Where a proof came to.
pub struct Place<'a> {
    /// The method of the request.
    pub method: &'a str,
    /// Which of our URLs it is.
    pub endpoint: fn(Endpoints) -> String,
    /// The access token that came along.
    pub access_token: Option<&'a str>,
}

/// The key that a request proves to hold; `None` where it proves nothing and need not.
///
/// # Errors
/// `invalid_dpop_proof` for a proof that does not count; what `missing` says where the client must
/// send one and did not; `use_dpop_nonce`.
pub async fn prove(
    app: &App,
    client: &Client,
    headers: &HeaderMap,
    place: &Place<'_>,
) -> Result<Option<Confirmation>, Failure> {
    let mut sent = headers.get_all(HEADER).iter();
    let (first, second) = (sent.next(), sent.next());
    let policy = client.settings.dpop;
    let Some(first) = first else {
        return match (policy, place.access_token) {
            (Dpop::Optional, _) => Ok(None),
            (_, None) => Err(dpop::missing().into()),
            (_, Some(_)) => Err(dpop::missing_at_resource().into()),
        };
    };
    if second.is_some() {
        return Err(dpop::refuse("there is more than one DPoP header").into());
    }
    let token = first.to_str().unwrap_or_default();
    let proof = Proof::read(token)
        .map_err(|bad| dpop::refuse("the DPoP header is no proof").with("why", bad.to_string()))?;
    let nonces = (policy == Dpop::Nonce).then(|| nonces(app));
    let call = Call {
        method: place.method,
        urls: &urls(app, client, place.endpoint),
        ath: place.access_token.map(|token| BASE64.encode(Sha256::digest(token))),
        nonces: nonces.as_deref(),
    };
    let checked = dpop::check(&proof.claims, &call, app.clock.now()).map_err(|error| {
        match (error.code, nonces.as_deref()) {
            (ErrorCode::UseDpopNonce, Some([now, ..])) => error.with(NONCE_DETAIL, now),
            _ => error,
        }
    })?;
    spend(app, &proof, checked).await?;
    Ok(Some(Confirmation::Key(proof.jkt)))
}

/// The endpoint's URL in each layout: some paths serve several.
fn urls(app: &App, client: &Client, endpoint: fn(Endpoints) -> String) -> Vec<String> {
    let url = app.config.public_url.as_str();
    let all = layouts::TABLES.iter();
    all.map(|paths| endpoint(layouts::endpoints(url, paths.layout, Some(client)))).collect()
}

/// The nonces that count now, the newest first: the same on all nodes, and stored nowhere.
fn nonces(app: &App) -> Vec<String> {
    let period = app.clock.now().0.div_euclid(NONCE_PERIOD);
    let nonce = |period: i64| {
        let code = app.sealer.mac(Purpose::DpopNonce, &period.to_be_bytes());
        BASE64.encode(&code[..16])
    };
    vec![nonce(period), nonce(period - 1)]
}

/// Of any number of requests with one proof, on any number of nodes, one is served (RFC 9449 11.1).
async fn spend(app: &App, proof: &Proof, checked: Checked) -> Result<(), Failure> {
    let name = format!("{} {}", proof.jkt, checked.jti);
    let id = BASE64.encode(Sha256::digest(name));
    let mut tx = app.db.write().await?;
    let first = spent::spend(&mut tx, (Once::DpopProof, &id), checked.ends_at).await?;
    tx.commit().await?;
    match first {
        true => Ok(()),
        false => Err(replayed().into()),
    }
}

fn replayed() -> OAuthError {
    let text = "the proof was used before";
    OAuthError::new(ErrorCode::InvalidDpopProof, Cause::DpopProofReplayed, text)
}
