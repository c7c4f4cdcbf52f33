//! What commands print: sentences and tables for people, documents for machines.

use std::io::{IsTerminal, Write};

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

/// Whether to print a document instead of text.
#[derive(clap::Args, Clone, Copy)]
pub(super) struct Json {
    /// Print JSON, for scripts
    #[arg(long)]
    pub json: bool,
}

/// Prints a line on standard output.
pub(super) fn say(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

/// Prints text that ends its own lines.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Prints a line on standard error; nobody is left to be told if that fails.
pub(super) fn complain(line: &str) {
    writeln!(std::io::stderr().lock(), "{line}").ok();
}

/// Prints what the administrator should know of what was done.
pub(super) fn note(notes: &[String]) {
    for note in notes {
        complain(&format!("Note: {note}"));
    }
}

/// Prints a document.
pub(super) fn document(value: &impl Serialize) -> anyhow::Result<()> {
    say(&serde_json::to_string_pretty(value)?)
}

/// Prints rows under headings; `empty` is said instead of a table without rows.
pub(super) fn table<const N: usize>(
    headings: [&str; N],
    rows: Vec<[String; N]>,
    empty: &str,
) -> anyhow::Result<()> {
    if rows.is_empty() {
        complain(empty);
        return Ok(());
    }
    let mut table = plain();
    table.set_header(headings);
    for row in rows {
        table.add_row(row.map(shown));
    }
    lines(table)
}

/// Prints names and values; a value of several lines is one of several.
pub(super) fn facts(facts: &[(&str, String)]) -> anyhow::Result<()> {
    let mut table = plain();
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        table.add_row([(*name).to_owned(), shown(value.clone())]);
    }
    lines(table)
}

/// Fits a terminal; elsewhere each row is a line, however long.
fn plain() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let width = std::io::stdout().is_terminal().then(terminal_size::terminal_size).flatten();
    match width {
        Some((width, _)) => {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width.0);
        }
        None => {
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
    }
    table
}

fn lines(mut table: Table) -> anyhow::Result<()> {
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    say(&table.trim_fmt())
}

/// Text from elsewhere must not steer the terminal.
fn shown(text: String) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}
