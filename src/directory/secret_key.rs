//! Replacing the secret key, when it may have leaked: everything that is sealed under it is sealed
//! under the next one, in one transaction.

use zeroize::Zeroizing;

use super::{DirectoryError, Done, Result, begin_as, commit, rights, settings};
use crate::app::App;
use crate::domain::Actor;
use crate::explain::audit::Entry;
use crate::explain::chain::{self, Verdict};
use crate::seal::{Purpose, Sealer};
use crate::secret_key;
use crate::store::{Tx, clients, keys};

/// What was sealed anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replaced {
    /// Private signing keys.
    pub signing_keys: usize,
    /// Client secrets that can be shown again.
    pub client_secrets: usize,
    /// Whether there is a password for a mail server.
    pub mail_password: bool,
}

/// Gives the database to `next`. Processes that hold the former key change nothing from then on,
/// and servers among them stop; what they issued, and pairwise subjects, stay as they are.
///
/// # Errors
/// When `next` is the key in use, or something cannot be opened with that one.
pub async fn replace(app: &App, actor: &Actor, next: &[u8; 32]) -> Result<Done<Replaced>> {
    rights::administer(actor, "replace the secret key")?;
    let next = Sealer::new(next);
    let mut tx = begin_as(app, actor).await?;
    if secret_key::fits(&mut tx, &next).await? == Some(true) {
        let rule = "it is the one in use; make another with: openssl rand -base64 32";
        return Err(DirectoryError::value("the new secret key", "(hidden)", rule));
    }
    let replaced = Replaced {
        signing_keys: signing_keys(app, &mut tx, &next).await?,
        client_secrets: client_secrets(app, &mut tx, &next).await?,
        mail_password: settings::reseal(app, &mut tx, &next).await?,
    };
    let chain = chain::relink(&mut tx, (&app.sealer, &next)).await?;
    secret_key::hand_over(&mut tx, (&app.sealer, &next), &app.random).await?;
    Entry::new(app, "secret_key.replaced", actor)
        .detail("signing_keys", replaced.signing_keys)
        .detail("client_secrets", replaced.client_secrets)
        .append(&mut tx)
        .await?;
    commit(app, tx).await?;
    let broken = match chain {
        Verdict::Intact { .. } => None,
        Verdict::Broken { .. } => Some(
            "The audit log did not fit its chain before, and is left so that it still does not."
                .to_owned(),
        ),
    };
    Ok(Done::new(replaced, broken))
}

async fn signing_keys(app: &App, tx: &mut Tx, next: &Sealer) -> Result<usize> {
    let all = keys::all(tx).await?;
    for key in &all {
        let context = (Purpose::SigningKey, key.kid.as_str());
        let plain = Zeroizing::new(app.sealer.open(context, &key.private)?);
        keys::reseal(tx, &key.kid, &next.seal(context, &plain, &app.random)?).await?;
    }
    Ok(all.len())
}

async fn client_secrets(app: &App, tx: &mut Tx, next: &Sealer) -> Result<usize> {
    let mut count = 0;
    for mut client in clients::all(tx).await? {
        let Some(sealed) = &client.secret_sealed else { continue };
        let context = (Purpose::ClientSecret, client.id.as_str());
        let plain = Zeroizing::new(app.sealer.open(context, sealed)?);
        client.secret_sealed = Some(next.seal(context, &plain, &app.random)?);
        clients::update(tx, &client).await?;
        count += 1;
    }
    Ok(count)
}
