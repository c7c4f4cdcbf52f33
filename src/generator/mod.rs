//! The integration generator: from a template and the application's URL to a registered client and
//! ready files for the relying party. Templates are data under `templates/clients`.

mod app_url;
mod error;
mod facts;
mod format;
mod proxies;
mod quote;
mod render;
mod template;

pub use error::GeneratorError;
pub use format::Format;
pub use proxies::Proxy;
pub use template::{AppUrlUse, FileTemplate, Plan, Template, template, templates};

use crate::domain::{Client, GrantType};
use facts::Facts;

/// A file for the relying party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedFile {
    /// What to call it there.
    pub name: String,
    /// All of it; holds the client secret where the relying party needs it.
    pub contents: String,
}

/// The files of one format that make `client` work with the server at `public_url`.
///
/// # Errors
/// When the client's template has no such format, or a file needs what is not known: the secret,
/// the application's URL.
pub fn files(
    client: &Client,
    secret: Option<&str>,
    public_url: &str,
    format: &Format,
) -> Result<Vec<GeneratedFile>, GeneratorError> {
    let template = template_of(client)?;
    let facts = Facts::new(client, secret, public_url, template)?;
    let wanted = template.files.iter().filter(|file| format.takes(&file.format));
    let files: Vec<GeneratedFile> = wanted
        .map(|file| {
            Ok(GeneratedFile { name: file.name.clone(), contents: render::file(file, &facts)? })
        })
        .collect::<Result<_, GeneratorError>>()?;
    if files.is_empty() {
        return Err(GeneratorError::UnknownFormat {
            format: format.to_string(),
            whose: format!("client '{}'", client.id),
            known: template.formats().join(", "),
        });
    }
    Ok(files)
}

/// The formats that `files` knows for this client.
///
/// # Errors
/// When it was made from a template that is no more.
pub fn formats(client: &Client) -> Result<Vec<&'static str>, GeneratorError> {
    Ok(template_of(client)?.formats())
}

/// The template the client was made from, else the generic one for its kind.
fn template_of(client: &Client) -> Result<&'static Template, GeneratorError> {
    let people = client.settings.grant_types.contains(&GrantType::AuthorizationCode);
    template(match &client.settings.template {
        Some(name) => name,
        None if client.public => "spa",
        None if !people => "machine",
        None => "web",
    })
}

#[cfg(test)]
mod tests;
