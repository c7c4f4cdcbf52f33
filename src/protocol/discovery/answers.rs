//! What the metadata says of how answers other than the ID token's signature are signed and encrypted:
//! userinfo, introspection (RFC 9701 7), the ID token's encryption, that of requests, and authorization
//! details (RFC 9396 10).

use serde_json::{Value, json};

use super::Promises;
use crate::domain::{Algorithm, ContentEncryption, KeyAlgorithm, KeyManagement};

/// The members that are true: of some client, or of this one.
pub(super) fn members(promises: &Promises<'_>) -> Vec<(&'static str, Value)> {
    let client = promises.client;
    let settings = client.map(|client| &client.settings);
    let userinfo = match settings {
        None => Algorithm::ALL.to_vec(),
        Some(settings) => settings.userinfo_signed_response_alg.into_iter().collect(),
    };
    let introspection = match client {
        None => Algorithm::ALL.to_vec(),
        // A public client may not introspect.
        Some(client) if client.public => Vec::new(),
        Some(client) => vec![client.settings.introspection_alg()],
    };
    let id_tokens = encryption(settings.map(|settings| settings.id_token_encryption()));
    let userinfos = encryption(settings.map(|settings| settings.userinfo_encryption()));
    let details =
        settings.map_or(&promises.details_types, |settings| &settings.authorization_details_types);
    let requests = requests(promises);
    let all = [
        ("userinfo_signing_alg_values_supported", json!(userinfo)),
        ("introspection_signing_alg_values_supported", json!(introspection)),
        ("id_token_encryption_alg_values_supported", json!(id_tokens.0)),
        ("id_token_encryption_enc_values_supported", json!(id_tokens.1)),
        ("userinfo_encryption_alg_values_supported", json!(userinfos.0)),
        ("userinfo_encryption_enc_values_supported", json!(userinfos.1)),
        ("request_object_encryption_alg_values_supported", json!(requests.0)),
        ("request_object_encryption_enc_values_supported", json!(requests.1)),
        ("authorization_details_types_supported", json!(details)),
    ];
    all.into_iter().filter(|(_, list)| *list != json!([])).collect()
}

/// How something is encrypted, if it is: for this client, or in any way for some client.
fn encryption(
    own: Option<Option<(KeyManagement, ContentEncryption)>>,
) -> (Vec<KeyManagement>, Vec<ContentEncryption>) {
    match own {
        None => (KeyManagement::ALL.to_vec(), ContentEncryption::ALL.to_vec()),
        Some(own) => own.into_iter().unzip(),
    }
}

/// How requests may be encrypted, where the client is to: in every way that one of the published keys
/// allows.
fn requests(promises: &Promises<'_>) -> (Vec<KeyManagement>, Vec<ContentEncryption>) {
    let published = |alg: &KeyManagement| promises.readable.contains(&KeyAlgorithm::from(*alg));
    let ways: Vec<_> = KeyManagement::ALL.into_iter().filter(published).collect();
    let encrypts = promises
        .client
        .is_none_or(|client| client.settings.request_object_encryption_alg.is_some());
    match ways.is_empty() || !encrypts {
        true => (Vec::new(), Vec::new()),
        false => (ways, ContentEncryption::ALL.to_vec()),
    }
}
