//! Taking members out of an object, each once, by its type.

use serde_json::{Map, Value};

use super::Problem;
use crate::domain::near;

/// A part of a document and its place.
#[derive(Clone)]
pub struct Node<'a> {
    value: &'a Value,
    path: Vec<String>,
}

/// The members of an object, those that nobody knows refused.
pub struct Fields<'a, 'p> {
    members: Option<&'a Map<String, Value>>,
    path: Vec<String>,
    problems: &'p mut Vec<Problem>,
}

impl<'a> Node<'a> {
    /// The document itself.
    pub fn root(value: &'a Value) -> Node<'a> {
        Node { value, path: Vec::new() }
    }

    /// What stands there.
    pub fn value(&self) -> &'a Value {
        self.value
    }

    /// Where it stands.
    pub fn path(&self) -> &[String] {
        &self.path
    }

    /// Notes that something is wrong here.
    pub fn problem(&self, problems: &mut Vec<Problem>, text: impl Into<String>) {
        problems.push(Problem { path: self.path.clone(), text: text.into() });
    }

    /// Its members by name, whatever they are called.
    pub fn members(&self, problems: &mut Vec<Problem>) -> Vec<(&'a str, Node<'a>)> {
        let Value::Object(members) = self.value else {
            if !self.value.is_null() {
                self.problem(
                    problems,
                    format!("write names with values, not {}", kind(self.value)),
                );
            }
            return Vec::new();
        };
        members.iter().map(|(name, value)| (name.as_str(), self.inner(name, value))).collect()
    }

    /// A list of texts; `null` is an empty one.
    pub fn texts(&self, problems: &mut Vec<Problem>) -> Vec<String> {
        let Value::Array(items) = self.value else {
            if !self.value.is_null() {
                self.problem(problems, format!("write a list, not {}", kind(self.value)));
            }
            return Vec::new();
        };
        let mut texts = Vec::new();
        for (n, item) in items.iter().enumerate() {
            match item {
                Value::String(text) => texts.push(text.clone()),
                other => self.inner(&n.to_string(), other).problem(problems, not_text(other)),
            }
        }
        texts
    }

    /// An object with these members at most.
    pub fn fields<'p>(self, known: &[&str], problems: &'p mut Vec<Problem>) -> Fields<'a, 'p> {
        let members = self.members(problems);
        for (name, node) in members.iter().filter(|(name, _)| !known.contains(name)) {
            let nearest = near(name, known.iter().map(|known| (*known).to_owned()));
            let text = match nearest.first() {
                Some(nearest) => format!("there is no '{name}' here; did you mean '{nearest}'?"),
                None => format!("there is no '{name}' here; known are {}", known.join(", ")),
            };
            node.problem(problems, text);
        }
        Fields { members: self.value.as_object(), path: self.path, problems }
    }

    fn inner(&self, name: &str, value: &'a Value) -> Node<'a> {
        Node { value, path: [self.path.as_slice(), &[name.to_owned()]].concat() }
    }
}

impl<'a> Fields<'a, '_> {
    /// A member as it stands there.
    pub fn node(&self, name: &str) -> Option<Node<'a>> {
        let value = self.members?.get(name)?;
        let path = [self.path.as_slice(), &[name.to_owned()]].concat();
        Some(Node { value, path })
    }

    /// Reads a member that is an object or a list of its own.
    pub fn part<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Node<'a>, &mut Vec<Problem>) -> T,
    ) -> Option<T> {
        let node = self.node(name)?;
        Some(read(node, self.problems))
    }

    /// A text; `Some(None)` for `null`.
    pub fn text(&mut self, name: &str) -> Option<Option<String>> {
        let node = self.node(name)?;
        match node.value {
            Value::String(text) => Some(Some(text.clone())),
            Value::Null => Some(None),
            other => {
                node.problem(self.problems, not_text(other));
                None
            }
        }
    }

    /// A text that cannot be taken away.
    pub fn name(&mut self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        if text.is_none()
            && let Some(node) = self.node(name)
        {
            node.problem(self.problems, "it cannot be without; write a text, or leave it out");
        }
        text
    }

    /// A text that must stand there.
    pub fn required(&mut self, name: &str) -> String {
        if self.node(name).is_none() && self.members.is_some() {
            let text = format!("'{name}' is missing");
            self.problems.push(Problem { path: self.path.clone(), text });
        }
        self.name(name).unwrap_or_default()
    }

    /// True or false; `null` is false.
    pub fn flag(&mut self, name: &str) -> Option<bool> {
        let node = self.node(name)?;
        match node.value {
            Value::Bool(flag) => Some(*flag),
            Value::Null => Some(false),
            other => {
                node.problem(self.problems, format!("write true or false, not {}", kind(other)));
                None
            }
        }
    }

    /// A whole number.
    pub fn number(&mut self, name: &str) -> Option<i64> {
        let node = self.node(name)?;
        match node.value {
            Value::Null => None,
            value => match value.as_i64() {
                Some(number) => Some(number),
                None => {
                    node.problem(self.problems, "write a whole number");
                    None
                }
            },
        }
    }

    /// A list of texts.
    pub fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        self.part(name, |node, problems| node.texts(problems))
    }

    /// Notes that something is wrong with a member.
    pub fn problem(&mut self, name: &str, text: impl Into<String>) {
        if let Some(node) = self.node(name) {
            node.problem(self.problems, text);
        }
    }
}

fn not_text(value: &Value) -> String {
    match value {
        Value::Number(_) | Value::Bool(_) => "write a text, in quotes".to_owned(),
        other => format!("write a text, not {}", kind(other)),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "names with values",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::directory::forms::read;

    #[test]
    fn everything_wrong_is_told_with_its_place() {
        let document = json!({ "nmae": 1, "uris": ["a", 2], "flag": "yes", "a/b": { "x": [] } });
        let told = read(&document, |node, problems| {
            let mut fields = node.fields(&["name", "uris", "flag", "a/b"], problems);
            fields.required("name");
            fields.texts("uris");
            fields.flag("flag");
            fields.part("a/b", |node, problems| {
                node.fields(&["x"], problems).text("x");
            });
        });
        let problems = told.unwrap_err();
        let lines = problems.to_string();
        assert_eq!(
            lines.lines().collect::<Vec<_>>(),
            [
                "nmae: there is no 'nmae' here; did you mean 'name'?",
                "'name' is missing",
                "uris[1]: write a text, in quotes",
                "flag: write true or false, not a text",
                "'a/b'.x: write a text, not a list",
            ]
        );
        let pointers: Vec<String> = problems.0.iter().map(|problem| problem.pointer()).collect();
        assert_eq!(pointers, ["/nmae", "", "/uris/1", "/flag", "/a~1b/x"]);
    }
}
