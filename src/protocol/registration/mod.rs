//! Dynamic client registration, RFC 7591 and OpenID Connect Dynamic Client Registration 1.0: from
//! metadata to what a client is to be. Members that we do not know are ignored (RFC 7591 2).

mod addresses;
mod answers;
mod describe;
pub mod document;
mod members;
pub mod statement;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use super::{ErrorCode, OAuthError};
use crate::domain::{
    Algorithm, AuthMethod, Bounds, Cause, ClientSettings, DAY, GrantType, Pkce, PushedRequests,
    ResponseType, Scopes, SignedRequests, SubMode, Wanted,
};
use members::Members;

pub use addresses::check_sector;
pub use describe::describe;

/// Characters of what a client says of itself.
const TEXT: usize = 200;
/// Characters of a software statement.
const STATEMENT: usize = 16 * 1024;
/// Entries of a list.
const ENTRIES: usize = 20;
/// The greatest `default_max_age`.
const MAX_AGE: i64 = 3650 * DAY;

/// What is held against metadata.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// What the authorization endpoint serves.
    pub served: &'a [ResponseType],
    /// What the client may become.
    pub bounds: &'a Bounds,
    /// The names of all scopes.
    pub scopes: &'a Scopes,
}

/// What a client asks to be.
///
/// # Errors
/// `invalid_redirect_uri`, or `invalid_client_metadata` with the member that is at fault.
pub fn read(metadata: &Map<String, Value>, terms: &Terms<'_>) -> Result<Wanted, OAuthError> {
    let members = Members::of(metadata)?;
    let method = auth_method(&members)?;
    let public = method == Some(AuthMethod::None);
    let (grant_types, response_types) = types(&members, terms)?;
    let mut settings = ClientSettings {
        alg: alg(&members)?,
        pkce: if public { Pkce::Required } else { Pkce::Optional },
        auth_method: method,
        grant_types,
        response_types,
        ..ClientSettings::default()
    };
    keys(&members, &mut settings)?;
    requests(&members, &mut settings)?;
    backchannel(&members, (public, &settings))?;
    links(&members, &mut settings)?;
    settings.default_max_age = members.number("default_max_age", MAX_AGE)?;
    settings.sub = subject(&members)?;
    let addresses = addresses::read(&members, terms.bounds, (public, &settings))?;
    settings.sector_identifier_uri = addresses.sector_identifier_uri;
    addresses::sign_outs(&members, terms.bounds, &addresses.redirect_uris, &mut settings)?;
    answers::read(&members, &mut settings)?;
    Ok(Wanted {
        name: members.text("client_name", 100)?.map(str::to_owned),
        public,
        scopes: scopes(&members, terms)?,
        settings,
        redirect_uris: addresses.redirect_uris,
        post_logout_redirect_uris: addresses.post_logout_redirect_uris,
        said: said(&members)?,
    })
}

/// `None` where nothing is said, which takes the secret in the form as well as in the header, as
/// RFC 7591 2 has it by default.
fn auth_method(members: &Members<'_>) -> Result<Option<AuthMethod>, OAuthError> {
    const MEMBER: &str = "token_endpoint_auth_method";
    let Some(text) = members.text(MEMBER, TEXT)? else { return Ok(None) };
    let method = serde_json::from_value(json!(text));
    method.map(Some).map_err(|_| {
        refuse(MEMBER, "this token_endpoint_auth_method is not served").with("offered", text)
    })
}

fn alg(members: &Members<'_>) -> Result<Algorithm, OAuthError> {
    let alg = members.one_of("id_token_signed_response_alg", &Algorithm::ALL)?.unwrap_or_default();
    match members.one_of("authorization_signed_response_alg", &Algorithm::ALL)? {
        Some(other) if other != alg => Err(refuse(
            "authorization_signed_response_alg",
            "answers are signed with the algorithm of ID tokens",
        )),
        _ => Ok(alg),
    }
}

/// Which grants and response types go together (RFC 7591 2.1). `implicit` is what tokens through
/// the browser are called there.
fn types(
    members: &Members<'_>,
    terms: &Terms<'_>,
) -> Result<(Vec<GrantType>, Vec<ResponseType>), OAuthError> {
    let asked = members.list("response_types", ENTRIES)?;
    let mut response_types = Vec::new();
    for text in asked.iter().flatten() {
        let known = text.parse().ok().filter(|one| terms.served.contains(one));
        let one = known.ok_or_else(|| {
            refuse("response_types", "this response_type is not served").with("offered", text)
        })?;
        if !response_types.contains(&one) {
            response_types.push(one);
        }
    }
    let silent = response_types.is_empty();
    if silent {
        response_types.push(ResponseType::Code);
    }
    let has_code = response_types.iter().any(|one| one.has_code());
    let Some(asked) = members.list("grant_types", ENTRIES)? else {
        let implied = has_code.then_some(GrantType::AuthorizationCode);
        if implied.is_some_and(|one| !terms.bounds.grant_types.contains(&one)) {
            let text = "this grant type is not allowed";
            return Err(refuse("grant_types", text).with("offered", "authorization_code"));
        }
        return Ok((implied.into_iter().collect(), response_types));
    };
    let mut grant_types = Vec::new();
    for text in asked.iter().filter(|text| *text != "implicit") {
        let known = text.parse().ok().filter(|one| terms.bounds.grant_types.contains(one));
        let one = known.ok_or_else(|| {
            refuse("grant_types", "this grant type is not allowed").with("offered", text)
        })?;
        if !grant_types.contains(&one) {
            grant_types.push(one);
        }
    }
    let redeems = grant_types.contains(&GrantType::AuthorizationCode);
    if redeems != has_code && (redeems || !silent) {
        let text = "authorization_code and a response type with code belong together";
        return Err(refuse("grant_types", text));
    }
    if grant_types.is_empty() && silent {
        return Err(refuse("grant_types", "no grant type is left"));
    }
    Ok((grant_types, response_types))
}

fn keys(members: &Members<'_>, settings: &mut ClientSettings) -> Result<(), OAuthError> {
    settings.jwks = members.object("jwks")?.cloned();
    settings.jwks_uri = members.address("jwks_uri")?;
    if settings.jwks.is_some() && settings.jwks_uri.is_some() {
        return Err(refuse("jwks", "jwks and jwks_uri exclude each other"));
    }
    let has_keys = settings.jwks.is_some() || settings.jwks_uri.is_some();
    if settings.auth_method == Some(AuthMethod::PrivateKeyJwt) && !has_keys {
        return Err(refuse("jwks_uri", "private_key_jwt needs jwks or jwks_uri"));
    }
    Ok(())
}

fn requests(members: &Members<'_>, settings: &mut ClientSettings) -> Result<(), OAuthError> {
    if members.flag("require_pushed_authorization_requests")? == Some(true) {
        settings.pushed_requests = PushedRequests::Required;
    }
    if members.flag("require_signed_request_object")? == Some(true) {
        settings.signed_requests = SignedRequests::Required;
    }
    let has_keys = settings.jwks.is_some() || settings.jwks_uri.is_some();
    settings.request_uris = members.addresses("request_uris", ENTRIES)?.unwrap_or_default();
    let signs = settings.signed_requests == SignedRequests::Required;
    match (signs || !settings.request_uris.is_empty()) && !has_keys {
        true => Err(refuse("request_uris", "signed requests need jwks or jwks_uri")),
        false => Ok(()),
    }
}

/// CIBA Core 4: clients poll, and people have no code of their own to type.
fn backchannel(
    members: &Members<'_>,
    (public, settings): (bool, &ClientSettings),
) -> Result<(), OAuthError> {
    const DELIVERY: &str = "backchannel_token_delivery_mode";
    const USER_CODE: &str = "backchannel_user_code_parameter";
    if public && settings.grant_types.contains(&GrantType::Ciba) {
        return Err(refuse("grant_types", "a public client cannot ask for people"));
    }
    match members.text(DELIVERY, TEXT)? {
        None | Some("poll") => {}
        Some(other) => {
            let text = "this backchannel_token_delivery_mode is not served; use poll";
            return Err(refuse(DELIVERY, text).with("offered", other));
        }
    }
    match members.flag(USER_CODE)? {
        Some(true) => Err(refuse(USER_CODE, "people have no user code here")),
        None | Some(false) => Ok(()),
    }
}

fn links(members: &Members<'_>, settings: &mut ClientSettings) -> Result<(), OAuthError> {
    settings.app_url = members.address("client_uri")?;
    settings.logo_uri = members.address("logo_uri")?;
    settings.policy_uri = members.address("policy_uri")?;
    settings.tos_uri = members.address("tos_uri")?;
    settings.initiate_login_uri = members.address("initiate_login_uri")?;
    Ok(())
}

fn subject(members: &Members<'_>) -> Result<SubMode, OAuthError> {
    match members.text("subject_type", TEXT)? {
        None | Some("public") => Ok(SubMode::Uuid),
        Some("pairwise") => Ok(SubMode::Pairwise),
        Some(_) => Err(refuse("subject_type", "subject_type must be public or pairwise")),
    }
}

/// Those asked for that there are and that it may have; all it may have where it asks for none.
fn scopes(members: &Members<'_>, terms: &Terms<'_>) -> Result<Scopes, OAuthError> {
    let most = terms.bounds.scopes.intersection(terms.scopes);
    let asked = members.text("scope", 2000)?.map(Scopes::parse);
    Ok(asked.map_or_else(|| most.clone(), |asked| asked.intersection(&most)))
}

/// What is kept to be told again, and nothing else.
fn said(members: &Members<'_>) -> Result<Map<String, Value>, OAuthError> {
    let mut said = Map::new();
    for name in ["contacts", "default_acr_values"] {
        if let Some(list) = members.list(name, ENTRIES)? {
            if list.iter().any(|text| text.chars().count() > TEXT) {
                return Err(refuse(name, "an entry is too long"));
            }
            said.insert(name.to_owned(), json!(list));
        }
    }
    for name in ["software_id", "software_version", answers::REQUEST_CONTENT] {
        if let Some(text) = members.text(name, TEXT)? {
            said.insert(name.to_owned(), json!(text));
        }
    }
    // RFC 7591 3.2.1: it comes back as it was.
    if let Some(text) = members.text(statement::MEMBER, STATEMENT)? {
        said.insert(statement::MEMBER.to_owned(), json!(text));
    }
    // Every ID token has it anyway.
    if members.flag("require_auth_time")? == Some(true) {
        said.insert("require_auth_time".to_owned(), json!(true));
    }
    if let Some(kind) = addresses::application_type(members)? {
        said.insert("application_type".to_owned(), json!(kind));
    }
    Ok(said)
}

fn refuse(member: &'static str, text: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidClientMetadata, Cause::ClientMetadataInvalid, text)
        .with("parameter", member)
}
