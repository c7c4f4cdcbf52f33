//! Settings as somebody writes them down, section by section.

use serde_json::Value;

use super::{Node, Problem};
use crate::domain::settings::{KNOWN, Known, SECTIONS};

/// What a document says of settings.
#[derive(Debug, Clone)]
pub struct SettingsForm<S> {
    /// Values; `Null` is the default.
    pub values: Vec<(&'static Known, Value)>,
    /// The one secret, the mail password; `Some(None)` takes it away.
    pub password: Option<Option<S>>,
}

impl<S> SettingsForm<S> {
    /// Reads the sections; how a secret is written, `secret` knows.
    pub fn read(
        node: Node<'_>,
        problems: &mut Vec<Problem>,
        secret: impl Fn(Node<'_>, &mut Vec<Problem>) -> Option<S>,
    ) -> SettingsForm<S> {
        let mut form = SettingsForm { values: Vec::new(), password: None };
        let mut sections = node.fields(SECTIONS, problems);
        for section in SECTIONS {
            let of = |known: &&Known| known.path().0 == *section;
            let members: Vec<&str> = KNOWN.iter().filter(of).map(|known| known.path().1).collect();
            sections.part(section, |node, problems| {
                let mut fields = node.fields(&members, problems);
                for known in KNOWN.iter().filter(of) {
                    fields.part(known.path().1, |node, problems| {
                        if known.is_secret() {
                            let null = node.value().is_null();
                            form.password = match null {
                                true => Some(None),
                                false => secret(node, problems).map(Some),
                            };
                            return;
                        }
                        match known.read(node.value()) {
                            Ok(value) => form.values.push((known, value)),
                            Err(rule) => node.problem(problems, rule),
                        }
                    });
                }
            });
        }
        form
    }
}
