//! The files an application is configured with, and the addresses it is told of.

use crate::app::AppState;
use crate::domain::{Client, Layout, Secret};
use crate::generator::{self, Format, GeneratedFile};
use crate::layouts;

use super::overview::layout_name;

/// What stands in the files where the secret belongs, as long as it is not shown.
const PLACEHOLDER: &str = "PUT-THE-CLIENT-SECRET-HERE";

/// What an application is configured with.
pub struct Files {
    /// The secret, where it is shown.
    pub secret: Option<String>,
    /// Whether something stands in the files for a secret that is not shown.
    pub placeholder: Option<&'static str>,
    /// The files.
    pub files: Vec<GeneratedFile>,
    /// Why there are none.
    pub problem: Option<String>,
    /// The addresses, of each layout.
    pub layouts: Vec<Addresses>,
}

/// The addresses of a layout.
pub struct Addresses {
    /// Whose URLs they are.
    pub whose: &'static str,
    /// What each is, and where.
    pub all: Vec<(&'static str, String)>,
}

impl Files {
    /// With the secret, or with something in its place.
    pub fn of(app: &AppState, client: &Client, secret: Option<&Secret>) -> Files {
        let hidden = secret.is_none() && !client.public;
        let stands = secret.map(Secret::expose).or(hidden.then_some(PLACEHOLDER));
        let url = app.config.public_url.as_str();
        let (files, problem) = match generator::files(client, stands, url, &Format::All) {
            Ok(files) => (files, None),
            Err(error) => (Vec::new(), Some(format!("There are no files: {error}."))),
        };
        let used = files.iter().any(|file| file.contents.contains(PLACEHOLDER));
        Files {
            secret: secret.map(|secret| secret.expose().to_owned()),
            placeholder: (hidden && used).then_some(PLACEHOLDER),
            files,
            problem,
            layouts: Layout::ALL.into_iter().map(|layout| addresses(url, layout, client)).collect(),
        }
    }
}

fn addresses(url: &str, layout: Layout, client: &Client) -> Addresses {
    let endpoints = layouts::endpoints(url, layout, Some(client));
    let discovery = layouts::discovery(url, layout, client);
    let all = [
        ("Issuer", endpoints.issuer),
        ("Discovery", discovery),
        ("Authorization", endpoints.authorization),
        ("Token", endpoints.token),
        ("Userinfo", endpoints.userinfo),
        ("Keys (JWKS)", endpoints.jwks),
        ("Sign-out", endpoints.end_session),
        ("Introspection", endpoints.introspection),
        ("Revocation", endpoints.revocation),
    ];
    Addresses { whose: layout_name(layout), all: all.into() }
}
