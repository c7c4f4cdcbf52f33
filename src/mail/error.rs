//! Why a letter was not sent: one sentence with cause and fix.

use std::error::Error as _;
use std::io;

use lettre::transport::smtp::Error;

use super::Security;

/// How far an exchange had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Until the server had greeted us.
    Connect,
    /// Until the connection was encrypted.
    Tls,
    /// Until the server knew who we are.
    Login,
    /// Until it accepted whom the letter is from.
    Sender,
    /// Until it accepted whom the letter is to.
    Recipient,
    /// Until it had the letter.
    Message,
}

/// Why a letter was not sent. `said` is what the server answered, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// The name leads nowhere.
    #[error(
        "the mail server {host} was not found; check its name, and that this machine's DNS knows it"
    )]
    Name {
        /// As set.
        host: String,
    },
    /// Nothing listens there.
    #[error(
        "the mail server {relay} refused the connection; check the port: 587 is usual with STARTTLS, 465 with TLS, 25 without"
    )]
    Refused {
        /// Host and port.
        relay: String,
    },
    /// Nothing came back in time.
    #[error(
        "the mail server {relay} did not answer in time; check the address, the port, firewalls, and whether it expects TLS from the first byte"
    )]
    Silent {
        /// Host and port.
        relay: String,
    },
    /// It began and did not come to an end.
    #[error("the mail server {relay} was too slow, so nothing was sent; try again later")]
    Slow {
        /// Host and port.
        relay: String,
    },
    /// It does not encrypt.
    #[error(
        "the mail server {relay} does not offer STARTTLS; set the security to TLS, usually on port 465, or to none where nobody can listen"
    )]
    NoStartTls {
        /// Host and port.
        relay: String,
    },
    /// The password would travel in the clear.
    #[error(
        "nobody signs in to the mail server {relay} without encryption, for others would read the password; set the security to STARTTLS or TLS, or take the username away"
    )]
    InTheClear {
        /// Host and port.
        relay: String,
    },
    /// Encrypting failed.
    #[error("no encrypted connection to the mail server {relay}: {problem}; {fix}")]
    Tls {
        /// Host and port.
        relay: String,
        /// What was wrong.
        problem: String,
        /// What to do.
        fix: &'static str,
    },
    /// The server said no.
    #[error("the mail server {relay} {}: {said}; {}", refused(*stage), remedy(*stage))]
    Said {
        /// Host and port.
        relay: String,
        /// To what.
        stage: Stage,
        /// Its own words, with its code.
        said: String,
        /// Whether it may say otherwise later.
        passing: bool,
    },
    /// The connection broke, or the server speaks something else.
    #[error(
        "the connection to the mail server {relay} broke: {problem}; check the port and the security, and try again"
    )]
    Broken {
        /// Host and port.
        relay: String,
        /// What was wrong.
        problem: String,
    },
    /// An address that is none.
    #[error("'{address}' is no e-mail address: {problem}; write it like anna@example.com")]
    Address {
        /// As given.
        address: String,
        /// What is wrong.
        problem: String,
    },
}

impl MailError {
    /// Whether trying again later may help.
    pub fn is_passing(&self) -> bool {
        match self {
            MailError::Said { passing, .. } => *passing,
            MailError::Address { .. }
            | MailError::NoStartTls { .. }
            | MailError::InTheClear { .. }
            | MailError::Tls { .. } => false,
            MailError::Name { .. }
            | MailError::Refused { .. }
            | MailError::Silent { .. }
            | MailError::Slow { .. }
            | MailError::Broken { .. } => true,
        }
    }

    pub(super) fn of(relay: &str, security: Security, stage: Stage, error: &Error) -> MailError {
        let relay = relay.to_owned();
        let problem = deepest(error);
        if let Some(code) = error.status() {
            // The code, then every line as it came.
            let said = match error.source() {
                Some(words) => format!("{code} {}", plain(&words.to_string())),
                None => code.to_string(),
            };
            return MailError::Said { relay, stage, said, passing: error.is_transient() };
        }
        if error.is_timeout() {
            return MailError::Silent { relay };
        }
        if let Some(io) = io_error(error)
            && io.kind() == io::ErrorKind::ConnectionRefused
        {
            return MailError::Refused { relay };
        }
        let encrypting = security == Security::Tls && stage == Stage::Connect;
        if stage == Stage::Tls || error.is_tls() || encrypting && about_tls(&problem) {
            return MailError::Tls { relay, fix: fix(&problem), problem };
        }
        if stage == Stage::Login && error.is_client() {
            let said = "it offers no way to sign in that Keystead knows (PLAIN, LOGIN)".to_owned();
            return MailError::Said { relay, stage, said, passing: false };
        }
        MailError::Broken { relay, problem }
    }
}

fn refused(stage: Stage) -> &'static str {
    match stage {
        Stage::Connect => "does not want to talk",
        Stage::Tls => "refused to encrypt",
        Stage::Login => "refused the username or password",
        Stage::Sender => "refused the sender",
        Stage::Recipient => "refused the recipient",
        Stage::Message => "refused the message",
    }
}

fn remedy(stage: Stage) -> &'static str {
    match stage {
        Stage::Connect => "ask whoever runs it whether this machine may send mail there",
        Stage::Tls => "check the port and the security",
        Stage::Login => {
            "check both; some servers want a password made for applications, or let nobody sign in \
             without encryption"
        }
        Stage::Sender => "set a From address that this server lets this account use",
        Stage::Recipient => {
            "check the address; a server that relays for nobody unknown wants a username and password"
        }
        Stage::Message => "ask whoever runs it, with these words",
    }
}

fn about_tls(problem: &str) -> bool {
    [
        "certificate",
        "Certificate",
        "InvalidContentType",
        "corrupt message",
        "handshake",
        "Handshake",
    ]
    .iter()
    .any(|word| problem.contains(word))
}

fn fix(problem: &str) -> &'static str {
    if problem.contains("UnknownIssuer") {
        "its certificate is of an authority that this machine does not trust: add that authority to \
         the system's"
    } else if problem.contains("NotValidForName") || problem.contains("not valid for name") {
        "use the name that is in its certificate"
    } else if problem.contains("Expired") || problem.contains("expired") {
        "its certificate has expired"
    } else {
        "check the port and the security: TLS is usual on port 465, STARTTLS on 587"
    }
}

fn io_error(error: &Error) -> Option<&io::Error> {
    let mut cause: &dyn std::error::Error = error;
    loop {
        cause = cause.source()?;
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            return Some(io);
        }
    }
}

/// The cause of the causes, on one line.
fn deepest(error: &Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    plain(&cause.to_string())
}

/// On one line, of bounded length, without anything that a terminal or a log would act on.
fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().filter(|c| !c.is_control()).take(500).collect()
}
