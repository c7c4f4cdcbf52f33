//! What a client calls a person: the `sub` claim, OpenID Connect Core 8.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use url::{Host, Url};

use crate::domain::{Client, SubMode, User};

/// The `sub` of a person for a client. `external` is what the client's external source called
/// them; `pairwise` computes the keyed code of a sector and a person.
pub fn subject(
    client: &Client,
    user: &User,
    external: Option<String>,
    pairwise: impl FnOnce(&[u8]) -> [u8; 32],
) -> String {
    let own = || user.id.0.clone();
    match &client.settings.sub {
        SubMode::Uuid => own(),
        SubMode::Username => user.username.as_str().to_owned(),
        SubMode::Email => user.email.clone().unwrap_or_else(own),
        SubMode::External(_) => external.unwrap_or_else(own),
        SubMode::Pairwise => {
            let input = format!("{}\n{}", sector(client), user.id);
            BASE64_URL_SAFE_NO_PAD.encode(pairwise(input.as_bytes()))
        }
    }
}

/// The host that groups clients which may know a person by one name: that of the
/// `sector_identifier_uri`; without one that of the redirect URIs, where they share one that is a
/// name; else the client itself.
pub fn sector(client: &Client) -> String {
    let listed = client.settings.sector_identifier_uri.as_deref();
    let listed = listed.and_then(|uri| Url::parse(uri).ok());
    if let Some(host) = listed.as_ref().and_then(Url::host_str) {
        return format!("host:{host}");
    }
    // Anybody may write any host behind a scheme of their own.
    let host = |uri: &String| match Url::parse(uri).ok()? {
        url if !matches!(url.scheme(), "https" | "http") => None,
        url => match url.host()? {
            Host::Domain(name) if name != "localhost" => Some(name.to_owned()),
            _ => None,
        },
    };
    let mut hosts: Vec<Option<String>> = client.redirect_uris.iter().map(host).collect();
    hosts.dedup();
    match hosts.as_slice() {
        [Some(host)] => format!("host:{host}"),
        _ => format!("client:{}", client.id),
    }
}
