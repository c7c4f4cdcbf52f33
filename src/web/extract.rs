//! Reading forms and queries, so that what cannot be read is answered in the form its sender
//! understands.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, RawForm, Request};
use axum::http::Uri;
use axum::http::request::Parts;
use axum::{Form, RequestExt};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;

use super::cookies;
use super::error::{JsonError, PageError};
use super::multipart;
use super::oidc::client;
use super::visitor::Visitor;
use crate::app::AppState;
use crate::domain::Cause;
use crate::protocol::{ErrorCode, OAuthError, resource};

/// A form from a person's browser.
pub struct PageForm<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest<AppState> for PageForm<T> {
    type Rejection = PageError;

    async fn from_request(mut request: Request, app: &AppState) -> Result<PageForm<T>, PageError> {
        let Ok(visitor) = request.extract_parts_with_state::<Visitor, _>(app).await;
        match Form::from_request(request, app).await {
            Ok(Form(form)) => Ok(PageForm(form)),
            Err(_) => Err(PageError::new(app, &visitor, Cause::MalformedRequest)),
        }
    }
}

/// A form that somebody who is signed in sent from one of our own pages: read whole, so that what
/// comes from elsewhere or cannot be stored is refused before it is looked at.
///
/// # Errors
/// `FormRejected` or `MalformedRequest`.
pub async fn own_form<T: DeserializeOwned + 'static>(
    request: Request,
    app: &AppState,
    visitor: &Visitor,
) -> Result<T, PageError> {
    let malformed = || PageError::new(app, visitor, Cause::MalformedRequest);
    if let Some(boundary) = multipart::boundary(request.headers()) {
        let body = request.extract::<Bytes, _>().await.map_err(|_| malformed())?;
        let parts = multipart::read(&boundary, &body).ok_or_else(malformed)?;
        if parts.iter().any(|(name, value)| name.contains('\0') || value.contains('\0')) {
            return Err(malformed());
        }
        let token: Token = from_pairs(parts.clone()).ok_or_else(malformed)?;
        cookies::check_csrf(app, visitor, &token.csrf)
            .map_err(|cause| PageError::new(app, visitor, cause))?;
        return from_pairs(parts).ok_or_else(malformed);
    }
    let text = request.extract::<String, _>().await.map_err(|_| malformed())?;
    if has_nul(&text) {
        return Err(malformed());
    }
    let token: Token = read(&text).ok_or_else(malformed)?;
    cookies::check_csrf(app, visitor, &token.csrf)
        .map_err(|cause| PageError::new(app, visitor, cause))?;
    read(&text).ok_or_else(malformed)
}

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    csrf: String,
}

fn from_pairs<T: DeserializeOwned>(pairs: Vec<(String, String)>) -> Option<T> {
    let pairs = MapDeserializer::<_, serde::de::value::Error>::new(pairs.into_iter());
    T::deserialize(pairs).ok()
}

fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    let uri: Uri = format!("/?{text}").parse().ok()?;
    Query::try_from_uri(&uri).map(|Query(form)| form).ok()
}

/// Nobody types a NUL, and PostgreSQL cannot store one.
pub fn has_nul(encoded: &str) -> bool {
    encoded.contains("%00") || encoded.contains('\0')
}

/// The query of a page.
pub struct PageQuery<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for PageQuery<T> {
    type Rejection = PageError;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &AppState,
    ) -> Result<PageQuery<T>, PageError> {
        let Ok(visitor) = Visitor::from_request_parts(parts, app).await;
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(query)) => Ok(PageQuery(query)),
            Err(_) => Err(PageError::new(app, &visitor, Cause::MalformedRequest)),
        }
    }
}

/// A form from a client, with what authenticates it: a parameter sent twice is refused (RFC 6749
/// 3.2), but for `resource` (RFC 8707 2).
pub struct ClientForm<T> {
    /// Who it says it is, and what is to prove it.
    pub client: client::Form,
    /// The rest.
    pub params: T,
}

impl<T: DeserializeOwned> FromRequest<AppState> for ClientForm<T> {
    type Rejection = JsonError;

    async fn from_request(request: Request, app: &AppState) -> Result<ClientForm<T>, JsonError> {
        let refused = || malformed("the body must be a form without doubled parameters");
        let RawForm(body) = RawForm::from_request(request, app).await.map_err(|_| refused())?;
        let client = serde_urlencoded::from_bytes(&body).map_err(|_| refused())?;
        let text = std::str::from_utf8(&body).map_err(|_| refused())?;
        let params = serde_urlencoded::from_str(&resource::fold(text)).map_err(|_| refused())?;
        Ok(ClientForm { client, params })
    }
}

/// `invalid_request` with these words.
pub fn malformed(text: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, Cause::MalformedRequest, text)
}
