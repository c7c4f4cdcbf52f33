//! What applications send of themselves: credentials, keys, certificates and metadata.

use std::net::IpAddr;

use base64::{Engine, prelude::BASE64_STANDARD};
use keystead::domain::{
    AuthMethod, Bounds, CertificateSubject, ContentEncryption, KeyManagement, ResponseType, Scopes,
};
use keystead::jose::{ClientKeys, Inside, Shown, encrypt};
use keystead::protocol::client_auth::{self, Proof, Sent, Verdict};
use keystead::protocol::registration::{self, Terms, document, statement};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::{NOW, SECRET, client};

/// A form of the token endpoint, and beside it the header as `authorization`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Form {
    authorization: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    client_assertion_type: Option<String>,
    client_assertion: Option<String>,
}

/// Nobody is taken for the client but who knows its secret.
pub fn credentials(input: &[u8]) {
    let Ok(form) = serde_urlencoded::from_bytes::<Form>(input) else { return };
    let sent = Sent {
        authorization: form.authorization.as_deref(),
        client_id: form.client_id.as_deref(),
        client_secret: form.client_secret.as_deref(),
        assertion_type: form.client_assertion_type.as_deref(),
        assertion: form.client_assertion.as_deref(),
    };
    let ways = [sent.authorization, sent.client_secret, sent.assertion];
    let Ok(read) = client_auth::read(&sent) else { return };
    assert!(ways.iter().flatten().count() <= 1, "in one way alone");
    assert!(sent.client_id.is_none_or(|id| id == read.client_id), "the same everywhere");
    match (&read.proof, read.method) {
        (Proof::None, AuthMethod::None | AuthMethod::ClientSecretBasic) => {}
        (Proof::Secret(_), AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost) => {}
        (Proof::Assertion(_), AuthMethod::ClientSecretJwt | AuthMethod::PrivateKeyJwt) => {}
        (_, method) => panic!("{method:?} proves nothing in this way"),
    }
    let mut own = client();
    for only in [None, Some(read.method)] {
        own.settings.auth_method = only;
        if let Ok(Verdict::Proven) = client_auth::check(&own, &read) {
            let Proof::Secret(secret) = &read.proof else { panic!("proven by nothing") };
            let known = |text: &str| client_auth::spellings(text).any(|text| text == SECRET);
            assert!(known(secret.expose()), "proven by another secret");
        }
    }
}

/// A set that holds a secret is refused whole; what can be encrypted to is encrypted to.
pub fn jwk_set(input: &[u8]) {
    let Ok(set) = serde_json::from_slice::<Map<String, Value>>(input) else { return };
    let Ok(keys) = ClientKeys::read(&set) else { return };
    let listed = set["keys"].as_array().expect("a set is a list");
    assert!(listed.iter().all(|key| key.get("d").is_none() && key.get("k").is_none()));
    for alg in KeyManagement::ALL {
        let Some(key) = keys.recipient(alg) else { continue };
        assert!(key.fits(alg) && !keys.is_empty());
        let how = (alg, ContentEncryption::A128CbcHs256);
        if let Ok(token) = encrypt(&key, how, (Inside::Claims, b"{}")) {
            assert_eq!(token.split('.').count(), 5);
        }
    }
    assert!(keys.verify("e30.e30.").is_err() && keys.certify(b"").is_err());
}

/// However a proxy writes a certificate, it is the same one.
pub fn certificate(input: &[u8]) {
    let Ok(header) = std::str::from_utf8(input) else { return };
    let Some(shown) = Shown::in_header(header) else { return };
    let plain = BASE64_STANDARD.encode(shown.own());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{plain}\n-----END CERTIFICATE-----\n");
    let encoded: String = form_urlencoded::byte_serialize(pem.as_bytes()).collect();
    for text in [format!(":{plain}:"), encoded.replace('+', "%20"), pem, plain] {
        // What is written longer may not fit into a header any more.
        if text.len() <= header.len() {
            assert_eq!(Shown::in_header(&text).as_ref(), Some(&shown), "{text}");
        }
    }
    assert_eq!(shown.thumbprint().len(), 43);
    let nobody = "nobody.example".to_owned();
    for subject in [
        CertificateSubject::Dn("CN=nobody.example".to_owned()),
        CertificateSubject::Dns(nobody.clone()),
        CertificateSubject::Uri(nobody.clone()),
        CertificateSubject::Email(nobody),
        CertificateSubject::Ip(IpAddr::from([203, 0, 113, 9])),
    ] {
        shown.is_of(&subject);
    }
}

/// Metadata: addresses that lead no script anywhere, and words that can be sent back.
pub fn registration(input: &[u8]) {
    let Ok(metadata) = serde_json::from_slice::<Map<String, Value>>(input) else { return };
    if let Ok(Some((token, issuer))) = statement::read(&metadata) {
        assert!(token.contains('.'), "{issuer}");
    }
    if let Ok(stated) = statement::apply(&metadata, &metadata, NOW) {
        assert!(!metadata.contains_key("software_statement") && stated.len() >= metadata.len());
    }
    let (bounds, scopes) = (Bounds::default(), Scopes::parse("openid email"));
    let terms = Terms { served: &ResponseType::ALL, bounds: &bounds, scopes: &scopes };
    match registration::read(&metadata, &terms) {
        Ok(wanted) => {
            for uri in wanted.redirect_uris.iter().chain(&wanted.post_logout_redirect_uris) {
                let (scheme, _) = uri.split_once(':').expect("a whole address");
                let web =
                    scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
                assert!(web || (wanted.public && scheme.contains('.')), "{uri}");
                assert!(!uri.contains('#') && bounds.reach(uri), "{uri}");
            }
            assert!(wanted.scopes.within(&bounds.scopes));
            let known = |grant| bounds.grant_types.contains(grant);
            assert!(wanted.settings.grant_types.iter().all(known));
            let kept = serde_json::to_string(&wanted.settings).expect("settings are written");
            assert!(!kept.contains("\\u0000"), "no database takes that");
        }
        Err(error) => {
            // RFC 6749 5.2.
            let sent = |c: char| (c.is_ascii_graphic() || c == ' ') && c != '"' && c != '\\';
            assert!(error.description.chars().all(sent), "{}", error.description);
        }
    }
}

/// An address on the first line, and below it the document that stands there.
pub fn document(input: &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (id, body) = input.split_at(end);
    let Ok(id) = std::str::from_utf8(id) else { return };
    if document::is_address(id) {
        assert!(id.starts_with("https://"), "{id}");
        assert!(id.is_ascii() && !id.contains(['#', '?', ' ', '\t']), "{id}");
    }
    if let Ok(metadata) = document::metadata(id, body) {
        assert_eq!(metadata["client_id"], id);
        assert!(!metadata.contains_key("client_secret"));
        let method = metadata["token_endpoint_auth_method"].as_str();
        assert!(matches!(method, Some("none" | "private_key_jwt")));
    }
}
