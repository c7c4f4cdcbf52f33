//! What files may say about a client: the names that templates use, and what they stand for.

use url::form_urlencoded;

use super::app_url::AppUrl;
use super::quote::Value;
use super::{GeneratorError, Template};
use crate::domain::{Algorithm, AuthMethod, Client, Pkce};

/// A client and the server it is registered at.
pub(super) struct Facts<'a> {
    client: &'a Client,
    secret: Option<&'a str>,
    public_url: &'a str,
    template: &'a Template,
    app: Option<AppUrl>,
}

impl<'a> Facts<'a> {
    /// # Errors
    /// When the client's stored application URL cannot be one.
    pub fn new(
        client: &'a Client,
        secret: Option<&'a str>,
        public_url: &'a str,
        template: &'a Template,
    ) -> Result<Facts<'a>, GeneratorError> {
        let stored = client.settings.app_url.as_deref();
        let app = stored.or_else(|| app_of(client, template));
        let app = app.map(|text| AppUrl::parse(text, &[])).transpose()?;
        Ok(Facts { client, secret, public_url, template, app })
    }

    /// What the placeholder `name` stands for in `file`.
    pub fn value(&self, name: &str, file: &str) -> Result<Value, GeneratorError> {
        let text = match name {
            "issuer" => self.public_url.to_owned(),
            "discovery_url" => format!("{}/.well-known/openid-configuration", self.public_url),
            "authorization_endpoint" => format!("{}/oauth2/authorize", self.public_url),
            "userinfo_endpoint" => format!("{}/oauth2/userinfo", self.public_url),
            "token_endpoint" => format!("{}/oauth2/token", self.public_url),
            "logout_url" => self.logout_url(),
            "client_id" => self.client.id.0.clone(),
            "client_name" => self.client.name.clone(),
            "client_secret" => self.secret.map(str::to_owned).ok_or_else(|| {
                GeneratorError::SecretUnknown { client: self.client.id.0.clone() }
            })?,
            "alg" => self.client.settings.alg.as_str().to_owned(),
            "redirect_uri" => self.client.redirect_uris.first().cloned().unwrap_or_default(),
            "app_url" => self.app(file)?.text.clone(),
            "app_host" => self.app(file)?.host(),
            "base_path" => format!("{}/", self.app(file)?.path().trim_start_matches('/')),
            "scopes" => return Ok(Value::List(self.template.scopes.clone())),
            other => match other.strip_prefix("app_url/") {
                Some(path) => self.app(file)?.join(&format!("/{path}")),
                None => {
                    return Err(GeneratorError::Damaged {
                        file: file.to_owned(),
                        problem: format!("'{other}' is not a value"),
                    });
                }
            },
        };
        Ok(Value::Text(text))
    }

    /// Whether the condition `name` of `file` is met.
    pub fn holds(&self, name: &str, file: &str) -> Result<bool, GeneratorError> {
        let settings = &self.client.settings;
        Ok(match name {
            "confidential" => !self.client.public,
            "pkce_required" => self.client.public || settings.pkce == Pkce::Required,
            "other_alg" => settings.alg != Algorithm::RS256,
            "auth_post" => settings.auth_method == Some(AuthMethod::ClientSecretPost),
            "has_redirect_uri" => !self.client.redirect_uris.is_empty(),
            "https" => self.app.as_ref().is_some_and(AppUrl::is_https),
            "http" => self.app.as_ref().is_some_and(|app| !app.is_https()),
            "base_path" => self.app.as_ref().is_some_and(|app| !app.path().is_empty()),
            other => {
                return Err(GeneratorError::Damaged {
                    file: file.to_owned(),
                    problem: format!("'{other}' is not a condition"),
                });
            }
        })
    }

    fn app(&self, file: &str) -> Result<&AppUrl, GeneratorError> {
        self.app.as_ref().ok_or_else(|| GeneratorError::Missing {
            client: self.client.id.0.clone(),
            what: "application URL",
            file: file.to_owned(),
            fix: "register the application's redirect URI",
        })
    }

    /// Signs out here and leads back to the application (OpenID Connect RP-Initiated Logout 2).
    fn logout_url(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("client_id", self.client.id.as_str());
        let known = &self.client.post_logout_redirect_uris;
        let ours = |uri: &&String| self.app.as_ref().is_some_and(|app| uri.starts_with(&app.text));
        if let Some(uri) = known.iter().find(ours).or(known.first()) {
            query.append_pair("post_logout_redirect_uri", uri);
        }
        format!("{}/oauth2/end-session?{}", self.public_url, query.finish())
    }
}

/// The application's URL as its redirect URI shows it.
fn app_of<'a>(client: &'a Client, template: &Template) -> Option<&'a str> {
    let path = template.redirect_paths.first()?;
    client.redirect_uris.iter().find_map(|uri| uri.strip_suffix(path.as_str()))
}
