//! What the metadata says of how answers other than the ID token's signature are signed and encrypted:
//! userinfo, introspection (RFC 9701 7), the ID token's encryption, and authorization details (RFC 9396
//! 10).

use serde_json::{Value, json};

use crate::domain::{Algorithm, Client, ContentEncryption, KeyManagement};

/// The members that are true: of some client, or of this one; `details` are the types of
/// authorization details that some client may use.
pub(super) fn members(client: Option<&Client>, details: &[String]) -> Vec<(&'static str, Value)> {
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
    let details = settings.map_or(details, |settings| &settings.authorization_details_types);
    let all = [
        ("userinfo_signing_alg_values_supported", json!(userinfo)),
        ("introspection_signing_alg_values_supported", json!(introspection)),
        ("id_token_encryption_alg_values_supported", json!(id_tokens.0)),
        ("id_token_encryption_enc_values_supported", json!(id_tokens.1)),
        ("userinfo_encryption_alg_values_supported", json!(userinfos.0)),
        ("userinfo_encryption_enc_values_supported", json!(userinfos.1)),
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
