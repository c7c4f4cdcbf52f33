//! Scopes: the words of RFC 6749 3.3, and what each stands for.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

/// A set of scope names, without duplicates and without order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scopes(BTreeSet<String>);

impl Scopes {
    /// Reads the `scope` parameter: names separated by spaces, doubled ones counted once
    /// (python-social-auth joins its lists without looking).
    pub fn parse(text: &str) -> Scopes {
        text.split_ascii_whitespace().map(str::to_owned).collect()
    }

    /// Whether `name` is among them.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Whether every one of these is among `others`.
    pub fn within(&self, others: &Scopes) -> bool {
        self.0.is_subset(&others.0)
    }

    /// Those among both.
    pub fn intersection(&self, others: &Scopes) -> Scopes {
        Scopes(self.0.intersection(&others.0).cloned().collect())
    }

    /// Those among either.
    pub fn union(&self, others: &Scopes) -> Scopes {
        Scopes(self.0.union(&others.0).cloned().collect())
    }

    /// No scope at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl FromIterator<String> for Scopes {
    fn from_iter<I: IntoIterator<Item = String>>(names: I) -> Scopes {
        Scopes(names.into_iter().collect())
    }
}

impl std::fmt::Display for Scopes {
    /// As the `scope` parameter writes it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (n, name) in self.0.iter().enumerate() {
            write!(f, "{}{name}", if n > 0 { " " } else { "" })?;
        }
        Ok(())
    }
}

/// A named set of claims with the sentence that the consent page shows.
#[derive(Debug, Clone, Serialize)]
pub struct Scope {
    /// As requested.
    pub name: String,
    /// "See your e-mail address".
    pub sentence: String,
    /// The claims it stands for.
    pub claims: Json<Vec<String>>,
    /// Comes with Keystead and cannot be deleted.
    pub builtin: bool,
}

#[cfg(test)]
mod tests {
    use super::Scopes;

    #[test]
    fn doubled_scopes_count_once() {
        let scopes = Scopes::parse("openid profile  email roles openid profile email");
        assert_eq!(scopes.to_string(), "email openid profile roles");
    }
}
