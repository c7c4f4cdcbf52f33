//! A setting as a form shows it: its value, how it is typed, and whether it can be changed here.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::directory::settings::{Effective, Wish};
use crate::domain::settings::{Kind, Known, Logo};

/// A setting on a form.
pub struct Input {
    /// What it is.
    pub known: &'static Known,
    /// The id of its field.
    pub id: String,
    /// How it is typed.
    pub shape: Shape,
    /// What stands in its field.
    pub text: String,
    /// What is offered: value, title, and whether it is chosen.
    pub options: Vec<(String, String, bool)>,
    /// Who decides it instead, where it cannot be changed here.
    pub locked: Option<String>,
    /// The value as people read it.
    pub shown: String,
}

/// How a setting is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A line.
    Line,
    /// A number.
    Number,
    /// A text of several lines.
    Area,
    /// A box to tick.
    Tick,
    /// One of several.
    One,
    /// Several boxes.
    Several,
    /// A file.
    File,
}

/// What was typed, by field.
pub type Typed = BTreeMap<String, String>;

impl Input {
    /// With what is in force, or what was typed over it.
    pub fn new(known: &'static Known, now: &Effective, typed: Option<&Typed>) -> Input {
        let id = id(known);
        let (shape, names): (Shape, &[&str]) = match known.kind {
            Kind::Flag => (Shape::Tick, &[]),
            Kind::Number(..) => (Shape::Number, &[]),
            Kind::Legal(_) => (Shape::Area, &[]),
            Kind::Picture => (Shape::File, &[]),
            Kind::One(names) => (Shape::One, names),
            Kind::Any(names) | Kind::Some(names) => (Shape::Several, names),
            _ => (Shape::Line, &[]),
        };
        let typed = typed.filter(|_| !now.locked && shape != Shape::File);
        let stored = text(&now.value);
        let text = match typed {
            Some(typed) if shape == Shape::Tick => typed.contains_key(&id).to_string(),
            Some(typed) => typed.get(&id).cloned().unwrap_or_default(),
            None => stored.clone(),
        };
        let chosen = |name: &str| match (shape, typed) {
            (Shape::Several, Some(typed)) => typed.contains_key(&format!("{id}-{name}")),
            (Shape::Several, None) => stored.split(", ").any(|one| one == name),
            _ => text == name,
        };
        let options = names.iter().map(|name| ((*name).to_owned(), title(name), chosen(name)));
        Input {
            options: options.collect(),
            shown: shown(known, &now.value),
            locked: now.locked.then(|| now.origin.clone()),
            known,
            id,
            shape,
            text,
        }
    }
}

/// The wish that a form expresses for a setting; `None` if it says nothing of it.
///
/// # Errors
/// The rule that what was typed breaks.
pub fn wish(known: &'static Known, typed: &Typed) -> Result<Option<Wish>, String> {
    let id = id(known);
    let value = match known.kind {
        Kind::Flag => Value::Bool(typed.contains_key(&id)),
        Kind::Any(names) | Kind::Some(names) => {
            let ticked = names.iter().filter(|name| typed.contains_key(&format!("{id}-{name}")));
            let ticked: Value = ticked.map(|name| Value::from(*name)).collect();
            known.read(&ticked)?
        }
        Kind::Picture if typed.contains_key(&format!("{id}-remove")) => Value::Null,
        Kind::Picture => match typed.get(&id).filter(|sent| !sent.is_empty()) {
            Some(sent) => {
                let data = format!("data:image/any;base64,{sent}");
                Logo::parse(&data).map(|logo| serde_json::json!(logo))?
            }
            None => return Ok(None),
        },
        _ => match typed.get(&id) {
            Some(text) => known.typed(text)?,
            None => return Ok(None),
        },
    };
    Ok(Some(Wish::Value(value)))
}

/// The id of a setting's field.
pub fn id(known: &Known) -> String {
    known.name.replace(['.', '_'], "-")
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// A value as people read it.
pub fn shown(known: &Known, value: &Value) -> String {
    match (known.kind, value) {
        (_, Value::Null) => "Not set".into(),
        (_, Value::Bool(true)) => "Yes".into(),
        (_, Value::Bool(false)) => "No".into(),
        (Kind::Picture, Value::String(data)) => {
            Logo::parse(data).map(|logo| logo.told()).unwrap_or_default()
        }
        (_, Value::Array(items)) if items.is_empty() => "None".into(),
        (_, Value::Array(items)) => {
            let names = items.iter().filter_map(Value::as_str).map(title);
            names.collect::<Vec<_>>().join(", ")
        }
        (Kind::One(_), Value::String(name)) => title(name),
        (_, value) => text(value),
    }
}

fn title(name: &str) -> String {
    match name {
        "en" => "English".into(),
        "de" => "German (Deutsch)".into(),
        "fr" => "French (français)".into(),
        name => super::super::users::profile::label(name),
    }
}
