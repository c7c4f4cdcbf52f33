//! Why a change was not made: a stable code, and one sentence with cause and fix.

use crate::domain::{InvalidName, KeyAlgorithm, Kid};
use crate::jose::KeyError;
use crate::mail::MailError;
use crate::registry::LoadError;
use crate::seal::NotOurs;
use crate::secret_key::SecretKeyError;
use crate::signin::password::PasswordError;
use crate::signin::password_rules::WeakPassword;
use crate::store;

/// Why a change was not made. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// Nothing has that name.
    #[error("no {what} '{name}'{}", did_you_mean(near))]
    NotFound {
        /// `user`, `group`, `client`, `key`, `scope`.
        what: &'static str,
        /// As asked for.
        name: String,
        /// The names most like it.
        near: Vec<String>,
    },
    /// The start of a key id that fits several.
    #[error("'{name}' fits more than one {what}; name one of them in full: {}", fits.join(", "))]
    Ambiguous {
        /// `key`.
        what: &'static str,
        /// As asked for.
        name: String,
        /// What it fits.
        fits: Vec<String>,
    },
    /// The name belongs to something else.
    #[error("the {what} '{name}' is taken; choose another")]
    Taken {
        /// `username`, `group name`, `client id`, `slug`.
        what: &'static str,
        /// As asked for.
        name: String,
    },
    /// A value that breaks its rule.
    #[error("'{value}' cannot be {what}: {rule}")]
    Value {
        /// With its article: `a username`.
        what: String,
        /// As given.
        value: String,
        /// What is wrong and what to write instead.
        rule: String,
    },
    /// Two settings of a client that cannot go together.
    #[error("'{client}' {problem}")]
    Settings {
        /// The client.
        client: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// What was to be removed is not there.
    #[error("{0}; nothing was removed")]
    NotThere(String),
    /// The actor's role does not reach so far.
    #[error("your role does not allow you to {0}; ask an administrator")]
    NotAllowed(String),
    /// Somebody else was faster.
    #[error("'{0}' was changed by somebody else meanwhile; look at it again")]
    Changed(String),
    /// Nobody could administer Keystead any more.
    #[error(
        "'{0}' is the last administrator who can sign in; make another one first, or repeat with --force"
    )]
    LastAdministrator(String),
    /// `sub` must never change.
    #[error(
        "changing sub of '{client}' from {from} to {to} makes everybody who signed in there before a stranger with a new account; repeat with --force if nobody has"
    )]
    SubIsStable {
        /// The client.
        client: String,
        /// The mode now.
        from: String,
        /// The mode asked for.
        to: String,
    },
    /// Whoever cannot decrypt lets nobody in any more.
    #[error(
        "'{client}' is to get encrypted tokens, which python-social-auth (NetBox) cannot read, and others only with the private key at hand; repeat with --force if it can decrypt them"
    )]
    Encrypts {
        /// The client.
        client: String,
        /// The setting that switches it on.
        field: &'static str,
    },
    /// `everyone` is what it is.
    #[error(
        "'{0}' is built in: everybody belongs to it, nobody is added, and it stays; use a group of your own"
    )]
    Builtin(String),
    /// A group would be inside itself.
    #[error("'{child}' cannot be put into '{parent}': {problem}")]
    Cycle {
        /// The inner group.
        child: String,
        /// The outer group.
        parent: String,
        /// How the outer one is inside the inner one already, and what to do.
        problem: String,
    },
    /// A closed account gets no link.
    #[error("'{0}' is disabled; enable the account first")]
    UserDisabled(String),
    /// A public client has no secret.
    #[error("'{0}' is a public client, which has no secret; it proves itself with PKCE")]
    PublicClient(String),
    /// Only the hash is known.
    #[error("the secret of '{0}' is stored as a hash alone and cannot be shown; rotate it")]
    SecretNotKept(String),
    /// The password breaks the rules.
    #[error("the password was refused: {}", continued(&.0.to_string()))]
    WeakPassword(WeakPassword),
    /// The link leads nowhere any more.
    #[error("the link was used before, was withdrawn, or is too old; ask for a new one")]
    LinkExpired,
    /// There is no mail server.
    #[error(
        "no mail can be sent, since no mail server is set up; set mail.from and mail.host first"
    )]
    NoMail,
    /// There is nowhere to send mail to.
    #[error("'{0}' has no e-mail address; add one, or hand over the link yourself")]
    NoAddress(String),
    /// A letter was not sent.
    #[error("{0}; nothing was sent")]
    Mail(#[from] MailError),
    /// Somebody is in charge already.
    #[error(
        "an administrator exists already ({0}), so there is nothing to set up; to get back in, reset that account's password, or create another administrator"
    )]
    SetupDone(String),
    /// Tokens could not be signed, or requests not be read, any more.
    #[error(
        "{kid} is the only key that {} with {}; make its successor first by rotating {}",
        alg.verb(), alg.as_str(), alg.as_str()
    )]
    OnlyKey {
        /// The key.
        kid: Kid,
        /// What it is for.
        alg: KeyAlgorithm,
    },
    /// A successor waits already.
    #[error(
        "{kid} waits already and {} with {} from {at} on; rotate with --now to let it begin at once",
        alg.verb(), alg.as_str()
    )]
    KeyWaits {
        /// The waiting key.
        kid: Kid,
        /// What it is for.
        alg: KeyAlgorithm,
        /// When it is its turn.
        at: String,
    },
    /// The key signs no more.
    #[error(
        "{0} is retired already and only kept until its last tokens are forgotten; repeat with --now to withdraw it at once"
    )]
    KeyRetired(Kid),
    /// Something outside the database was in the way: a file, a disk.
    #[error("{0}")]
    NotDone(String),
    /// Passwords cannot be hashed.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The database.
    #[error("the database refused: {0}; nothing was changed")]
    Store(#[from] store::Error),
    /// What the database holds.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A key cannot be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database belongs to another secret key by now.
    #[error(
        "the secret key was replaced while this process ran; restart it with the new one, nothing was changed"
    )]
    SecretKeyReplaced,
    /// Giving the database to another key failed.
    #[error(transparent)]
    SecretKey(#[from] SecretKeyError),
    /// Sealed under another secret key.
    #[error(transparent)]
    Sealed(#[from] NotOurs),
}

impl DirectoryError {
    /// The stable code, for REST and tests.
    pub fn code(&self) -> &'static str {
        match self {
            DirectoryError::NotFound { .. } => "not_found",
            DirectoryError::Ambiguous { .. } => "ambiguous",
            DirectoryError::Taken { .. } => "taken",
            DirectoryError::Value { .. } => "invalid_value",
            DirectoryError::Settings { .. } => "invalid_settings",
            DirectoryError::NotThere(_) => "not_there",
            DirectoryError::NotAllowed(_) => "not_allowed",
            DirectoryError::Changed(_) => "changed",
            DirectoryError::LastAdministrator(_) => "last_administrator",
            DirectoryError::SubIsStable { .. } => "sub_is_stable",
            DirectoryError::Encrypts { .. } => "encrypts_tokens",
            DirectoryError::Builtin(_) => "builtin_group",
            DirectoryError::Cycle { .. } => "group_cycle",
            DirectoryError::UserDisabled(_) => "user_disabled",
            DirectoryError::PublicClient(_) => "public_client",
            DirectoryError::SecretNotKept(_) => "secret_not_kept",
            DirectoryError::WeakPassword(_) => "weak_password",
            DirectoryError::LinkExpired => "link_expired",
            DirectoryError::NoMail => "no_mail",
            DirectoryError::NoAddress(_) => "no_address",
            DirectoryError::Mail(_) => "mail_failed",
            DirectoryError::SetupDone(_) => "setup_done",
            DirectoryError::OnlyKey { .. } => "only_key",
            DirectoryError::KeyWaits { .. } => "key_waits",
            DirectoryError::KeyRetired(_) => "key_retired",
            DirectoryError::NotDone(_) => "not_done",
            DirectoryError::Password(PasswordError::Busy) => "overloaded",
            DirectoryError::Password(_)
            | DirectoryError::Store(_)
            | DirectoryError::Load(_)
            | DirectoryError::Key(_)
            | DirectoryError::SecretKeyReplaced
            | DirectoryError::SecretKey(_)
            | DirectoryError::Sealed(_) => "server_error",
        }
    }

    pub(super) fn value(
        what: impl Into<String>,
        value: impl Into<String>,
        rule: impl Into<String>,
    ) -> DirectoryError {
        DirectoryError::Value { what: what.into(), value: value.into(), rule: rule.into() }
    }
}

impl From<WeakPassword> for DirectoryError {
    fn from(error: WeakPassword) -> DirectoryError {
        DirectoryError::WeakPassword(error)
    }
}

impl From<InvalidName> for DirectoryError {
    fn from(error: InvalidName) -> DirectoryError {
        DirectoryError::value(format!("a {}", error.what), error.name, error.rule)
    }
}

/// A sentence in the middle of another.
fn continued(sentence: &str) -> String {
    let mut letters = sentence.trim_end_matches('.').chars();
    letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect()
}

fn did_you_mean(near: &[String]) -> String {
    match near.split_last() {
        None => String::new(),
        Some((only, [])) => format!("; did you mean '{only}'?"),
        Some((last, others)) => format!("; did you mean '{}' or '{last}'?", others.join("', '")),
    }
}

#[cfg(test)]
mod tests {
    use super::DirectoryError;

    fn not_found(near: &[&str]) -> String {
        let near = near.iter().map(|name| (*name).to_owned()).collect();
        DirectoryError::NotFound { what: "client", name: "netbx".into(), near }.to_string()
    }

    #[test]
    fn near_misses_are_named() {
        assert_eq!(not_found(&[]), "no client 'netbx'");
        assert_eq!(not_found(&["netbox"]), "no client 'netbx'; did you mean 'netbox'?");
        assert_eq!(
            not_found(&["netbox", "netbox2", "nbx"]),
            "no client 'netbx'; did you mean 'netbox', 'netbox2' or 'nbx'?"
        );
    }
}
