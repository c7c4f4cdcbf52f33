//! Which resources (RFC 8707) and types of authorization details (RFC 9396) a client may be given.

use super::{DirectoryError, Result};
use crate::domain::{ClientSettings, is_details_type, is_resource};

/// Of each, at most.
const MOST: usize = 20;

/// Checks both lists.
///
/// # Errors
/// The first rule that is broken, and what to write instead.
pub(super) fn check(settings: &ClientSettings) -> Result<()> {
    let (resources, kinds) = (&settings.resources, &settings.authorization_details_types);
    for (what, list) in [("a number of resources", resources), ("a number of types", kinds)] {
        if list.len() > MOST {
            let rule = format!("name {MOST} at most");
            return Err(DirectoryError::value(what, list.len().to_string(), rule));
        }
    }
    if let Some(wrong) = resources.iter().find(|one| !is_resource(one)) {
        let rule = "write a whole URI without a fragment, like https://api.example.com/";
        return Err(DirectoryError::value("a resource", wrong, rule));
    }
    if let Some(wrong) = kinds.iter().find(|one| !is_details_type(one)) {
        let rule = "use 1 to 100 characters without spaces, like payment_initiation";
        return Err(DirectoryError::value("a type of authorization details", wrong, rule));
    }
    Ok(())
}
