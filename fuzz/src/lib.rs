//! What is done with hostile input: a function for each parser of bytes from outside, which panics
//! where a promise is broken. The fuzzer calls them, and so do the stories, with what is in `corpus`.

mod browser;
mod clients;
mod text;
mod tokens;

use keystead::domain::{Client, ClientId, ClientSettings, Pkce, ResponseType, Secret, Timestamp};

/// When all of it happens.
const NOW: Timestamp = Timestamp(1_790_000_000);
const ISSUER: &str = "https://id.example.com";
/// The secret of the client.
const SECRET: &str = "correct horse battery staple";

/// What an input is given to.
type Body = fn(&[u8]);

/// Every target by its name, which is also that of its folder in `corpus`.
pub const TARGETS: [(&str, Body); 18] = [
    ("authorization_details", browser::authorization_details),
    ("authorize", browser::authorize),
    ("certificate", clients::certificate),
    ("claims_parameter", browser::claims_parameter),
    ("client_credentials", clients::credentials),
    ("client_document", clients::document),
    ("declared", text::declared),
    ("dpop_proof", tokens::dpop_proof),
    ("encrypted_token", tokens::encrypted),
    ("headers", text::headers),
    ("jwk_set", clients::jwk_set),
    ("logout", browser::logout),
    ("multipart", text::multipart),
    ("registration", clients::registration),
    ("request_object", browser::request_object),
    ("signed_token", tokens::signed),
    ("token_claims", tokens::claims),
    ("words", text::words),
];

/// Gives an input to a target.
pub fn run(target: &str, input: &[u8]) {
    let found = TARGETS.iter().find(|(name, _)| *name == target);
    let (_, body) = found.unwrap_or_else(|| panic!("there is no target {target}"));
    body(input);
}

/// A client that may do everything but come without PKCE.
fn client() -> Client {
    let settings = ClientSettings {
        pkce: Pkce::Required,
        response_types: ResponseType::ALL.to_vec(),
        authorization_details_types: vec!["payment".to_owned(), "a".to_owned()],
        resources: vec!["https://api.example.com/".to_owned()],
        ..ClientSettings::default()
    };
    Client {
        id: ClientId("web".to_owned()),
        slug: "web".to_owned(),
        name: "Web".to_owned(),
        public: false,
        trusted: false,
        disabled_at: None,
        secret_hash: Some(Secret::sent(SECRET).hash()),
        secret_sealed: None,
        settings: settings.into(),
        created_at: NOW,
        updated_at: NOW,
        redirect_uris: vec![
            "https://web.example.com/cb".to_owned(),
            "https://web.example.com/cb?x=1".to_owned(),
        ],
        post_logout_redirect_uris: vec!["https://web.example.com/bye?x=1".to_owned()],
    }
}
