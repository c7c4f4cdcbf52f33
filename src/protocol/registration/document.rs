//! Client ID metadata documents (draft-ietf-oauth-client-id-metadata-document): a client whose
//! `client_id` is the address at which it says what it is.

use serde_json::{Map, Value, json};
use url::Url;

/// Characters of such an address.
const LONGEST: usize = 255;

/// Whether a `client_id` is such an address: https, a path, and nothing that a parser would mend.
pub fn is_address(id: &str) -> bool {
    let Some(url) = Url::parse(id).ok().filter(|_| id.len() <= LONGEST) else { return false };
    url.scheme() == "https"
        && url.as_str() == id
        && url.path().len() > 1
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
}

/// The metadata in a document that stands at this address. There is no secret that two could know.
///
/// # Errors
/// Why it is none.
pub fn metadata(id: &str, body: &[u8]) -> Result<Map<String, Value>, &'static str> {
    let read = serde_json::from_slice::<Map<String, Value>>(body);
    let mut metadata = read.map_err(|_| "the document is no JSON object")?;
    if metadata.get("client_id").and_then(Value::as_str) != Some(id) {
        return Err("client_id in the document is not the address of the document");
    }
    if metadata.contains_key("client_secret") {
        return Err("the document holds a client_secret, which everybody could read");
    }
    let method = metadata.entry("token_endpoint_auth_method").or_insert_with(|| json!("none"));
    match method.as_str() {
        Some("none" | "private_key_jwt") => Ok(metadata),
        _ => Err("token_endpoint_auth_method must be none or private_key_jwt"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{is_address, metadata};

    #[test]
    fn an_address_has_one_spelling_and_a_path() {
        assert!(is_address("https://app.example.com/client.json"));
        assert!(is_address("https://app.example.com:8443/a/b"));
        for id in [
            "https://app.example.com/",
            "https://app.example.com",
            "http://app.example.com/client.json",
            "https://app.example.com/client.json#x",
            "https://app.example.com/client.json?x",
            "https://user@app.example.com/client.json",
            "https://app.example.com/a/../b",
            "https://APP.example.com/client.json",
            "https://app.example.com:443/client.json",
            "reg-1",
            "",
        ] {
            assert!(!is_address(id), "{id}");
        }
    }

    #[test]
    fn a_document_names_its_own_address_and_no_secret() {
        let id = "https://app.example.com/client.json";
        let read = |more: serde_json::Value| {
            let mut all = json!({ "client_id": id });
            all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            metadata(id, all.to_string().as_bytes())
        };
        assert_eq!(read(json!({})).unwrap()["token_endpoint_auth_method"], "none");
        assert!(read(json!({ "token_endpoint_auth_method": "private_key_jwt" })).is_ok());
        for bad in [
            json!({ "client_id": "https://other.example.com/client.json" }),
            json!({ "client_secret": "x" }),
            json!({ "token_endpoint_auth_method": "client_secret_basic" }),
        ] {
            assert!(read(bad.clone()).is_err(), "{bad}");
        }
        assert!(metadata(id, b"[]").is_err());
    }
}
