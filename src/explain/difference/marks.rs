//! Values cut into what is the same and what differs, so that the difference can be marked.

use serde::Serialize;

use super::Pieces;

/// A stretch of a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Segment {
    /// What it says.
    pub text: String,
    /// Whether the other value has something else there.
    pub differs: bool,
}

/// A value in stretches; together they are the value.
pub type Marked = Vec<Segment>;

/// Two values, each with what differs from the other marked: addresses part by part, everything
/// else between what both begin and end with.
pub fn marked(one: &str, other: &str) -> (Marked, Marked) {
    let (ours, theirs) = (Pieces::of(one), Pieces::of(other));
    match ours.host.is_some() && theirs.host.is_some() {
        true => (of_uri(&ours, &theirs), of_uri(&theirs, &ours)),
        false => of_text(one, other),
    }
}

fn of_uri(ours: &Pieces<'_>, theirs: &Pieces<'_>) -> Marked {
    let mut marked = Marked::new();
    let mut put = |text: String, differs: bool| push(&mut marked, &text, differs);
    if let Some(scheme) = ours.scheme {
        put(scheme.to_owned(), ours.scheme != theirs.scheme);
        put(":".to_owned(), false);
    }
    if let Some(host) = ours.host {
        put("//".to_owned(), false);
        put(host.to_owned(), ours.host != theirs.host);
    }
    if let Some(port) = ours.port {
        put(format!(":{port}"), ours.port != theirs.port);
    }
    // Of a path that goes on with a slash, the slash alone differs.
    match ours.path.strip_suffix('/') {
        Some(path) if path == theirs.path => {
            put(path.to_owned(), false);
            put("/".to_owned(), true);
        }
        _ if theirs.path.strip_suffix('/') == Some(ours.path) => put(ours.path.to_owned(), false),
        _ => put(ours.path.to_owned(), ours.path != theirs.path),
    }
    if let Some(query) = ours.query {
        put(format!("?{query}"), ours.query != theirs.query);
    }
    if let Some(fragment) = ours.fragment {
        put(format!("#{fragment}"), ours.fragment != theirs.fragment);
    }
    marked
}

fn of_text(one: &str, other: &str) -> (Marked, Marked) {
    let same = |(a, b): &(char, char)| a == b;
    let start: usize =
        one.chars().zip(other.chars()).take_while(same).map(|(a, _)| a.len_utf8()).sum();
    let (one_rest, other_rest) = (&one[start..], &other[start..]);
    let backwards = one_rest.chars().rev().zip(other_rest.chars().rev());
    let end: usize = backwards.take_while(same).map(|(a, _)| a.len_utf8()).sum();
    let cut = |text: &str| {
        let mut marked = Marked::new();
        push(&mut marked, &text[..start], false);
        push(&mut marked, &text[start..text.len() - end], true);
        push(&mut marked, &text[text.len() - end..], false);
        marked
    };
    (cut(one), cut(other))
}

/// Adds a stretch to what is alike before it.
fn push(marked: &mut Marked, text: &str, differs: bool) {
    match marked.last_mut() {
        _ if text.is_empty() => {}
        Some(last) if last.differs == differs => last.text.push_str(text),
        _ => marked.push(Segment { text: text.to_owned(), differs }),
    }
}
