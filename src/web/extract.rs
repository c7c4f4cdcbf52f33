//! Reading forms and queries, so that what cannot be read is answered in the form its sender
//! understands.

use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::{Form, RequestExt};
use serde::de::DeserializeOwned;

use super::error::{JsonError, PageError};
use super::visitor::Visitor;
use crate::app::AppState;
use crate::domain::Cause;
use crate::protocol::{ErrorCode, OAuthError};

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

/// A form from a client: a parameter sent twice is refused (RFC 6749 3.2).
pub struct ClientForm<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for ClientForm<T> {
    type Rejection = JsonError;

    async fn from_request(request: Request, app: &AppState) -> Result<ClientForm<T>, JsonError> {
        match Form::from_request(request, app).await {
            Ok(Form(form)) => Ok(ClientForm(form)),
            Err(_) => Err(malformed("the body must be a form without doubled parameters").into()),
        }
    }
}

/// `invalid_request` with these words.
pub fn malformed(text: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, Cause::MalformedRequest, text)
}
