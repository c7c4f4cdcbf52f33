//! What a grant is for beside its scopes: resources (RFC 8707) and authorization details (RFC 9396).

use serde::{Deserialize, Serialize};
use url::Url;

/// One thing that is to be allowed: an object with a `type`, as the client sent it.
pub type AuthorizationDetail = serde_json::Map<String, serde_json::Value>;

/// What tokens are for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Target {
    /// Where they are good; anywhere the client goes, if none is named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// What exactly they allow, in the order in which it was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<AuthorizationDetail>,
}

/// Whether it may stand for a resource: a whole URI without a fragment (RFC 8707 2), of 500 characters
/// at most.
pub fn is_resource(text: &str) -> bool {
    let printable = text.len() <= 500 && text.bytes().all(|byte| byte.is_ascii_graphic());
    printable && Url::parse(text).is_ok() && !text.contains('#')
}

/// Whether it may name a type of authorization details: nothing that a page would show as something
/// else.
pub fn is_details_type(text: &str) -> bool {
    (1..=100).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::is_resource;

    #[test]
    fn a_resource_is_a_whole_uri_without_fragment() {
        for good in ["https://api.example/", "https://api.example/a?b=c", "urn:example:api"] {
            assert!(is_resource(good), "{good}");
        }
        for bad in ["", "api", "/api", "https://api.example/#x", "https://api.example/ü", "a b:c"]
        {
            assert!(!is_resource(bad), "{bad}");
        }
    }
}
