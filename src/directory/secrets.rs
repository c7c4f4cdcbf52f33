//! Client secrets: show and replace them. Stored as a hash to check, and sealed to show again.

use std::collections::BTreeSet;

use super::{DirectoryError, Done, Result, begin_as, commit, find, publish, rights};
use crate::app::App;
use crate::domain::{Actor, Client, Secret};
use crate::explain::audit::Entry;
use crate::seal::Purpose;
use crate::store::clients;

/// Shows a client's secret, which the audit log remembers.
///
/// # Errors
/// When it has none, or was sealed under another secret key.
pub async fn show(app: &App, actor: &Actor, name: &str) -> Result<(Client, Secret)> {
    let mut tx = begin_as(app, actor).await?;
    let client = find::client(&mut tx, name).await?;
    rights::reach_client(&mut tx, actor, &client.id).await?;
    let secret = open(app, &client)?;
    Entry::new(app, "client.secret_shown", actor).client(&client.id).append(&mut tx).await?;
    commit(app, tx).await?;
    Ok((client, secret))
}

/// A client's secret for Keystead's own use, shown to nobody; `None` where it is not kept.
pub fn known(app: &App, client: &Client) -> Option<Secret> {
    open(app, client).ok()
}

/// Gives a client a new secret; the former one stops working at once.
///
/// # Errors
/// When the client is public.
pub async fn rotate(
    app: &App,
    actor: &Actor,
    name: &str,
    given: Option<&Secret>,
) -> Result<Done<(Client, Secret)>> {
    let mut tx = begin_as(app, actor).await?;
    let mut client = find::client(&mut tx, name).await?;
    rights::reach_client(&mut tx, actor, &client.id).await?;
    if client.public {
        return Err(DirectoryError::PublicClient(client.id.0));
    }
    let secret = match given {
        Some(secret) => checked(secret)?,
        None => app.random.secret(),
    };
    give(app, &mut client, &secret)?;
    client.updated_at = app.clock.now();
    clients::update(&mut tx, &client).await?;
    Entry::new(app, "client.secret_rotated", actor).client(&client.id).append(&mut tx).await?;
    publish(app, tx).await?;
    let note =
        format!("The former secret of '{}' stopped working; replace it there now.", client.id);
    Ok(Done::new((client, secret), Some(note)))
}

/// The sealed secret, opened.
pub(super) fn open(app: &App, client: &Client) -> Result<Secret> {
    if client.public {
        return Err(DirectoryError::PublicClient(client.id.0.clone()));
    }
    let sealed = client.secret_sealed.as_deref();
    let sealed = sealed.ok_or_else(|| DirectoryError::SecretNotKept(client.id.0.clone()))?;
    let plain = app.sealer.open((Purpose::ClientSecret, client.id.as_str()), sealed)?;
    Ok(Secret::sent(String::from_utf8_lossy(&plain)))
}

/// Writes a secret into the client, hashed and sealed.
pub(super) fn give(app: &App, client: &mut Client, secret: &Secret) -> Result<()> {
    let context = (Purpose::ClientSecret, client.id.as_str());
    let sealed = app.sealer.seal(context, secret.expose().as_bytes(), &app.random)?;
    client.secret_hash = Some(secret.hash());
    client.secret_sealed = Some(sealed);
    Ok(())
}

/// How hard to guess a secret must be, reckoned from how many different characters it has.
const BITS: f64 = 60.0;

/// Checks a secret that somebody brought from elsewhere.
pub(super) fn checked(secret: &Secret) -> Result<Secret> {
    let text = secret.expose();
    let refused = |rule: &str| Err(DirectoryError::value("a client secret", "(hidden)", rule));
    if !(16..=256).contains(&text.len()) {
        return refused(
            "use 16 to 256 characters, since whoever guesses it can pose as the client",
        );
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return refused("use letters, digits and signs of ASCII, no spaces");
    }
    // A hash of it is kept that whoever reads the database could guess against.
    let different = text.bytes().collect::<BTreeSet<u8>>().len();
    if (different as f64).log2() * (text.len() as f64) < BITS {
        return refused("use random letters and digits, since it repeats the same ones");
    }
    Ok(secret.clone())
}
