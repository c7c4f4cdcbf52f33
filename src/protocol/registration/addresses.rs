//! The addresses of a client that registers itself: stricter than what an administrator may register,
//! since nobody looks at them (OpenID Connect Dynamic Client Registration 2, RFC 8252 7 and 8).

use std::collections::BTreeSet;

use url::{Host, Url};

use super::members::Members;
use super::{ENTRIES, TEXT, refuse};
use crate::domain::{Bounds, Cause, ClientSettings, GrantType, SubMode};
use crate::protocol::{ErrorCode, OAuthError};

/// What was read.
pub struct Addresses {
    pub redirect_uris: Vec<String>,
    pub post_logout_redirect_uris: Vec<String>,
    pub sector_identifier_uri: Option<String>,
}

/// Reads them all.
pub fn read(
    members: &Members<'_>,
    bounds: &Bounds,
    (public, settings): (bool, &ClientSettings),
) -> Result<Addresses, OAuthError> {
    let in_browser = settings.response_types.iter().any(|one| one.is_front_channel());
    let native = application_type(members)? == Some("native");
    let read = |name| -> Result<Vec<String>, OAuthError> {
        let uris = each_once(members.list(name, ENTRIES)?.unwrap_or_default());
        for uri in &uris {
            check(uri, (public, in_browser && !native))?;
            if !bounds.reach(uri) {
                let text = "this host is not among those allowed";
                return Err(unfit(name, uri, text));
            }
        }
        Ok(uris)
    };
    let redirect_uris = read("redirect_uris")?;
    let signs_in = in_browser || settings.grant_types.contains(&GrantType::AuthorizationCode);
    if signs_in && redirect_uris.is_empty() {
        let text = "redirect_uris is missing";
        return Err(OAuthError::new(ErrorCode::InvalidRedirectUri, CAUSE, text)
            .with("parameter", "redirect_uris"));
    }
    let sector_identifier_uri = members.address("sector_identifier_uri")?;
    let hosts: BTreeSet<Option<String>> = redirect_uris.iter().map(|uri| host(uri)).collect();
    let pairwise = settings.sub == SubMode::Pairwise;
    if pairwise && sector_identifier_uri.is_none() && hosts.len() > 1 {
        let text = "pairwise subjects on several hosts need a sector_identifier_uri";
        return Err(refuse("sector_identifier_uri", text));
    }
    let post_logout_redirect_uris = read("post_logout_redirect_uris")?;
    Ok(Addresses { redirect_uris, post_logout_redirect_uris, sector_identifier_uri })
}

/// Where it is told of sign-outs: by us (Back-Channel Logout 1.0, 2.2), and by the browser, at the
/// origin of one of its redirect URIs (Front-Channel Logout 1.0, 2).
pub fn sign_outs(
    members: &Members<'_>,
    bounds: &Bounds,
    redirect_uris: &[String],
    settings: &mut ClientSettings,
) -> Result<(), OAuthError> {
    let read = |name: &'static str| -> Result<Option<String>, OAuthError> {
        let Some(uri) = members.address(name)? else { return Ok(None) };
        let fits = origin(&uri).is_some_and(|origin| origin.bytes().all(is_plain));
        match fits && !uri.contains('#') && bounds.reach(&uri) {
            true => Ok(Some(uri)),
            false => Err(refuse(name, "this address may not be told of sign-outs")),
        }
    };
    settings.backchannel_logout_uri = read("backchannel_logout_uri")?;
    settings.frontchannel_logout_uri = read("frontchannel_logout_uri")?;
    let framed = settings.frontchannel_logout_uri.as_deref().map(origin);
    if framed.is_some_and(|framed| !redirect_uris.iter().any(|uri| origin(uri) == framed)) {
        let text = "it must have the origin of one of the redirect URIs";
        return Err(refuse("frontchannel_logout_uri", text));
    }
    let must = |name| Ok(members.flag(name)?.unwrap_or_default());
    settings.backchannel_logout_session_required = must("backchannel_logout_session_required")?;
    settings.frontchannel_logout_session_required = must("frontchannel_logout_session_required")?;
    Ok(())
}

fn origin(uri: &str) -> Option<String> {
    Some(Url::parse(uri).ok()?.origin().ascii_serialization())
}

/// What may stand in a header of the page that frames it.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/.-_[]:".contains(&byte)
}

const CAUSE: Cause = Cause::RedirectUriNotRegistrable;

/// `application_type`, where it is said.
pub fn application_type(members: &Members<'_>) -> Result<Option<&'static str>, OAuthError> {
    match members.text("application_type", TEXT)? {
        None => Ok(None),
        Some("web") => Ok(Some("web")),
        Some("native") => Ok(Some("native")),
        Some(_) => Err(refuse("application_type", "application_type must be web or native")),
    }
}

/// Checks what was fetched from a `sector_identifier_uri`: a list in which every redirect URI stands
/// (OpenID Connect Core 8.1).
///
/// # Errors
/// `invalid_client_metadata`.
pub fn check_sector(body: &[u8], redirect_uris: &[String]) -> Result<(), OAuthError> {
    let refuse = |text| {
        let cause = Cause::SectorIdentifierInvalid;
        OAuthError::new(ErrorCode::InvalidClientMetadata, cause, text)
            .with("parameter", "sector_identifier_uri")
    };
    let listed: Vec<String> = serde_json::from_slice(body)
        .map_err(|_| refuse("sector_identifier_uri must answer with a JSON list of texts"))?;
    match redirect_uris.iter().find(|uri| !listed.contains(uri)) {
        Some(missing) => {
            let text = "a redirect URI is not in the list at sector_identifier_uri";
            Err(refuse(text).with("offered", missing))
        }
        None => Ok(()),
    }
}

/// What may be registered unseen: https, the same machine, or a scheme of a native application's own.
fn check(uri: &str, (public, only_https): (bool, bool)) -> Result<(), OAuthError> {
    let unfit = |text| Err(unfit("redirect_uris", uri, text));
    if uri.contains('#') {
        return unfit("a redirect URI must not have a fragment");
    }
    let Ok(url) = Url::parse(uri) else { return unfit("a redirect URI must be a whole address") };
    let local = is_local(&url);
    match url.scheme() {
        "https" if !(only_https && local) => Ok(()),
        "http" if local && !only_https => Ok(()),
        "http" | "https" => unfit("a redirect URI must use https and not lead to this machine"),
        // RFC 8252 7.1: a name that its owner has, written backwards.
        scheme if public && scheme.contains('.') => Ok(()),
        _ if public => unfit("a scheme of your own has the name of a domain, like com.example.app"),
        _ => unfit("only a public client may have a scheme of its own"),
    }
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

fn host(uri: &str) -> Option<String> {
    Url::parse(uri).ok()?.host_str().map(str::to_owned)
}

fn unfit(member: &'static str, uri: &str, text: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRedirectUri, CAUSE, text)
        .with("parameter", member)
        .with("offered", uri)
}

fn each_once(uris: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    uris.into_iter().filter(|uri| seen.insert(uri.clone())).collect()
}
