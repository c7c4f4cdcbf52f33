//! Who knocks: address, browser, cookies.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::{HeaderMap, header, request::Parts};
use axum_extra::extract::CookieJar;

use super::cookies;
use super::forwarded;
use super::host;
use super::language;
use super::normalize::Doubled;
use crate::app::AppState;
use crate::config::MtlsMode;
use crate::domain::{Session, Token, User};
use crate::jose::Shown;
use crate::server::{PeerAddr, PeerCertificates};
use crate::signin::session;
use crate::store::{self, users};

/// What a request tells of whoever sent it.
pub struct Visitor {
    /// Where from; believed from a proxy only if it is trusted.
    pub address: Option<IpAddr>,
    /// With what.
    pub user_agent: Option<String>,
    /// The cookies.
    pub jar: CookieJar,
    /// The host that was asked, where it is not the public URL's. To be told, never trusted.
    pub other_host: Option<String>,
    /// The path as it was sent, where it had doubled slashes.
    pub doubled: Option<String>,
    /// The origin of the script that fetched a page, where a browser says that one did.
    pub script_of: Option<String>,
    /// The certificate that a client showed, here or to a trusted proxy; nobody vouches for it yet.
    pub certificate: Option<Shown>,
    session: Option<Token>,
}

impl FromRequestParts<AppState> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Visitor, Infallible> {
        let peer = parts.extensions.get::<PeerAddr>().map(|peer| peer.0.ip());
        let jar = CookieJar::from_headers(&parts.headers);
        let session = jar.get(cookies::session_name(app)).and_then(|c| Token::parse(c.value()));
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok());
        let trusted = &app.config.trusted_proxies;
        let proxied = peer.is_some_and(|peer| trusted.iter().any(|net| net.contains(&peer)));
        let host = host::asked(&parts.uri, &parts.headers, proxied);
        Ok(Visitor {
            address: forwarded::address(peer, &parts.headers, trusted),
            other_host: host.filter(|host| !host::is_of(host, &app.config.public_url)),
            doubled: parts.extensions.get::<Doubled>().map(|sent| sent.0.clone()),
            script_of: script(&parts.headers),
            certificate: certificate(app, parts, proxied),
            user_agent: user_agent.map(str::to_owned),
            jar,
            session,
        })
    }
}

impl Visitor {
    /// The session of this browser and whoever is signed in there; `None` for anybody else, also
    /// once the account is closed.
    pub async fn signed_in(&self, app: &AppState) -> store::Result<Option<(Session, User)>> {
        let Some(cookie) = &self.session else { return Ok(None) };
        let mut conn = app.db.read().await?;
        let Some(session) = session::find(app, &mut conn, cookie).await? else { return Ok(None) };
        let user = users::find(&mut conn, &session.user_id).await?;
        drop(conn);
        let Some(user) = user.filter(|user| user.disabled_at.is_none()) else { return Ok(None) };
        session::note_use(app, &session).await?;
        language::person_wants(&user);
        Ok(Some((session, user)))
    }

    /// What a flow notes of how it was reached, where that is unusual.
    pub fn unusual(&self) -> Vec<(&'static str, String)> {
        let noted = [
            ("host", &self.other_host),
            ("doubled_slashes", &self.doubled),
            ("script_of", &self.script_of),
        ];
        noted.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect()
    }

    /// The address as text, for the log.
    pub fn address_text(&self) -> Option<String> {
        self.address.map(|ip| ip.to_string())
    }
}

/// The certificate of a client, from the connection or from a trusted proxy.
fn certificate(app: &AppState, parts: &Parts, proxied: bool) -> Option<Shown> {
    match app.config.mtls.mode {
        MtlsMode::Off => None,
        MtlsMode::Tls => Shown::new(&parts.extensions.get::<PeerCertificates>()?.0),
        MtlsMode::Proxy if proxied => {
            let mut sent = parts.headers.get_all(app.config.mtls.header.as_str()).iter();
            // Of two, one may come from whoever asks.
            let (Some(first), None) = (sent.next(), sent.next()) else { return None };
            Shown::in_header(first.to_str().ok()?)
        }
        MtlsMode::Proxy => None,
    }
}

/// The origin of a script of another site (Fetch 3.1): told, never trusted.
fn script(headers: &HeaderMap) -> Option<String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let fetched = text("sec-fetch-mode") == Some("cors");
    let elsewhere = text("sec-fetch-site").is_none_or(|site| site != "same-origin");
    text("origin").filter(|_| fetched && elsewhere).map(str::to_owned)
}
