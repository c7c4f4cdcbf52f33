//! Revisions: what an object looked like when somebody began to change it, so that of two who
//! change the same thing neither overwrites the other unseen.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{DirectoryError, Result};

/// The hash of an object's document. Equal as long as nothing of it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision(String);

impl Revision {
    /// Of an object as its document shows it.
    pub fn of(document: &impl Serialize) -> Revision {
        // Our own documents are plain data and always serialize, members in the order of the type.
        let text = serde_json::to_vec(document).unwrap_or_default();
        Revision(BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(text)[..16]))
    }

    /// As a form or a header brought it back.
    pub fn sent(text: impl Into<String>) -> Revision {
        Revision(text.into())
    }

    /// As it travels.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Refuses a change made from another state than the present one.
    pub(super) fn check(
        sent: Option<&Revision>,
        document: &impl Serialize,
        name: &str,
    ) -> Result<()> {
        match sent {
            Some(sent) if *sent != Revision::of(document) => {
                Err(DirectoryError::Changed(name.to_owned()))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Revision;

    #[test]
    fn any_change_makes_another_revision() {
        let before = Revision::of(&json!({ "email": "a@b", "role": null }));
        assert_eq!(before, Revision::sent(before.as_str()));
        assert_ne!(before, Revision::of(&json!({ "email": "a@c", "role": null })));
        assert_ne!(before, Revision::of(&json!({ "email": "a@b", "role": "auditor" })));
    }
}
