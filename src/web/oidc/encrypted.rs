//! Encrypting what a client is told to a key of its own (OpenID Connect Core 10.2).

use std::sync::Arc;

use crate::app::App;
use crate::domain::{Client, ContentEncryption, KeyManagement};
use crate::jose::{EncryptionKey, Inside, encrypt};
use crate::protocol::{ErrorCode, OAuthError};
use crate::web::error::Failure;

/// To which key, and how.
pub struct Recipient {
    key: Arc<EncryptionKey>,
    how: (KeyManagement, ContentEncryption),
}

impl Recipient {
    /// Finds the key; `None` where nothing is encrypted.
    ///
    /// # Errors
    /// `temporarily_unavailable`: the client may come again once it has a key.
    pub async fn of(
        app: &App,
        client: &Client,
        how: Option<(KeyManagement, ContentEncryption)>,
    ) -> Result<Option<Recipient>, OAuthError> {
        let Some(how) = how else { return Ok(None) };
        let found = app.client_keys.recipient(app, client, how.0).await;
        let key = found.map_err(|untrusted| {
            let text = "no key of the client can be had that its answers are encrypted to";
            OAuthError::new(ErrorCode::TemporarilyUnavailable, untrusted.cause, text)
                .with("why", untrusted.detail)
        })?;
        Ok(Some(Recipient { key, how }))
    }

    /// Encrypts.
    ///
    /// # Errors
    /// When the engine refuses, which input cannot cause.
    pub fn encrypt(&self, inside: Inside, plain: &[u8]) -> Result<String, Failure> {
        Ok(encrypt(&self.key, self.how, (inside, plain)).map_err(anyhow::Error::from)?)
    }
}
