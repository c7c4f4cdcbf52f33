//! The URL shapes of other providers, a table each, so that moving here changes a host name and
//! nothing else.

use crate::domain::{Client, Layout};
use crate::protocol::discovery::Endpoints;

/// The paths of a layout. `{client}` stands for the client's slug or id. Written as the metadata
/// shows them; requests are served with and without a slash at the end.
pub struct Paths {
    /// Which.
    pub layout: Layout,
    /// The issuer, after the public URL.
    pub issuer: &'static str,
    /// Authorization endpoint; further ones answer too.
    pub authorization: &'static [&'static str],
    /// Token endpoint.
    pub token: &'static str,
    /// Userinfo endpoint.
    pub userinfo: &'static str,
    /// JWKS.
    pub jwks: &'static str,
    /// End-session endpoint.
    pub end_session: &'static str,
    /// Introspection endpoint.
    pub introspection: &'static str,
    /// Revocation endpoint.
    pub revocation: &'static str,
    /// Device authorization endpoint.
    pub device_authorization: &'static str,
    /// Backchannel authentication endpoint.
    pub backchannel_authentication: &'static str,
    /// Where the metadata is.
    pub discovery: &'static [&'static str],
}

/// Keystead's own.
pub const NATIVE: Paths = Paths {
    layout: Layout::Native,
    issuer: "",
    authorization: &["/oauth2/authorize"],
    token: "/oauth2/token",
    userinfo: "/oauth2/userinfo",
    jwks: "/oauth2/jwks",
    end_session: "/oauth2/end-session",
    introspection: "/oauth2/introspect",
    revocation: "/oauth2/revoke",
    device_authorization: "/oauth2/device_authorization",
    backchannel_authentication: "/oauth2/bc-authorize",
    discovery: &["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"],
};

/// authentik's: every path ends in a slash, and so does the issuer. It has no back channel; ours stands
/// beside its others.
pub const AUTHENTIK: Paths = Paths {
    layout: Layout::Authentik,
    issuer: "/application/o/{client}/",
    authorization: &["/application/o/authorize/"],
    token: "/application/o/token/",
    userinfo: "/application/o/userinfo/",
    jwks: "/application/o/{client}/jwks/",
    end_session: "/application/o/{client}/end-session/",
    introspection: "/application/o/introspect/",
    revocation: "/application/o/revoke/",
    device_authorization: "/application/o/device/",
    backchannel_authentication: "/application/o/{client}/bc-authorize/",
    discovery: &[
        "/application/o/{client}/.well-known/openid-configuration",
        "/application/o/{client}/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/application/o/{client}",
    ],
};

/// Kanidm's. Its token endpoint is our own. It has no end-session endpoint and no back
/// channel; ours stand beside its others.
pub const KANIDM: Paths = Paths {
    layout: Layout::Kanidm,
    issuer: "/oauth2/openid/{client}",
    authorization: &["/ui/oauth2", "/oauth2/authorise"],
    token: "/oauth2/token",
    userinfo: "/oauth2/openid/{client}/userinfo",
    jwks: "/oauth2/openid/{client}/public_key.jwk",
    end_session: "/oauth2/openid/{client}/end-session",
    introspection: "/oauth2/token/introspect",
    revocation: "/oauth2/token/revoke",
    device_authorization: "/oauth2/device",
    backchannel_authentication: "/oauth2/openid/{client}/bc-authorize",
    discovery: &[
        "/oauth2/openid/{client}/.well-known/openid-configuration",
        "/oauth2/openid/{client}/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration/oauth2/openid/{client}",
        "/.well-known/oauth-authorization-server/oauth2/openid/{client}",
    ],
};

/// The push endpoint, RFC 9126: none of the others has one, so ours serves all.
pub const PUSHED_REQUESTS: &str = "/oauth2/par";

/// The frame that tells clients whether somebody is still signed in; ours serves all.
pub const CHECK_SESSION: &str = "/oauth2/check-session";
/// Where clients register themselves, RFC 7591: none of the others has such a place.
pub const REGISTRATION: &str = "/oauth2/register";

/// Every layout.
pub const TABLES: [&Paths; 3] = [&NATIVE, &AUTHENTIK, &KANIDM];

/// The table of a layout.
pub fn paths(layout: Layout) -> &'static Paths {
    match layout {
        Layout::Native => &NATIVE,
        Layout::Authentik => &AUTHENTIK,
        Layout::Kanidm => &KANIDM,
    }
}

/// `iss`, byte for byte, for this client on this layout. Never taken from the request's host.
pub fn issuer(public_url: &str, layout: Layout, client: &Client) -> String {
    whole(public_url, paths(layout).issuer, layout, Some(client))
}

/// Where a client finds the metadata of a layout, as it is usually told.
pub fn discovery(public_url: &str, layout: Layout, client: &Client) -> String {
    let path = paths(layout).discovery.first().copied().unwrap_or_default();
    whole(public_url, path, layout, Some(client))
}

/// The URLs that the metadata of a layout shows. On native paths there is no client.
pub fn endpoints(public_url: &str, layout: Layout, client: Option<&Client>) -> Endpoints {
    let paths = paths(layout);
    let url = |path: &str| whole(public_url, path, layout, client);
    Endpoints {
        issuer: url(paths.issuer),
        authorization: url(paths.authorization.first().copied().unwrap_or_default()),
        token: url(paths.token),
        userinfo: url(paths.userinfo),
        jwks: url(paths.jwks),
        end_session: url(paths.end_session),
        introspection: url(paths.introspection),
        revocation: url(paths.revocation),
        pushed_requests: url(PUSHED_REQUESTS),
        check_session: url(CHECK_SESSION),
        registration: url(REGISTRATION),
        device_authorization: url(paths.device_authorization),
        backchannel_authentication: url(paths.backchannel_authentication),
    }
}

fn whole(public_url: &str, path: &str, layout: Layout, client: Option<&Client>) -> String {
    let name = match (layout, client) {
        (Layout::Authentik, Some(client)) => client.slug.as_str(),
        (Layout::Native | Layout::Kanidm, Some(client)) => client.id.as_str(),
        (_, None) => "",
    };
    format!("{public_url}{}", path.replace("{client}", name))
}
