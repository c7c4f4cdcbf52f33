//! A group as somebody writes it down.

use super::{Node, Problem};
use crate::directory::groups::GroupChange;

/// What a document says of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupForm {
    /// Its name, where the document does not stand under it.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<Option<String>>,
    /// The groups directly inside it.
    pub groups: Option<Vec<String>>,
}

impl GroupForm {
    /// Reads one with these members at most.
    pub fn read(node: Node<'_>, known: &[&str], problems: &mut Vec<Problem>) -> GroupForm {
        let mut fields = node.fields(known, problems);
        GroupForm {
            name: fields.name("name"),
            description: fields.text("description"),
            groups: fields.texts("groups"),
        }
    }

    /// The change that it asks for.
    pub fn change(&self) -> GroupChange {
        GroupChange {
            name: self.name.clone(),
            description: self.description.clone(),
            revision: None,
        }
    }
}
