//! Signing keys: the list, and changing them with a warning of what applications keep.

pub mod index;
pub mod pace;

use crate::app::AppState;
use crate::directory::{DirectoryError, Result};
use crate::domain::ServerKey;

const HERE: &str = "/admin/keys";

/// The key of a page.
fn load(app: &AppState, kid: &str) -> Result<ServerKey> {
    let registry = app.registry();
    let found = registry.keys().iter().find(|key| key.kid.as_str() == kid).cloned();
    found.ok_or_else(|| DirectoryError::NotThere("There is no such key".into()))
}
