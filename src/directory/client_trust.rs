//! Whom a client trusts and is trusted with: people who are not there, tokens of others, assertions.

use url::Url;

use super::{DirectoryError, Result};
use crate::domain::{Client, ClientId, ClientSettings, GrantType};
use crate::jose::ClientKeys;

/// Checks what tokens it may exchange and whose assertions it may bring.
///
/// # Errors
/// The first rule that is broken, and what to do.
pub(super) fn check(settings: &ClientSettings) -> Result<()> {
    exchanged(settings)?;
    issuers(settings)
}

/// Grants by which a client goes on in the name of people who are not there.
pub(super) fn on_behalf(client: &Client) -> std::result::Result<(), &'static str> {
    let settings = &client.settings;
    if client.public && settings.grant_types.contains(&GrantType::TokenExchange) {
        return Err(
            "is a public client, which anybody can claim to be; token-exchange is for confidential clients",
        );
    }
    if settings.grant_types.contains(&GrantType::TokenExchange)
        && settings.token_exchange.is_empty()
    {
        return Err(
            "would exchange tokens of nobody; name a client whose tokens it may exchange with --token-exchange",
        );
    }
    if settings.grant_types.contains(&GrantType::JwtBearer) && settings.trusted_issuers.is_empty() {
        return Err(
            "would bring assertions of nobody; name whom it trusts with --trusted-issuers-file",
        );
    }
    if client.public && settings.grant_types.contains(&GrantType::JwtBearer) {
        return Err(
            "is a public client, which anybody can claim to be; jwt-bearer is for confidential clients",
        );
    }
    Ok(())
}

/// The clients whose tokens are exchanged, and those for whom.
fn exchanged(settings: &ClientSettings) -> Result<()> {
    let named = [&settings.token_exchange, &settings.exchange_for];
    for names in named {
        if names.len() > 50 {
            let number = names.len().to_string();
            return Err(DirectoryError::value("a number of clients", number, "name 50 at most"));
        }
        for name in names {
            if ClientId::parse(name).is_err() {
                let rule = "write the id of a client";
                return Err(DirectoryError::value("a client of an exchange", name, rule));
            }
        }
    }
    Ok(())
}

/// Those whose assertions are taken: each with keys of one kind.
fn issuers(settings: &ClientSettings) -> Result<()> {
    let all = &settings.trusted_issuers;
    let rule = |issuer: &str, rule: &'static str| {
        Err(DirectoryError::value("a trusted issuer", issuer, rule))
    };
    if all.len() > 20 {
        return rule(&all.len().to_string(), "name 20 at most");
    }
    for one in all {
        let issuer = one.issuer.as_str();
        let plain = |text: &str| !text.chars().any(|c| c.is_control() || c.is_whitespace());
        if issuer.is_empty() || issuer.len() > 2000 || !plain(issuer) {
            return rule(issuer, "write its iss, byte for byte");
        }
        if all.iter().filter(|other| other.issuer == issuer).count() > 1 {
            return rule(issuer, "name it once");
        }
        if one.claim.is_empty() || one.claim.len() > 100 || !plain(&one.claim) {
            return rule(issuer, "write the claim that names the person, like sub");
        }
        match (&one.jwks, &one.jwks_uri) {
            (Some(set), None) => match ClientKeys::read(set) {
                Ok(keys) if !keys.is_empty() => {}
                Ok(_) => return rule(issuer, "give keys that can be used"),
                Err(_) => return rule(issuer, "give public keys, as a JWK set"),
            },
            (None, Some(uri)) => address_of_keys(uri)?,
            _ => return rule(issuer, "give either jwks or jwks_uri"),
        }
    }
    Ok(())
}

/// Where keys are to be fetched.
pub(super) fn address_of_keys(uri: &str) -> Result<()> {
    let url = Url::parse(uri).ok().filter(|url| url.has_host() && url.fragment().is_none());
    let open = url
        .is_some_and(|url| matches!(url.scheme(), "https" | "http") && url.username().is_empty());
    if !open || uri.len() > 2000 {
        let rule = "write a whole address, like https://app.example.com/jwks.json";
        return Err(DirectoryError::value("the address of keys", uri, rule));
    }
    Ok(())
}
