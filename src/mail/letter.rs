//! One letter: to whom, about what, in plain text (RFC 5322).

use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};

use super::MailError;

/// A letter in plain text.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The address it goes to.
    pub to: String,
    /// What it is about, in one line.
    pub subject: String,
    /// The text.
    pub text: String,
    /// What tells it from all others.
    pub id: String,
}

impl Letter {
    /// As it travels, in its envelope; `name` is what we call ourselves.
    pub(super) fn packed(&self, from: &str, name: &str) -> Result<(Envelope, Vec<u8>), MailError> {
        let from = mailbox(from)?;
        let to = mailbox(&self.to)?;
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let message = Message::builder()
            .from(from)
            .to(Mailbox::new(None, to.email))
            .subject(&self.subject)
            .message_id(Some(format!("<{}@{name}>", self.id)))
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .header(ContentType::TEXT_PLAIN)
            .body(self.text.clone());
        let message = message.map_err(|error| wrong(&self.to, &error))?;
        Ok((message.envelope().clone(), message.formatted()))
    }
}

/// Whether letters can go to this address.
///
/// # Errors
/// What is wrong with it.
pub fn check_address(address: &str) -> Result<(), MailError> {
    address.parse::<lettre::Address>().map(drop).map_err(|error| wrong(address, &error))
}

/// Whether letters can be from this: an address, or a name and an address.
///
/// # Errors
/// What is wrong with it.
pub fn check_sender(from: &str) -> Result<(), MailError> {
    mailbox(from).map(drop)
}

fn mailbox(text: &str) -> Result<Mailbox, MailError> {
    // What a header is folded at must not come from outside.
    if text.chars().any(char::is_control) {
        let problem = "it contains control characters".to_owned();
        return Err(MailError::Address { address: text.escape_debug().to_string(), problem });
    }
    text.parse().map_err(|error: lettre::address::AddressError| wrong(text, &error))
}

fn wrong(address: &str, error: &impl std::fmt::Display) -> MailError {
    MailError::Address { address: address.to_owned(), problem: error.to_string().to_lowercase() }
}
