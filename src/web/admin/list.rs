//! One way to do every list: search, filters as chips, sorting, pages and CSV, all by parameters of
//! the address, so that a list can be linked to and works without a script.

use std::collections::BTreeMap;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use crate::store::page::{Order, Place};

/// Rows of a page.
pub const ROWS: i64 = 50;
/// Rows of a page of an export.
pub const EXPORTED: i64 = 1000;
/// Counting ends here: "more than" is enough to know.
pub const COUNTED: i64 = 5_000;

/// What a list can do.
pub struct Kind {
    /// Its address.
    pub path: &'static str,
    /// What it lists: one, and many.
    pub noun: (&'static str, &'static str),
    /// What the search finds by.
    pub search: &'static str,
    /// Its columns.
    pub columns: &'static [Column],
    /// Its filters.
    pub filters: &'static [Filter],
}

/// A column.
pub struct Column {
    /// Its heading.
    pub label: &'static str,
    /// What it is called as the `sort` parameter; empty for one that does not sort. The first
    /// that sorts is the order of the list unless another is asked for.
    pub sort: &'static str,
}

/// A filter.
pub struct Filter {
    /// The parameter.
    pub name: &'static str,
    /// What it says.
    pub label: &'static str,
    /// Its values, each with what it says.
    pub options: &'static [(&'static str, &'static str)],
}

/// What the address asks for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    sort: String,
    after: String,
    format: String,
    #[serde(flatten)]
    filters: BTreeMap<String, String>,
}

impl Asked {
    /// The start of a word to look for.
    pub fn search(&self) -> Option<String> {
        let text = self.q.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The value of a filter, if it is one of those there are.
    pub fn filter(&self, kind: &Kind, name: &str) -> Option<&'static str> {
        let sent = self.filters.get(name)?;
        let filter = kind.filters.iter().find(|filter| filter.name == name)?;
        filter.options.iter().map(|(value, _)| *value).find(|value| value == sent)
    }

    /// The column to sort by, and which way.
    pub fn sort(&self, kind: &Kind) -> (&'static str, Order) {
        let (order, name) = match self.sort.strip_prefix('-') {
            Some(name) => (Order::Down, name),
            None => (Order::Up, self.sort.as_str()),
        };
        let mut sorting = kind.columns.iter().map(|column| column.sort).filter(|s| !s.is_empty());
        let first = sorting.clone().next().unwrap_or_default();
        sorting.find(|sort| *sort == name).map_or((first, Order::Up), |sort| (sort, order))
    }

    /// Where the page begins.
    pub fn after(&self) -> Option<Place> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(&self.after).ok()?;
        let (key, id): (String, String) = serde_json::from_slice(&bytes).ok()?;
        // Nothing we wrote, and more than PostgreSQL can compare.
        let strange = key.contains('\0') || id.contains('\0');
        (!strange).then_some(Place { key, id })
    }

    /// Whether the whole list is wanted as a file.
    pub fn as_csv(&self) -> bool {
        self.format == "csv"
    }

    /// The address of this list with one parameter changed, at its beginning.
    fn with(&self, kind: &Kind, name: &str, value: &str) -> String {
        let mut pairs = vec![("q", self.q.trim()), ("sort", self.sort.as_str())];
        pairs.extend(
            kind.filters.iter().filter_map(|filter| {
                self.filter(kind, filter.name).map(|value| (filter.name, value))
            }),
        );
        pairs.retain(|(other, value)| *other != name && !value.is_empty());
        if !value.is_empty() {
            pairs.push((name, value));
        }
        if pairs.is_empty() {
            return kind.path.to_owned();
        }
        let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
        format!("{}?{query}", kind.path)
    }
}

/// A list as its page shows it.
pub struct View {
    /// Its address.
    pub path: &'static str,
    /// What was looked for.
    pub q: String,
    /// What the search finds by.
    pub search: &'static str,
    /// `12 users`.
    pub count: String,
    /// The order, to be kept by the form.
    pub sort: String,
    /// The headings.
    pub headings: Vec<Heading>,
    /// The filters to choose from.
    pub filters: Vec<Choice>,
    /// Those that are set.
    pub chips: Vec<Chip>,
    /// The whole list as a file.
    pub csv: String,
    /// The first page, from any other.
    pub first: Option<String>,
    /// The next page.
    pub next: Option<String>,
}

/// A heading.
pub struct Heading {
    /// What it says.
    pub label: &'static str,
    /// Sorts by it, or the other way round.
    pub href: Option<String>,
    /// `ascending`, `descending`, or empty.
    pub sorted: &'static str,
}

/// A filter to choose from: value, label, chosen.
pub struct Choice {
    /// The parameter.
    pub name: &'static str,
    /// What it says.
    pub label: &'static str,
    /// Its values.
    pub options: Vec<(&'static str, &'static str, bool)>,
}

/// A filter that is set.
pub struct Chip {
    /// `Role: auditor`.
    pub label: String,
    /// The list without it.
    pub remove: String,
}

/// The list as its page shows it: `counted` rows fit, up to `COUNTED`, and the next page begins
/// after `next`.
pub fn view(kind: &Kind, asked: &Asked, counted: i64, next: Option<&Place>) -> View {
    let (by, order) = asked.sort(kind);
    let headings = kind.columns.iter().map(|column| heading(kind, asked, column, (by, order)));
    let choice = |filter: &Filter| {
        let set = asked.filter(kind, filter.name);
        let options = filter.options.iter();
        let options = options.map(|(value, label)| (*value, *label, set == Some(*value)));
        Choice { name: filter.name, label: filter.label, options: options.collect() }
    };
    View {
        path: kind.path,
        q: asked.q.trim().to_owned(),
        search: kind.search,
        count: count(kind, counted),
        sort: if by.is_empty() { String::new() } else { asked.sort.clone() },
        headings: headings.collect(),
        filters: kind.filters.iter().map(choice).collect(),
        chips: chips(kind, asked),
        csv: asked.with(kind, "format", "csv"),
        first: asked.after().map(|_| asked.with(kind, "after", "")),
        next: next.map(|place| asked.with(kind, "after", &written(place))),
    }
}

fn written(place: &Place) -> String {
    let json = serde_json::to_vec(&(&place.key, &place.id)).unwrap_or_default();
    BASE64_URL_SAFE_NO_PAD.encode(json)
}

/// What is searched for is sorted by what was found.
fn heading(kind: &Kind, asked: &Asked, column: &Column, (by, order): (&str, Order)) -> Heading {
    let sorts = !column.sort.is_empty() && asked.search().is_none();
    let current = sorts && column.sort == by;
    let to = match (current, order) {
        (true, Order::Up) => format!("-{}", column.sort),
        _ => column.sort.to_owned(),
    };
    let sorted = match (current, order) {
        (false, _) => "",
        (true, Order::Up) => "ascending",
        (true, Order::Down) => "descending",
    };
    let href = sorts.then(|| asked.with(kind, "sort", &to));
    Heading { label: column.label, href, sorted }
}

fn chips(kind: &Kind, asked: &Asked) -> Vec<Chip> {
    let search = asked.search().map(|text| Chip {
        label: format!("Begins with: {text}"),
        remove: asked.with(kind, "q", ""),
    });
    let filters = kind.filters.iter().filter_map(|filter| {
        let value = asked.filter(kind, filter.name)?;
        let (_, label) = filter.options.iter().find(|(other, _)| *other == value)?;
        let label = format!("{}: {}", filter.label, label);
        Some(Chip { label, remove: asked.with(kind, filter.name, "") })
    });
    search.into_iter().chain(filters).collect()
}

fn count(kind: &Kind, counted: i64) -> String {
    match counted {
        1 => format!("1 {}", kind.noun.0),
        COUNTED.. => format!("more than {COUNTED} {}", kind.noun.1),
        _ => format!("{counted} {}", kind.noun.1),
    }
}

/// Cuts a page of one row too many; says where the next one begins.
pub fn cut<T>(rows: &mut Vec<T>, place: impl Fn(&T) -> Place) -> Option<Place> {
    let full = rows.len() as i64 > ROWS;
    rows.truncate(usize::try_from(ROWS).unwrap_or_default());
    rows.last().filter(|_| full).map(place)
}

/// A list as a file. Spreadsheets run what looks like a formula, so such cells begin with a `'`.
pub fn csv(name: &str, heading: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Response {
    let line = |cells: Vec<String>| cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>();
    let mut text = heading.join(",");
    for row in rows {
        text.push_str("\r\n");
        text.push_str(&line(row).join(","));
    }
    text.push_str("\r\n");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\"")),
    ];
    (headers, text).into_response()
}

fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let cell = cell.replace('"', "\"\"");
    format!("\"{}{cell}\"", if formula { "'" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: Kind = Kind {
        path: "/x",
        noun: ("thing", "things"),
        search: "Name",
        columns: &[Column { label: "Name", sort: "name" }, Column { label: "Age", sort: "age" }],
        filters: &[Filter { name: "state", label: "State", options: &[("on", "On")] }],
    };

    fn asked(query: &str) -> Asked {
        let uri: axum::http::Uri = format!("/x?{query}").parse().unwrap();
        axum::extract::Query::try_from_uri(&uri).unwrap().0
    }

    #[test]
    fn an_address_survives_being_taken_apart_and_put_together() {
        let list = asked("q=al+%26&sort=-age&state=on&strange=1");
        let place = Place { key: "z\"".into(), id: "7".into() };
        let view = view(&KIND, &list, 3, Some(&place));
        let next = view.next.unwrap();
        let again = asked(next.split_once('?').unwrap().1);
        assert_eq!((again.after(), again.search()), (Some(place), Some("al &".into())));
        assert_eq!(again.sort(&KIND), ("age", Order::Down));
        assert!(!next.contains("strange") && view.first.is_none());
        assert_eq!(view.chips.len(), 2);
        assert_eq!(view.chips[1].remove, "/x?q=al+%26&sort=-age");
        assert_eq!(view.count, "3 things");
    }

    #[test]
    fn what_is_not_offered_is_not_done() {
        let list = asked("sort=password_hash&state=%27;drop&after=!!");
        assert_eq!(list.sort(&KIND), ("name", Order::Up));
        assert_eq!((list.filter(&KIND, "state"), list.after()), (None, None));
    }

    #[test]
    fn a_cell_is_never_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@x", "\t=1"] {
            assert!(quoted(cell).starts_with("\"'"), "{cell}");
        }
        assert_eq!(quoted("a \"b\""), "\"a \"\"b\"\"\"");
    }
}
