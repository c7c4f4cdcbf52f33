//! Several rows of a list at once: which were chosen, and the page that asks before it is done.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use super::shell::Shell;
use crate::web::page;
use crate::web::signin::form::FieldError;

/// Names that are shown before the rest is counted.
const SHOWN: usize = 20;

/// The form around a list: the rows whose boxes are ticked, and what is to be done with them.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "Vec<(String, String)>")]
pub struct Chosen {
    /// The values of the boxes, each once.
    pub picks: Vec<String>,
    fields: BTreeMap<String, String>,
}

impl From<Vec<(String, String)>> for Chosen {
    fn from(pairs: Vec<(String, String)>) -> Chosen {
        let mut chosen = Chosen::default();
        for (name, value) in pairs {
            match name.as_str() {
                "pick" if chosen.picks.contains(&value) => {}
                "pick" => chosen.picks.push(value),
                _ => {
                    chosen.fields.insert(name, value);
                }
            }
        }
        chosen
    }
}

impl Chosen {
    /// A field of the form; empty if it has none.
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", |value| value.trim())
    }

    /// What is to be done.
    pub fn action(&self) -> &str {
        self.field("action")
    }

    /// Whether the page that asks was answered.
    pub fn confirmed(&self) -> bool {
        self.field("confirmed") == "1"
    }

    /// The page of the list at `path` that the boxes were on.
    pub fn back(&self, path: &str) -> String {
        let sent = self.field("back");
        match sent.strip_prefix(path) {
            Some(rest) if rest.is_empty() || rest.starts_with('?') => sent.to_owned(),
            _ => path.to_owned(),
        }
    }
}

/// Asks whether something is to be done with all that were chosen.
#[derive(Template)]
#[template(path = "admin/chosen.html")]
pub struct AskPage {
    /// Around it.
    pub shell: Shell,
    /// `Disable 3 users?`
    pub question: String,
    /// Where the answer goes.
    pub action: String,
    /// The page of the list.
    pub back: String,
    /// The values of the boxes.
    pub picks: Vec<String>,
    /// What was chosen, by name: the first of them.
    pub shown: Vec<String>,
    /// How many more.
    pub more: usize,
    /// A sentence before the consequences.
    pub along: &'static str,
    /// What goes along.
    pub consequences: Vec<String>,
    /// What is wrong with the answer.
    pub errors: Vec<FieldError>,
    /// What was typed where a group must be named.
    pub group: Option<String>,
    /// Groups that are offered meanwhile.
    pub offered: Vec<String>,
    /// What must be typed.
    pub to_type: Option<String>,
    /// The value of the button.
    pub verb: String,
    /// What it says.
    pub button: &'static str,
    /// Whether it cannot be undone.
    pub danger: bool,
    /// The same on the command line.
    pub command: String,
}

impl AskPage {
    /// About these rows, with nothing else to say.
    pub fn new(shell: Shell, form: &Chosen, path: &str, names: Vec<String>) -> AskPage {
        let more = names.len().saturating_sub(SHOWN);
        AskPage {
            shell,
            question: String::new(),
            action: path.to_owned(),
            back: form.back(path),
            picks: form.picks.clone(),
            shown: names.into_iter().take(SHOWN).collect(),
            more,
            along: "This goes along:",
            consequences: Vec::new(),
            errors: Vec::new(),
            group: None,
            offered: Vec::new(),
            to_type: None,
            verb: form.action().to_owned(),
            button: "Continue",
            danger: false,
            command: String::new(),
        }
    }

    /// As an answer.
    pub fn show(self, jar: CookieJar) -> Response {
        let wrong = !self.errors.is_empty();
        let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        page::show(status, jar, &self)
    }
}

/// `alice, bob and 3 more`.
pub fn named(names: &[String]) -> String {
    const FEW: usize = 5;
    match names.len().checked_sub(FEW + 1) {
        None => names.join(", "),
        Some(_) => format!("{} and {} more", names[..FEW].join(", "), names.len() - FEW),
    }
}

#[cfg(test)]
mod tests {
    use super::{Chosen, named};

    #[test]
    fn boxes_come_once_and_lead_back_to_their_own_list_only() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let form = |back: &str| {
            let pairs = [pair("pick", "a"), pair("pick", "b"), pair("pick", "a")];
            Chosen::from([&pairs[..], &[pair("back", back)]].concat())
        };
        assert_eq!(form("").picks, ["a", "b"]);
        assert_eq!(form("/admin/users?q=x").back("/admin/users"), "/admin/users?q=x");
        for foreign in ["https://evil.example", "/admin/usersx", "//evil", "/admin/users/../x"] {
            assert_eq!(form(foreign).back("/admin/users"), "/admin/users", "{foreign}");
        }
        let names = ["a", "b", "c", "d", "e", "f", "g"].map(str::to_owned);
        assert_eq!(named(&names), "a, b, c, d, e and 2 more");
        assert_eq!(named(&names[..6]), "a, b, c, d, e and 1 more");
        assert_eq!(named(&names[..2]), "a, b");
    }
}
