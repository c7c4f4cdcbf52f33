//! A scope as somebody writes it down.

use super::{Node, Problem};
use crate::directory::scopes::ScopeChange;

/// What a document says of a scope.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScopeForm {
    /// Its name, where the document does not stand under it.
    pub name: Option<String>,
    /// The sentence of the consent page.
    pub sentence: Option<String>,
    /// The claims that it opens.
    pub claims: Option<Vec<String>>,
}

impl ScopeForm {
    /// Reads one with these members at most.
    pub fn read(node: Node<'_>, known: &[&str], problems: &mut Vec<Problem>) -> ScopeForm {
        let mut fields = node.fields(known, problems);
        ScopeForm {
            name: fields.name("name"),
            sentence: fields.name("sentence"),
            claims: fields.texts("claims"),
        }
    }

    /// The change that it asks for.
    pub fn change(&self) -> ScopeChange {
        ScopeChange { sentence: self.sentence.clone(), claims: self.claims.clone() }
    }
}
