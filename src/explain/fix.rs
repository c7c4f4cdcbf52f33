//! What Keystead can do itself about a failure. It is done by `directory`, by the same functions as
//! everything that an administrator does.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::difference::shell;
use crate::domain::{Algorithm, ClientId, FailureId, GrantType, Pkce, Scopes};

/// A change that mends the cause of a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant says what it does to what it names")]
pub enum Fix {
    /// Registers the redirect URI.
    AddRedirectUri { client: ClientId, uri: String },
    /// Registers the address to return to after signing out.
    AddPostLogoutUri { client: ClientId, uri: String },
    /// Signs the client's tokens in another way.
    SetAlgorithm { client: ClientId, alg: Algorithm },
    /// Demands PKCE of the client, or does not.
    SetPkce { client: ClientId, pkce: Pkce },
    /// Lets the client use the grant type.
    AllowGrant { client: ClientId, grant: GrantType, beside: Vec<GrantType> },
    /// Lets the client authenticate in either way that takes a secret.
    AllowAuthMethods { client: ClientId },
    /// Back-dates `iat` for a client whose clock runs behind.
    SetIatBackdate { client: ClientId, seconds: i64 },
    /// Opens the client again.
    EnableClient { client: ClientId },
    /// Asks nobody for consent to the client.
    TrustClient { client: ClientId },
    /// Lets members of the group use the client, with these scopes.
    MapGroup { client: ClientId, group: String, scopes: Scopes },
    /// Puts the person into the group.
    AddMember { group: String, user: String },
    /// Opens the account again.
    EnableUser { user: String },
    /// Forgets the failed attempts that slow the account down.
    UnlockUser { user: String },
    /// Ends the alarm, until it happens again.
    Dismiss { group: FailureId },
}

impl Fix {
    /// Names it by what it does to what, so that whoever names it has read the values.
    pub fn id(&self) -> String {
        let hash = Sha256::digest(serde_json::to_vec(self).unwrap_or_default());
        hash[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What it does, with the exact values.
    pub fn sentence(&self) -> String {
        match self {
            Fix::AddRedirectUri { client, uri } => {
                format!("Register {uri} as a redirect URI of {client}.")
            }
            Fix::AddPostLogoutUri { client, uri } => {
                format!("Register {uri} as an address of {client} to return to after signing out.")
            }
            Fix::SetAlgorithm { client, alg } => {
                format!("Sign the tokens of {client} with {}.", alg.as_str())
            }
            Fix::SetPkce { client, pkce: Pkce::Optional } => {
                format!("Let {client} sign in without PKCE.")
            }
            Fix::SetPkce { client, pkce: Pkce::Required } => format!("Demand PKCE of {client}."),
            Fix::AllowGrant { client, grant, .. } => {
                format!("Let {client} use the grant type {}.", grant.word())
            }
            Fix::AllowAuthMethods { client } => format!(
                "Let {client} authenticate by client_secret_basic as well as client_secret_post."
            ),
            Fix::SetIatBackdate { client, seconds } => {
                format!("Back-date iat in the tokens of {client} by {seconds} seconds.")
            }
            Fix::EnableClient { client } => format!("Open {client} again."),
            Fix::TrustClient { client } => format!("Ask nobody for consent to {client}."),
            Fix::MapGroup { client, group, scopes } => {
                format!("Let members of {group} use {client}, with the scopes {scopes}.")
            }
            Fix::AddMember { group, user } => format!("Put {user} into the group {group}."),
            Fix::EnableUser { user } => format!("Open the account {user} again."),
            Fix::UnlockUser { user } => {
                format!("Forget the failed attempts that slow the account {user} down.")
            }
            Fix::Dismiss { .. } => "Mark this failure as solved, until it happens again.".into(),
        }
    }

    /// The command that does the same.
    pub fn command(&self) -> String {
        let client = |client: &ClientId, rest: &str| {
            format!("keystead client update {} {rest}", shell(client.as_str()))
        };
        match self {
            Fix::AddRedirectUri { client, uri } => format!(
                "keystead client add-redirect-uri {} {}",
                shell(client.as_str()),
                shell(uri)
            ),
            Fix::AddPostLogoutUri { client, uri } => format!(
                "keystead client add-redirect-uri {} {} --post-logout",
                shell(client.as_str()),
                shell(uri)
            ),
            Fix::SetAlgorithm { client: id, alg } => client(id, &format!("--alg {}", alg.as_str())),
            Fix::SetPkce { client: id, pkce: Pkce::Optional } => client(id, "--pkce optional"),
            Fix::SetPkce { client: id, pkce: Pkce::Required } => client(id, "--pkce required"),
            Fix::AllowGrant { client: id, grant, beside } => {
                let all = beside.iter().chain([grant]).map(|one| one.word());
                let flags: Vec<_> = all.map(|one| format!("--grant-type {one}")).collect();
                client(id, &flags.join(" "))
            }
            Fix::AllowAuthMethods { client: id } => client(id, "--auth-method either"),
            Fix::SetIatBackdate { client: id, seconds } => {
                client(id, &format!("--iat-backdate {seconds}"))
            }
            Fix::EnableClient { client: id } => client(id, "--enable"),
            Fix::TrustClient { client: id } => client(id, "--trusted"),
            Fix::MapGroup { client, group, scopes } => format!(
                "keystead client scope-map {} {} {scopes}",
                shell(client.as_str()),
                shell(group)
            ),
            Fix::AddMember { group, user } => {
                format!("keystead group add-member {} {}", shell(group), shell(user))
            }
            Fix::EnableUser { user } => format!("keystead user enable {}", shell(user)),
            Fix::UnlockUser { user } => format!("keystead user unlock {}", shell(user)),
            Fix::Dismiss { group } => format!("keystead flow solve {group}"),
        }
    }

    /// Whether it would put a value into the settings that anybody could have sent: whoever applies
    /// it must have seen it.
    pub fn is_from_strangers(&self) -> bool {
        matches!(self, Fix::AddRedirectUri { .. } | Fix::AddPostLogoutUri { .. })
    }
}

/// A fix as it is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// What would be done.
    pub fix: Fix,
    /// The same in a sentence.
    pub sentence: String,
    /// The command that does it.
    pub command: String,
    /// What to think of before.
    pub warning: Option<String>,
}

impl Offer {
    /// Without a warning.
    pub fn of(fix: Fix) -> Offer {
        Offer { sentence: fix.sentence(), command: fix.command(), fix, warning: None }
    }

    /// With something to think of before.
    pub fn but(self, warning: impl Into<String>) -> Offer {
        Offer { warning: Some(warning.into()), ..self }
    }
}
