//! Fills a file's placeholders: `{{ client_id }}` becomes a literal of the file's syntax, and the
//! lines between `#if pkce_required` and `#end` stay only where that holds.

use super::facts::Facts;
use super::{FileTemplate, GeneratorError};

/// The file as this client needs it.
pub(super) fn file(file: &FileTemplate, facts: &Facts<'_>) -> Result<String, GeneratorError> {
    let mut out = String::new();
    let mut shown = true;
    for text in file.body.lines() {
        match text.trim().split_once(' ') {
            Some(("#if", condition)) => shown = facts.holds(condition, &file.name)?,
            _ if text.trim() == "#end" => shown = true,
            _ if shown => {
                line(text, file, facts, &mut out)?;
                out.push('\n');
            }
            _ => {}
        }
    }
    Ok(out)
}

fn line(
    mut text: &str,
    file: &FileTemplate,
    facts: &Facts<'_>,
    out: &mut String,
) -> Result<(), GeneratorError> {
    while let Some((before, rest)) = text.split_once("{{") {
        let (name, after) = rest.split_once("}}").ok_or_else(|| GeneratorError::Damaged {
            file: file.name.clone(),
            problem: format!("a placeholder is not closed in '{text}'"),
        })?;
        let name = name.trim();
        let value = facts.value(name, &file.name)?;
        let literal = file.quote.literal(&value).map_err(|problem| GeneratorError::Unquotable {
            file: file.name.clone(),
            what: name.replace('_', " "),
            problem,
        })?;
        out.push_str(before);
        out.push_str(&literal);
        text = after;
    }
    out.push_str(text);
    Ok(())
}
