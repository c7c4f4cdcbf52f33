//! Client assertions, RFC 7523 3: checked against the client's keys or its secret, and used once.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::domain::{AuthMethod, Cause, Client, Layout, Once};
use crate::jose::{Signed, verify_with_secret};
use crate::layouts;
use crate::protocol::assertion::{self, Assertion, Audience};
use crate::protocol::{ErrorCode, OAuthError};
use crate::seal::Purpose;
use crate::store::spent;
use crate::web::error::Failure;

/// Takes an assertion: it is the client's, it is meant for us, and it comes for the first time.
///
/// # Errors
/// `invalid_client`.
pub async fn take(
    app: &App,
    (client, layout): (&Client, Layout),
    (token, method): (&str, AuthMethod),
) -> Result<(), Failure> {
    let signed = verify(app, client, (token, method)).await?;
    let url = app.config.public_url.as_str();
    let endpoints = layouts::endpoints(url, layout, Some(client));
    // One push endpoint serves the paths of all layouts.
    let all = layouts::TABLES.map(|paths| layouts::issuer(url, paths.layout, client));
    let issuers = [&[endpoints.issuer], &all[..]].concat();
    let audience = Audience {
        issuers: &issuers,
        endpoints: &[
            endpoints.token,
            endpoints.pushed_requests,
            endpoints.device_authorization,
            endpoints.backchannel_authentication,
            endpoints.introspection,
            endpoints.revocation,
        ],
    };
    let checked = assertion::check(client, &signed.claims, &audience, app.clock.now())?;
    spend(app, client, (token, checked)).await
}

async fn verify(
    app: &App,
    client: &Client,
    (token, method): (&str, AuthMethod),
) -> Result<Signed, Failure> {
    if method != AuthMethod::ClientSecretJwt {
        let verified = app.client_keys.verify(app, client, token).await;
        return Ok(verified.map_err(|error| refuse(error.cause).with("why", error.detail))?);
    }
    let sealed = client.secret_sealed.as_deref();
    let sealed = sealed.ok_or_else(|| refuse(Cause::ClientAssertionKey))?;
    let place = (Purpose::ClientSecret, client.id.as_str());
    let secret = app.sealer.open(place, sealed).map_err(anyhow::Error::from)?;
    let verified = verify_with_secret(token, &secret);
    Ok(verified
        .map_err(|error| refuse(Cause::ClientAssertionKey).with("why", error.to_string()))?)
}

/// Of any number of requests with one assertion, on any number of nodes, one is served.
async fn spend(
    app: &App,
    client: &Client,
    (token, checked): (&str, Assertion),
) -> Result<(), Failure> {
    // What has no name is its own name; without the signature, of which ECDSA has two for a message.
    let unsigned = token.rsplit_once('.').map_or(token, |(unsigned, _)| unsigned);
    let name = checked.jti.as_deref().unwrap_or(unsigned);
    let hash = Sha256::digest(format!("{} {name}", client.id));
    let id = BASE64_URL_SAFE_NO_PAD.encode(hash);
    let mut tx = app.db.write().await?;
    let first = spent::spend(&mut tx, (Once::ClientAssertion, &id), checked.ends_at).await?;
    tx.commit().await?;
    match first {
        true => Ok(()),
        false => Err(refuse(Cause::ClientAssertionReplayed).into()),
    }
}

fn refuse(cause: Cause) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidClient, cause, "client authentication failed")
}
