//! Flags for how what a client is told, or tells, is signed and encrypted, and for what its tokens are.

use serde_json::Value;

use crate::domain::{Algorithm, ClientSettings, ContentEncryption, KeyManagement};

/// Signatures and encryption beside the ID token's own signature. What is not given stays
#[derive(clap::Args, Default, PartialEq)]
#[command(next_help_heading = "Settings of the client")]
pub(super) struct AnswerFlags {
    /// What signs its userinfo: an algorithm as with --alg, or none for plain JSON
    #[arg(long, value_name = "ALG", value_parser = or_none::<Algorithm>)]
    userinfo_signed_response_alg: Option<OrNone<Algorithm>>,
    /// What signs introspection, where it asks for a token: an algorithm as with --alg, or none for
    /// that of --alg
    #[arg(long, value_name = "ALG", value_parser = or_none::<Algorithm>)]
    introspection_signed_response_alg: Option<OrNone<Algorithm>>,
    /// Encrypts its ID tokens to a key of its own: RSA-OAEP-256, ECDH-ES, ECDH-ES+A128KW,
    /// ECDH-ES+A256KW, or none. python-social-auth cannot read them
    #[arg(long, value_name = "ALG", value_parser = or_none::<KeyManagement>)]
    id_token_encrypted_response_alg: Option<OrNone<KeyManagement>>,
    /// How their content is encrypted: A256GCM, or A128CBC-HS256, which none means
    #[arg(long, value_name = "ENC", value_parser = or_none::<ContentEncryption>)]
    id_token_encrypted_response_enc: Option<OrNone<ContentEncryption>>,
    /// Encrypts its userinfo in the same ways
    #[arg(long, value_name = "ALG", value_parser = or_none::<KeyManagement>)]
    userinfo_encrypted_response_alg: Option<OrNone<KeyManagement>>,
    /// How its content is encrypted
    #[arg(long, value_name = "ENC", value_parser = or_none::<ContentEncryption>)]
    userinfo_encrypted_response_enc: Option<OrNone<ContentEncryption>>,
    /// How it may encrypt its requests in turn, to a key of this server, in the same ways
    #[arg(long, value_name = "ALG", value_parser = or_none::<KeyManagement>)]
    request_object_encryption_alg: Option<OrNone<KeyManagement>>,
    /// A resource that it may ask tokens for (RFC 8707); give it once for each, and they replace those
    /// it had; an empty one takes them away
    #[arg(long = "resource", value_name = "URI")]
    resources: Vec<String>,
    /// A type of authorization details that it may use (RFC 9396); in the same way
    #[arg(long = "authorization-details-type", value_name = "TYPE")]
    details_types: Vec<String>,
}

/// A word that the stored settings know; `None` for none.
#[derive(Debug, Clone, Copy, PartialEq)]
struct OrNone<T>(Option<T>);

impl AnswerFlags {
    /// Writes what was given into the settings.
    pub fn apply(&self, settings: &mut ClientSettings) {
        set(&mut settings.userinfo_signed_response_alg, self.userinfo_signed_response_alg);
        set(
            &mut settings.introspection_signed_response_alg,
            self.introspection_signed_response_alg,
        );
        set(&mut settings.id_token_encrypted_response_alg, self.id_token_encrypted_response_alg);
        set(&mut settings.id_token_encrypted_response_enc, self.id_token_encrypted_response_enc);
        set(&mut settings.userinfo_encrypted_response_alg, self.userinfo_encrypted_response_alg);
        set(&mut settings.userinfo_encrypted_response_enc, self.userinfo_encrypted_response_enc);
        set(&mut settings.request_object_encryption_alg, self.request_object_encryption_alg);
        replace(&mut settings.resources, &self.resources);
        replace(&mut settings.authorization_details_types, &self.details_types);
    }
}

fn set<T>(slot: &mut Option<T>, given: Option<OrNone<T>>) {
    if let Some(OrNone(value)) = given {
        *slot = value;
    }
}

fn replace(list: &mut Vec<String>, given: &[String]) {
    if !given.is_empty() {
        let given = given.iter().map(|one| one.trim()).filter(|one| !one.is_empty());
        *list = given.map(str::to_owned).collect();
    }
}

fn or_none<T: serde::de::DeserializeOwned>(text: &str) -> Result<OrNone<T>, String> {
    if text.eq_ignore_ascii_case("none") {
        return Ok(OrNone(None));
    }
    let read = serde_json::from_value(Value::String(text.to_owned()));
    read.map(|value| OrNone(Some(value))).map_err(|error| format!("{error}, or none"))
}
