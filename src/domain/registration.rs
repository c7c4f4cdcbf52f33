//! Clients that register themselves (RFC 7591): what they may become, what they ask to be, and the
//! tokens with which they may.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::types::Json;
use url::{Host, Url};

use super::{
    Algorithm, AuthMethod, ClientAlgs, ClientId, ClientSettings, GrantType, GroupId,
    PushedRequests, Scopes, Selector, SignedRequests, SubMode, Timestamp,
};

/// What a client may become at most by registering itself, then and later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bounds {
    /// What it may ask the token endpoint for.
    pub grant_types: Vec<GrantType>,
    /// What it may be told.
    pub scopes: Scopes,
    /// Where its addresses may lead: `app.example.com`, or `*.example.com` for all below it; no
    /// entry is anywhere.
    pub redirect_hosts: Vec<String>,
}

impl Default for Bounds {
    /// People may sign in, and say themselves what it is told of them.
    fn default() -> Bounds {
        Bounds {
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            scopes: Scopes::parse("openid profile email address phone offline_access"),
            redirect_hosts: Vec::new(),
        }
    }
}

impl Bounds {
    /// Whether an address may be one of the client's.
    pub fn reach(&self, uri: &str) -> bool {
        if self.redirect_hosts.is_empty() {
            return true;
        }
        // Behind a scheme of their own, anybody may write any host.
        let url = Url::parse(uri).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
        let host = match url.as_ref().and_then(Url::host) {
            Some(Host::Domain(name)) => name.to_ascii_lowercase(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            None => return false,
        };
        self.redirect_hosts.iter().any(|allowed| match allowed.strip_prefix("*.") {
            Some(parent) => host.strip_suffix(parent).is_some_and(|below| below.ends_with('.')),
            None => host == *allowed,
        })
    }
}

/// A token that lets clients register themselves (RFC 7591 3), as stored.
#[derive(Debug, Clone)]
pub struct RegistrationToken {
    /// Finds the row; the public half of the token.
    pub id: Selector,
    /// SHA-256 of the secret half.
    pub hash: Vec<u8>,
    /// What whoever made it calls it.
    pub name: String,
    /// Whose members may use the clients that come by it; nobody before an administrator says so
    /// if there is none.
    pub group_id: Option<GroupId>,
    /// What they may become.
    pub bounds: Json<Bounds>,
    /// How many may still come.
    pub uses_left: i64,
    /// Who made it, as shown.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// The end of its life.
    pub expires_at: Timestamp,
    /// When a client last came by it.
    pub last_used_at: Option<Timestamp>,
}

/// That a client registered itself, as stored.
#[derive(Debug, Clone)]
pub struct Registration {
    /// Which client.
    pub client_id: ClientId,
    /// SHA-256 of its registration access token (RFC 7592 1.2).
    pub hash: Vec<u8>,
    /// What the token that it came by is called; `None` where anybody may register.
    pub token: Option<String>,
    /// What it may become.
    pub bounds: Json<Bounds>,
    /// What it said of itself that changes nothing here: contacts, its software.
    pub said: Json<Map<String, Value>>,
    /// Where it came from.
    pub address: Option<String>,
    /// When.
    pub registered_at: Timestamp,
    /// When it was found to be in use.
    pub used_at: Option<Timestamp>,
}

/// What a client asks to be, checked.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// `client_name`.
    pub name: Option<String>,
    /// Has no secret and no key.
    pub public: bool,
    /// What its metadata says of how we talk to it; the rest is at its defaults.
    pub settings: ClientSettings,
    /// Where answers may go.
    pub redirect_uris: Vec<String>,
    /// Where a sign-out may lead back to.
    pub post_logout_redirect_uris: Vec<String>,
    /// What it may be told.
    pub scopes: Scopes,
    /// What it says of itself that changes nothing here.
    pub said: Map<String, Value>,
}

impl Wanted {
    /// Writes what metadata decides over other settings; what else there is to set is the
    /// administrator's.
    pub fn impose(&self, settings: &mut ClientSettings) {
        let mut wanted = self.settings.clone();
        // What an administrator demands is not taken back by what is left out.
        if settings.pushed_requests == PushedRequests::Required {
            wanted.pushed_requests = PushedRequests::Required;
        }
        if settings.signed_requests == SignedRequests::Required {
            wanted.signed_requests = SignedRequests::Required;
        }
        let signs = |method: Option<AuthMethod>| method.is_some_and(AuthMethod::is_without_secret);
        if signs(settings.auth_method) && !signs(wanted.auth_method) {
            wanted.auth_method = settings.auth_method;
        }
        if settings.client_algs == ClientAlgs::Fapi && wanted.alg == Algorithm::RS256 {
            wanted.alg = settings.alg;
        }
        *settings = ClientSettings {
            alg: wanted.alg,
            auth_method: wanted.auth_method,
            jwks: wanted.jwks,
            jwks_uri: wanted.jwks_uri,
            grant_types: wanted.grant_types,
            response_types: wanted.response_types,
            pushed_requests: wanted.pushed_requests,
            signed_requests: wanted.signed_requests,
            request_uris: wanted.request_uris,
            app_url: wanted.app_url,
            logo_uri: wanted.logo_uri,
            policy_uri: wanted.policy_uri,
            tos_uri: wanted.tos_uri,
            initiate_login_uri: wanted.initiate_login_uri,
            userinfo_signed_response_alg: wanted.userinfo_signed_response_alg,
            backchannel_logout_uri: wanted.backchannel_logout_uri,
            backchannel_logout_session_required: wanted.backchannel_logout_session_required,
            frontchannel_logout_uri: wanted.frontchannel_logout_uri,
            frontchannel_logout_session_required: wanted.frontchannel_logout_session_required,
            default_max_age: wanted.default_max_age,
            sector_identifier_uri: wanted.sector_identifier_uri,
            ..settings.clone()
        };
    }

    /// Whether it wants another name for each person than other clients have.
    pub fn is_pairwise(&self) -> bool {
        self.settings.sub == SubMode::Pairwise
    }
}

#[cfg(test)]
mod tests {
    use super::Bounds;

    #[test]
    fn hosts_are_met_whole_and_stars_by_what_is_below() {
        let hosts = ["app.example.com", "*.example.net", "127.0.0.1"].map(str::to_owned);
        let bounds = Bounds { redirect_hosts: hosts.into(), ..Bounds::default() };
        for uri in [
            "https://app.example.com/cb",
            "https://APP.example.com:8443/cb",
            "https://a.example.net/cb",
            "https://a.b.example.net/",
            "http://127.0.0.1:9/cb",
        ] {
            assert!(bounds.reach(uri), "{uri}");
        }
        for uri in [
            "https://example.com/cb",
            "https://app.example.com.evil.example/cb",
            "https://example.net/",
            "https://evilexample.net/",
            "https://app.example.com@evil.example/",
            "com.example.app:/cb",
            "nonsense",
        ] {
            assert!(!bounds.reach(uri), "{uri}");
        }
        assert!(Bounds::default().reach("com.example.app:/cb"));
    }
}
