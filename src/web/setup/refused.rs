//! What a link that does not work any more is answered.

use axum::response::{IntoResponse, Response};

use crate::app::AppState;
use crate::directory::DirectoryError;
use crate::domain::Cause;
use crate::web::error::PageError;
use crate::web::visitor::Visitor;

/// The page that says so, and how to get another one.
pub fn refused(app: &AppState, visitor: &Visitor, error: DirectoryError) -> Response {
    match error {
        DirectoryError::LinkExpired | DirectoryError::SetupDone(_) => {
            PageError::new(app, visitor, Cause::LinkExpired)
                .hint("The command keystead setup-link prints a fresh link.".into())
                .into_response()
        }
        error => PageError::broken(app, visitor, error).into_response(),
    }
}
