//! How the browser reached us: what is proposed as the public URL, and what was told but not believed.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::app::AppState;
use crate::config::PublicUrl;
use crate::server::PeerAddr;
use crate::web::host;

/// What a forwarding proxy may tell of the request it passes on.
const TOLD: [&str; 4] = ["x-forwarded-proto", "x-forwarded-host", "x-forwarded-for", "forwarded"];

/// How a request reached us.
pub struct Seen {
    /// The address at the other end of the connection.
    pub peer: Option<IpAddr>,
    /// Whether that is a proxy that the settings trust.
    pub trusted: bool,
    /// What it told of the request that it passed on.
    pub told: Vec<(&'static str, String)>,
    /// The address that the browser used, as far as we may believe it.
    pub url: Option<PublicUrl>,
    /// The same if the proxy were trusted, where that would make a difference.
    pub if_trusted: Option<PublicUrl>,
}

impl FromRequestParts<AppState> for Seen {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Seen, Infallible> {
        let peer = parts.extensions.get::<PeerAddr>().map(|peer| peer.0.ip());
        let networks = &app.config.trusted_proxies;
        let trusted = peer.is_some_and(|peer| networks.iter().any(|net| net.contains(&peer)));
        let headers = &parts.headers;
        let at = |believed: bool| {
            let scheme = scheme(headers, believed, app.config.tls.is_some());
            let host = host::asked(&parts.uri, headers, believed)?;
            let bare = url::Url::parse(&format!("{scheme}://{host}")).ok()?;
            PublicUrl::read(&bare.origin().ascii_serialization()).ok()
        };
        let told = TOLD.into_iter().filter_map(|name| Some((name, text(headers, name)?)));
        let (told, url) = (told.collect(), at(trusted));
        let if_trusted = at(true).filter(|other| !trusted && url.as_ref() != Some(other));
        Ok(Seen { peer, trusted, told, url, if_trusted })
    }
}

fn scheme(headers: &HeaderMap, believed: bool, tls: bool) -> &'static str {
    let told = text(headers, "x-forwarded-proto").or_else(|| {
        let forwarded = text(headers, "forwarded")?.to_lowercase();
        let proto = forwarded.split_once("proto=")?.1;
        Some(proto.trim_start_matches('"').chars().take_while(char::is_ascii_alphabetic).collect())
    });
    match told.filter(|_| believed) {
        Some(told) if told.split(',').next().is_some_and(|one| one.trim() == "https") => "https",
        Some(_) => "http",
        None if tls => "https",
        None => "http",
    }
}

/// A header, of bounded length.
fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.chars().take(200).collect())
}
