//! Mail to people: what it says, and how it reaches the server that takes it (RFC 5321). Every step
//! is bounded in time, and whatever fails says where, with the server's own words.

mod error;
mod letter;
#[cfg(test)]
mod tests;
mod words;

use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use tokio::time::timeout;

use crate::domain::Secret;
use crate::domain::settings::is_this_machine;

pub use error::{MailError, Stage};
pub use letter::{Letter, check_address, check_sender};
pub use words::{Words, invitation, reset, test};

/// How long one exchange with the server may take.
const EXCHANGE: Duration = Duration::from_secs(10);
/// How long a letter may take from the first byte to the last: less than a request of a browser.
const WHOLE: Duration = Duration::from_secs(20);

/// The server that takes our mail.
#[derive(Debug, Clone)]
pub struct Relay {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept secret.
    pub security: Security,
    /// Who we are there, if it asks.
    pub login: Option<(String, Secret)>,
    /// Whom the mail is from: `sso@example.com` or `Name <sso@example.com>`.
    pub from: String,
}

/// How a connection is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Encrypted after a greeting in the clear; refused if the server does not offer it.
    StartTls,
    /// Encrypted from the first byte.
    Tls,
    /// Not at all.
    Plain,
}

impl Relay {
    /// Hands a letter over; `name` is what we call ourselves. Answers what the server said.
    ///
    /// # Errors
    /// One sentence with cause and fix, never with the password.
    pub async fn send(&self, letter: &Letter, name: &str) -> Result<String, MailError> {
        match timeout(WHOLE, self.hand_over(letter, name)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(MailError::Slow { relay: self.place() }),
        }
    }

    async fn hand_over(&self, letter: &Letter, name: &str) -> Result<String, MailError> {
        if self.security == Security::Plain && self.login.is_some() && !is_this_machine(&self.host)
        {
            return Err(MailError::InTheClear { relay: self.place() });
        }
        let (envelope, bytes) = letter.packed(&self.from, name)?;
        let mut server = self.connect(name).await?;
        if let Some((user, password)) = &self.login {
            let credentials = Credentials::new(user.clone(), password.expose().to_owned());
            let known = [Mechanism::Plain, Mechanism::Login];
            let proven = server.auth(&known, &credentials).await;
            proven.map_err(|error| self.failed(Stage::Login, &error))?;
        }
        let sender = envelope.from().cloned();
        let parameters = parameters(&server, sender.iter().chain(envelope.to()), &bytes);
        let taken = server.command(Mail::new(sender, parameters)).await;
        taken.map_err(|error| self.failed(Stage::Sender, &error))?;
        for to in envelope.to() {
            let taken = server.command(Rcpt::new(to.clone(), Vec::new())).await;
            taken.map_err(|error| self.failed(Stage::Recipient, &error))?;
        }
        let message = |error: Error| self.failed(Stage::Message, &error);
        server.command(Data).await.map_err(message)?;
        let taken = server.message(&bytes).await.map_err(message)?;
        // It is taken, whether or not the server waits for our goodbye.
        server.quit().await.ok();
        Ok(taken.message().collect::<Vec<_>>().join(" "))
    }

    async fn connect(&self, name: &str) -> Result<AsyncSmtpConnection, MailError> {
        let place = (self.host.as_str(), self.port);
        let unknown = |_| MailError::Name { host: self.host.clone() };
        let found = timeout(EXCHANGE, tokio::net::lookup_host(place)).await;
        let found: Vec<_> = match found {
            Ok(found) => found.map_err(unknown)?.collect(),
            Err(_) => return Err(MailError::Name { host: self.host.clone() }),
        };
        let hello = ClientId::Domain(name.to_owned());
        let tls = || {
            TlsParameters::new(self.host.clone()).map_err(|error| self.failed(Stage::Tls, &error))
        };
        let at_once = if self.security == Security::Tls { Some(tls()?) } else { None };
        let asked = AsyncSmtpConnection::connect_tokio1(
            found.as_slice(),
            Some(EXCHANGE),
            &hello,
            at_once,
            None,
        );
        let mut server = match timeout(EXCHANGE, asked).await {
            Ok(asked) => asked.map_err(|error| self.failed(Stage::Connect, &error))?,
            Err(_) => return Err(MailError::Silent { relay: self.place() }),
        };
        if self.security == Security::StartTls {
            if !server.can_starttls() {
                return Err(MailError::NoStartTls { relay: self.place() });
            }
            let secured = server.starttls(tls()?, &hello).await;
            secured.map_err(|error| self.failed(Stage::Tls, &error))?;
        }
        Ok(server)
    }

    fn failed(&self, stage: Stage, error: &Error) -> MailError {
        MailError::of(&self.place(), self.security, stage, error)
    }

    fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

/// What a server must be told of addresses and letters beyond ASCII.
fn parameters<'a>(
    server: &AsyncSmtpConnection,
    mut addresses: impl Iterator<Item = &'a Address>,
    bytes: &[u8],
) -> Vec<MailParameter> {
    let offers = |extension| server.server_info().supports_feature(extension);
    let mut parameters = Vec::new();
    let beyond = addresses.any(|address| !AsRef::<str>::as_ref(address).is_ascii());
    if beyond && offers(Extension::SmtpUtfEight) {
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !bytes.is_ascii() && offers(Extension::EightBitMime) {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    parameters
}
