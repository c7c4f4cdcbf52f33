//! Security profiles: sets of switches under one name.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Client, ClientSettings, GrantType};

/// How strict we are with a client. A profile is nothing but its switches: a client has it while all
/// of them stand so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityProfile {
    /// FAPI 2.0 Security Profile: for money and health.
    Fapi2,
    /// RFC 9700 to the letter.
    Strict,
    /// What is right for most.
    Standard,
    /// What social-core before 4.8.7 needs.
    Legacy,
}

/// A switch of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switch {
    /// The setting of the client, as it is stored.
    pub field: &'static str,
    /// The values that the profile allows, as they are stored; it is set to the first.
    pub allowed: &'static [&'static str],
    /// It matters only to clients that may use this grant.
    pub with: Option<GrantType>,
}

const fn only(field: &'static str, allowed: &'static [&'static str]) -> Switch {
    Switch { field, allowed, with: None }
}

const fn with(grant: GrantType, field: &'static str, allowed: &'static [&'static str]) -> Switch {
    Switch { field, allowed, with: Some(grant) }
}

const FAPI2: &[Switch] = &[
    only("auth_method", &["private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"]),
    only("assertion_audience", &["issuer"]),
    only("client_algs", &["fapi"]),
    only("pkce", &["required"]),
    only("pushed_requests", &["required"]),
    only("dpop", &["required", "nonce"]),
    only("response_types", &["[\"code\"]"]),
    only("alg", &["ES256", "PS256", "ES384", "EdDSA"]),
    only("rotate_refresh_tokens", &["false"]),
    // FAPI-CIBA 5.2.2: what is asked in the back channel is signed.
    with(GrantType::Ciba, "signed_requests", &["required", "encrypted"]),
];

const STRICT: &[Switch] = &[
    only(
        "auth_method",
        &[
            "client_secret_basic",
            "client_secret_post",
            "client_secret_jwt",
            "private_key_jwt",
            "tls_client_auth",
            "self_signed_tls_client_auth",
        ],
    ),
    only("assertion_audience", &["issuer"]),
    only("client_algs", &["fapi"]),
    only("pkce", &["required"]),
    only("response_types", &["[\"code\"]"]),
    only("rotate_refresh_tokens", &["true"]),
];

const STANDARD: &[Switch] = &[
    only("pkce", &["required"]),
    only("response_types", &["[\"code\"]"]),
    only("rotate_refresh_tokens", &["true"]),
    only("pushed_requests", &["optional", "required"]),
    only("signed_requests", &["optional", "required", "encrypted"]),
    only("assertion_audience", &["endpoints", "issuer"]),
    only("client_algs", &["any", "fapi"]),
    only("dpop", &["optional", "required", "nonce"]),
];

const LEGACY: &[Switch] = &[
    only("auth_method", &["null", "client_secret_basic", "client_secret_post"]),
    only("alg", &["RS256"]),
    only("access_token", &["opaque"]),
    only("pkce", &["optional"]),
    only("pushed_requests", &["optional"]),
    only("signed_requests", &["optional"]),
    only("dpop", &["optional"]),
    only("response_types", &["[\"code\"]"]),
    only("rotate_refresh_tokens", &["true"]),
];

impl SecurityProfile {
    /// All of them, the strictest first.
    pub const ALL: [SecurityProfile; 4] = [
        SecurityProfile::Fapi2,
        SecurityProfile::Strict,
        SecurityProfile::Standard,
        SecurityProfile::Legacy,
    ];

    /// As flags and forms spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            SecurityProfile::Fapi2 => "fapi2",
            SecurityProfile::Strict => "strict",
            SecurityProfile::Standard => "standard",
            SecurityProfile::Legacy => "legacy",
        }
    }

    /// What people read.
    pub fn title(self) -> &'static str {
        match self {
            SecurityProfile::Fapi2 => "FAPI 2.0",
            SecurityProfile::Strict => "Strict",
            SecurityProfile::Standard => "Standard",
            SecurityProfile::Legacy => "Legacy",
        }
    }

    /// For whom it is.
    pub fn about(self) -> &'static str {
        match self {
            SecurityProfile::Fapi2 => {
                "For money and health: requests are pushed, every token is bound to a key, and the \
                 application proves who it is with a key of its own."
            }
            SecurityProfile::Strict => {
                "RFC 9700 to the letter: PKCE, one way to authenticate, codes alone, and signatures \
                 that are addressed to us by name."
            }
            SecurityProfile::Standard => {
                "Right for most: PKCE, codes alone, refresh tokens replaced."
            }
            SecurityProfile::Legacy => {
                "What python-social-auth before social-core 4.8.7 (NetBox before 4.6) needs: no PKCE, \
                 RS256, a plain secret."
            }
        }
    }

    /// Its switches.
    pub fn switches(self) -> &'static [Switch] {
        match self {
            SecurityProfile::Fapi2 => FAPI2,
            SecurityProfile::Strict => STRICT,
            SecurityProfile::Standard => STANDARD,
            SecurityProfile::Legacy => LEGACY,
        }
    }

    /// The strictest profile all of whose switches stand right; `None` where none fits.
    pub fn of(client: &Client) -> Option<SecurityProfile> {
        SecurityProfile::ALL.into_iter().find(|one| one.open(client).next().is_none())
    }

    /// The switches that stand otherwise, each with its value now.
    pub fn open(self, client: &Client) -> impl Iterator<Item = (Switch, String)> {
        let stored = json!(client.settings.0);
        let (public, settings) = (client.public, &client.settings);
        let concerned = self.switches().iter().filter(move |one| one.concerns(public, settings));
        concerned.filter_map(move |switch| {
            let now = text(&stored[switch.field]);
            (!switch.allowed.contains(&now.as_str())).then_some((*switch, now))
        })
    }

    /// Sets what stands otherwise.
    pub fn apply(self, settings: &mut ClientSettings, public: bool) {
        let mut stored = json!(settings);
        let before = settings.clone();
        for switch in self.switches().iter().filter(|one| one.concerns(public, &before)) {
            let allowed = switch.allowed.contains(&text(&stored[switch.field]).as_str());
            if let Some(first) = switch.allowed.first().filter(|_| !allowed) {
                stored[switch.field] = value(first);
            }
        }
        // Every first value is one that the settings know.
        if let Ok(set) = serde_json::from_value(stored) {
            *settings = set;
        }
    }
}

impl Switch {
    /// A public client has nothing to prove who it is with, and tokens that are bound to a
    /// certificate need no other key.
    fn concerns(self, public: bool, settings: &ClientSettings) -> bool {
        if self.with.is_some_and(|grant| !settings.grant_types.contains(&grant)) {
            return false;
        }
        match self.field {
            "auth_method" | "assertion_audience" | "client_algs" => !public,
            "dpop" => !settings.certificate_bound_tokens,
            _ => true,
        }
    }
}

impl std::str::FromStr for SecurityProfile {
    type Err = String;
    fn from_str(text: &str) -> Result<SecurityProfile, String> {
        let found = SecurityProfile::ALL.into_iter().find(|one| one.as_str() == text);
        found.ok_or_else(|| {
            format!("'{text}' is not a profile; use standard, strict, fapi2 or legacy")
        })
    }
}

/// A stored value as a switch writes it.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What a switch writes, as it is stored: JSON where it is that, else a word.
fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{SecurityProfile, value};
    use crate::domain::{ClientSettings, GrantType, SignedRequests};

    #[test]
    fn what_is_asked_in_the_back_channel_is_signed_under_fapi() {
        let mut settings = ClientSettings::default();
        SecurityProfile::Fapi2.apply(&mut settings, false);
        assert_eq!(settings.signed_requests, SignedRequests::Optional);
        settings.grant_types.push(GrantType::Ciba);
        SecurityProfile::Strict.apply(&mut settings, false);
        assert_eq!(settings.signed_requests, SignedRequests::Optional);
        SecurityProfile::Fapi2.apply(&mut settings, false);
        assert_eq!(settings.signed_requests, SignedRequests::Required);
    }

    #[test]
    fn each_switch_names_a_setting_and_values_that_it_takes() {
        let stored = serde_json::json!(ClientSettings::default());
        for profile in SecurityProfile::ALL {
            for switch in profile.switches() {
                assert!(stored.get(switch.field).is_some(), "{}", switch.field);
                for allowed in switch.allowed {
                    let mut changed = stored.clone();
                    changed[switch.field] = value(allowed);
                    let read: Result<ClientSettings, _> = serde_json::from_value(changed);
                    assert!(read.is_ok(), "{} {allowed}", switch.field);
                }
            }
        }
    }
}
