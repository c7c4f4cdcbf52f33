//! What is registered for the client, against what the library sends and needs.

use url::{Host, Url};

use super::library::CALLBACK;
use super::{Expected, Finding, Library};
use crate::domain::{Client, GrantType, Pkce, Scopes};

/// What libraries ask for to know who somebody is.
const ASKED: &str = "openid profile email";

pub(super) fn client(expected: &Expected<'_>) -> Finding {
    let id = "client";
    let client = expected.client;
    if client.disabled_at.is_some() {
        return Finding::fail(
            id,
            format!("'{}' is closed.", client.id),
            format!("Open it with `keystead client update {} --enable`.", client.id),
        );
    }
    if !client.settings.grant_types.contains(&GrantType::AuthorizationCode) {
        return Finding::fail(
            id,
            format!("'{}' may not use authorization codes, by which people sign in.", client.id),
            format!(
                "Allow it with `keystead client update {} --grant-type authorization_code`.",
                client.id
            ),
        );
    }
    if client.public && expected.library != Library::Generic {
        return Finding::fail(
            id,
            format!("'{}' is a public client, and {} sends a secret.", client.id, expected.library),
            "Register it again without --public.",
        );
    }
    Finding::ok(id, format!("'{}' is open and may use authorization codes.", client.id))
}

/// The registered address that the library would send.
pub fn redirect_uri_of(client: &Client, library: Library) -> Option<&str> {
    let mut uris = client.redirect_uris.iter().map(String::as_str);
    match library {
        Library::Generic => uris.next(),
        Library::SocialCore(_) => uris.find(|uri| uri.ends_with(CALLBACK)),
    }
}

/// One line for what is missing, and one for each address that is risky.
pub(super) fn redirect_uri(expected: &Expected<'_>) -> Vec<Finding> {
    let id = "redirect_uri";
    let client = expected.client;
    let mut findings = vec![match redirect_uri_of(client, expected.library) {
        Some(uri) => Finding::ok(id, format!("{uri} is registered.")),
        None => missing(expected),
    }];
    let risky = client.redirect_uris.iter().filter(|uri| is_open(uri));
    findings.extend(risky.map(|uri| {
        Finding::warn(
            id,
            format!("{uri} is not encrypted: whoever listens on the way can take over sign-ins."),
            format!(
                "Put TLS in front of the application, let its proxy send X-Forwarded-Proto: https, \
                 register the https address, and remove this one with `keystead client \
                 remove-redirect-uri {} {uri}`.",
                client.id
            ),
        )
    }));
    findings
}

fn missing(expected: &Expected<'_>) -> Finding {
    let id = "redirect_uri";
    let client = expected.client;
    let add = |uri: &str| {
        format!("Register it with `keystead client add-redirect-uri {} {uri}`.", client.id)
    };
    let Some(first) = client.redirect_uris.first() else {
        let uri = match expected.library {
            Library::Generic => "URI".to_owned(),
            Library::SocialCore(_) => format!("https://HOST/oauth{CALLBACK}"),
        };
        return Finding::fail(id, "No redirect URI is registered.", add(&uri));
    };
    let bare = CALLBACK.trim_end_matches('/');
    match client.redirect_uris.iter().find(|uri| uri.ends_with(bare)) {
        Some(uri) => Finding::fail(
            id,
            format!("{uri} lacks the slash at the end with which {} sends it.", expected.library),
            add(&format!("{uri}/")),
        ),
        None => {
            let base = origin(first).unwrap_or_else(|| "https://HOST".to_owned());
            Finding::fail(
                id,
                format!(
                    "{} comes back to .../oauth{CALLBACK}, which is not registered.",
                    expected.library
                ),
                add(&format!("{base}/oauth{CALLBACK}")),
            )
        }
    }
}

fn origin(uri: &str) -> Option<String> {
    let origin = Url::parse(uri).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

/// Plain HTTP to another machine.
fn is_open(uri: &str) -> bool {
    let Ok(url) = Url::parse(uri) else { return false };
    let here = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => true,
    };
    url.scheme() == "http" && !here
}

pub(super) fn post_logout(expected: &Expected<'_>) -> Option<Finding> {
    let id = "post_logout";
    let client = expected.client;
    match client.post_logout_redirect_uris.first() {
        Some(uri) => {
            Some(Finding::ok(id, format!("After signing out people may come back to {uri}.")))
        }
        None if expected.library == Library::Generic => None,
        None => Some(Finding::warn(
            id,
            "No address to come back to after signing out is registered, so people end here.",
            format!(
                "Register the application's start page with `keystead client add-redirect-uri {} \
                 URI --post-logout`.",
                client.id
            ),
        )),
    }
}

pub(super) fn pkce(expected: &Expected<'_>) -> Finding {
    let id = "pkce";
    let (client, library) = (expected.client, expected.library);
    let required = client.public || client.settings.pkce == Pkce::Required;
    let optional = format!("run `keystead client update {} --pkce optional`", client.id);
    let switch = "SOCIAL_AUTH_OIDC_USE_PKCE = True";
    match (required, library.can_pkce()) {
        (false, _) => Finding::ok(id, "PKCE is optional for this client."),
        (true, Some(true)) if library == Library::Generic => {
            Finding::ok(id, "PKCE with S256 is required; switch it on in the application.")
        }
        (true, Some(true)) => Finding::warn(
            id,
            format!("PKCE is required, and {library} sends it only when told."),
            format!("Set {switch} in the application, or {optional}."),
        ),
        (true, Some(false)) => Finding::fail(
            id,
            format!("PKCE is required, and {library} cannot send it."),
            format!("Update the application, or {optional}."),
        ),
        (true, None) => Finding::warn(
            id,
            format!("PKCE is required, and {library} can send it from 4.8.7 on, when told."),
            format!("Set {switch} from that version on (NetBox 4.6), or {optional}."),
        ),
    }
}

pub(super) fn access(expected: &Expected<'_>) -> Finding {
    let id = "access";
    let groups: Vec<&str> = expected.maps.iter().map(|(group, _)| group.as_str()).collect();
    match groups.as_slice() {
        [] => Finding::fail(
            id,
            "Nobody may use it: it has no scope map.",
            format!(
                "Let a group in with `keystead client scope-map {} GROUP {ASKED}`.",
                expected.client.id
            ),
        ),
        groups => Finding::ok(id, format!("Members of {} may use it.", groups.join(", "))),
    }
}

/// Whether each group gets the claims that the library makes an account of.
pub(super) fn claims(expected: &Expected<'_>) -> Finding {
    let id = "claims";
    let needed = Scopes::parse(ASKED);
    let openid = Scopes::parse("openid");
    let lacking = expected.maps.iter().find_map(|(group, scopes)| {
        let all = scopes.union(&openid);
        let missing: Vec<&str> = needed.iter().filter(|name| !all.contains(name)).collect();
        (!missing.is_empty()).then(|| (group, missing.join(" "), all.union(&needed)))
    });
    match (lacking, expected.library) {
        (Some((group, missing, all)), library) => {
            let sentence = match library {
                Library::SocialCore(_) => format!(
                    "Members of {group} get no {missing}, and {library} makes accounts of \
                     preferred_username, email and names."
                ),
                Library::Generic => format!("Members of {group} get no {missing}."),
            };
            let fix = format!(
                "Allow it with `keystead client scope-map {} {group} {all}`.",
                expected.client.id
            );
            Finding::warn(id, sentence, fix)
        }
        (None, _) => Finding::ok(id, "Names and e-mail addresses come along where they are known."),
    }
}
