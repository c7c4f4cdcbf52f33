//! Who may open a page of the portal, as extractors: whoever is signed in, for themselves.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use serde::de::DeserializeOwned;

use crate::app::AppState;
use crate::directory::DirectoryError;
use crate::domain::{Actor, Cause, Session, User};
use crate::web::admin::console::{FRESH, TO_FILL_IN, sentence};
use crate::web::admin::toast;
use crate::web::error::PageError;
use crate::web::extract::{has_nul, own_form};
use crate::web::visitor::Visitor;

/// Somebody who is signed in.
pub struct Portal {
    /// Their browser.
    pub visitor: Visitor,
    /// Their session.
    pub session: Session,
    /// Their account.
    pub user: User,
    /// Whether the sign-in is recent enough to begin to fill in a form that wants one.
    pub fresh: bool,
}

/// A form that was sent from our own page.
pub struct Posted<T> {
    /// Who sent it.
    pub portal: Portal,
    /// What it says.
    pub form: T,
}

/// The same after a recent sign-in, for what could shut the owner of the account out.
pub struct FreshlyPosted<T>(pub Posted<T>);

impl FromRequestParts<AppState> for Portal {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Portal, Response> {
        let Ok(visitor) = Visitor::from_request_parts(parts, app).await;
        if parts.uri.query().is_some_and(has_nul) {
            return Err(PageError::new(app, &visitor, Cause::MalformedRequest).into_response());
        }
        match visitor.signed_in(app).await {
            Ok(Some((session, user))) => {
                let fresh = app.clock.now() - session.auth_time <= FRESH - TO_FILL_IN;
                Ok(Portal { visitor, session, user, fresh })
            }
            Ok(None) => {
                let to = format!("/login?next={}", parts.uri.path());
                Err(Redirect::to(&to).into_response())
            }
            Err(error) => Err(PageError::broken(app, &visitor, error).into_response()),
        }
    }
}

impl<T: DeserializeOwned + 'static> FromRequest<AppState> for Posted<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &AppState) -> Result<Posted<T>, Response> {
        let (mut parts, body) = request.into_parts();
        let portal = Portal::from_request_parts(&mut parts, app).await?;
        let request = Request::from_parts(parts, body);
        match own_form(request, app, &portal.visitor).await {
            Ok(form) => Ok(Posted { portal, form }),
            Err(error) => Err(error.into_response()),
        }
    }
}

impl<T: DeserializeOwned + 'static> FromRequest<AppState> for FreshlyPosted<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, Response> {
        let path = request.uri().path().to_owned();
        let posted: Posted<T> = Posted::from_request(request, app).await?;
        if app.clock.now() - posted.portal.session.auth_time > FRESH {
            return Err(Redirect::to(&format!("/login?again=1&next={path}")).into_response());
        }
        Ok(FreshlyPosted(posted))
    }
}

impl Portal {
    /// Who acts: a person for themselves.
    pub fn actor(&self) -> Actor {
        Actor::User(self.user.id.clone(), self.user.username.to_string())
    }

    /// On to a page, which says what was done.
    pub fn done(&self, app: &AppState, to: &str, what: &str) -> Response {
        let jar = toast::put(app, self.visitor.jar.clone(), &self.session, what);
        (jar, Redirect::to(to)).into_response()
    }

    /// The answer to a change that was refused for a reason no form can mend.
    pub fn refused(&self, app: &AppState, error: DirectoryError) -> Response {
        match &error {
            DirectoryError::NotFound { .. } | DirectoryError::NotThere(_) => {
                let page = PageError::new(app, &self.visitor, Cause::NotFound);
                page.hint(sentence(&error)).into_response()
            }
            _ => PageError::broken(app, &self.visitor, error).into_response(),
        }
    }
}
