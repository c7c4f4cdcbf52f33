//! One way to do every list: search, filters as chips, sorting, pages and CSV, all by parameters of
//! the address, so that a list can be linked to and works without a script.

mod file;
pub mod held;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use crate::domain::Selector;
use crate::store::page::{Order, Place};

pub use file::{Part, csv, long_csv};
pub use held::Held;

/// Rows of a page.
pub const ROWS: i64 = 50;
/// Rows of a page of an export.
pub const EXPORTED: i64 = 1000;
/// Counting ends here: "more than" is enough to know.
pub const COUNTED: i64 = 1_000;

/// What a list can do.
pub struct Kind {
    /// Its address.
    pub path: &'static str,
    /// What it lists: one, and many.
    pub noun: (&'static str, &'static str),
    /// What the search finds by; empty where there is no search.
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
    /// Its values, each with what it says. Without any, whatever is typed is one: a day for `since`,
    /// else a name.
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
    choose: String,
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
    pub fn filter(&self, kind: &Kind, name: &str) -> Option<&str> {
        let sent = self.filters.get(name)?.trim();
        let filter = kind.filters.iter().find(|filter| filter.name == name)?;
        match filter.options {
            [] => (!sent.is_empty()).then_some(sent),
            options => options.iter().map(|(value, _)| *value).find(|value| *value == sent),
        }
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

    /// Where the page begins, in a list that is sorted by a selector.
    pub fn after_selector(&self) -> Option<Selector> {
        self.after()?.id.parse().ok().map(Selector)
    }

    /// Whether every box on the page is to be ticked.
    pub fn chooses_all(&self) -> bool {
        self.choose == "all"
    }

    /// Whether the whole list is wanted as a file.
    pub fn as_csv(&self) -> bool {
        self.format == "csv"
    }

    /// The address of this list with one parameter changed, at its beginning.
    fn with(&self, (kind, path): (&Kind, &str), name: &str, value: &str) -> String {
        let mut pairs = self.pairs(kind);
        pairs.retain(|(other, _)| *other != name);
        pairs.push((name, value));
        address(path, &pairs)
    }

    /// The parameters that say what is listed, and in which order.
    fn pairs(&self, kind: &Kind) -> Vec<(&'static str, &str)> {
        let mut pairs = vec![("q", self.q.trim()), ("sort", self.sort.as_str())];
        if kind.search.is_empty() {
            pairs.remove(0);
        }
        let set = kind
            .filters
            .iter()
            .filter_map(|filter| self.filter(kind, filter.name).map(|value| (filter.name, value)));
        pairs.extend(set);
        pairs
    }
}

fn address(path: &str, pairs: &[(&str, &str)]) -> String {
    let some = pairs.iter().filter(|(_, value)| !value.is_empty());
    let query = Serializer::new(String::new()).extend_pairs(some).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// A list as its page shows it.
pub struct View {
    /// Its address.
    pub path: String,
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
    /// The list without any of them.
    pub clear: String,
    /// The whole list as a file.
    pub csv: String,
    /// The first page, from any other.
    pub first: Option<String>,
    /// The next page.
    pub next: Option<String>,
    /// This page.
    pub here: String,
    /// Whether every box is ticked, and this page with every box ticked, or none.
    pub chosen: (bool, String),
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

/// A filter to choose from, or to type.
pub struct Choice {
    /// The parameter.
    pub name: &'static str,
    /// What it says.
    pub label: &'static str,
    /// What is set.
    pub value: String,
    /// Its values: value, label, chosen. None where it is typed.
    pub options: Vec<(&'static str, String, bool)>,
}

/// A filter that is set.
pub struct Chip {
    /// The parameter.
    name: &'static str,
    /// `Role: auditor`.
    pub label: String,
    /// The list without it.
    pub remove: String,
}

/// The list as its page shows it: `counted` rows fit, up to `COUNTED`, and the next page begins
/// after `next`.
pub fn view(kind: &Kind, asked: &Asked, counted: i64, next: Option<&Place>) -> View {
    view_at(kind, kind.path, asked, (counted, next))
}

/// The same of a list that stands on several pages, like the sessions of each user.
pub fn view_at(
    kind: &Kind,
    path: &str,
    asked: &Asked,
    (counted, next): (i64, Option<&Place>),
) -> View {
    let (by, order) = asked.sort(kind);
    let at = (kind, path);
    let headings = kind.columns.iter().map(|column| heading(at, asked, column, (by, order)));
    let clear = if asked.sort.is_empty() { Vec::new() } else { vec![("sort", &*asked.sort)] };
    let choose = if asked.chooses_all() { "" } else { "all" };
    let mut here = asked.pairs(kind);
    here.push(("after", &asked.after));
    let (again, mut other) = (address(path, &here), here);
    other.push(("choose", choose));
    View {
        path: path.to_owned(),
        q: asked.search().filter(|_| !kind.search.is_empty()).unwrap_or_default(),
        search: kind.search,
        count: count(kind, counted),
        sort: if by.is_empty() { String::new() } else { asked.sort.clone() },
        headings: headings.collect(),
        filters: kind.filters.iter().map(|filter| choice(kind, asked, filter)).collect(),
        chips: chips(at, asked),
        clear: address(path, &clear),
        csv: asked.with(at, "format", "csv"),
        first: asked.after().map(|_| asked.with(at, "after", "")),
        next: next.map(|place| asked.with(at, "after", &written(place))),
        here: again,
        chosen: (asked.chooses_all(), address(path, &other)),
    }
}

impl View {
    /// Offers values that are only known at run time for a filter that is typed otherwise.
    pub fn offer(&mut self, name: &str, values: impl Iterator<Item = (&'static str, String)>) {
        let Some(filter) = self.filters.iter_mut().find(|filter| filter.name == name) else {
            return;
        };
        let set = filter.value.clone();
        filter.options = values.map(|(value, label)| (value, label, value == set)).collect();
        let chosen = filter.options.iter().find(|(.., chosen)| *chosen);
        let chip = self.chips.iter_mut().find(|chip| chip.name == name);
        if let (Some((_, label, _)), Some(chip)) = (chosen, chip) {
            chip.label = format!("{}: {label}", filter.label);
        }
    }
}

fn choice(kind: &Kind, asked: &Asked, filter: &Filter) -> Choice {
    let set = asked.filter(kind, filter.name).unwrap_or_default();
    let options = filter.options.iter();
    let options = options.map(|(value, label)| (*value, (*label).to_owned(), set == *value));
    let (name, label) = (filter.name, filter.label);
    Choice { name, label, value: set.to_owned(), options: options.collect() }
}

fn written(place: &Place) -> String {
    let json = serde_json::to_vec(&(&place.key, &place.id)).unwrap_or_default();
    BASE64_URL_SAFE_NO_PAD.encode(json)
}

/// Where a search is asked for that brings its own order, nothing else is offered.
fn heading(
    at: (&Kind, &str),
    asked: &Asked,
    column: &Column,
    (by, order): (&str, Order),
) -> Heading {
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
    let href = sorts.then(|| asked.with(at, "sort", &to));
    Heading { label: column.label, href, sorted }
}

fn chips((kind, path): (&Kind, &str), asked: &Asked) -> Vec<Chip> {
    let searched = asked.search().filter(|_| !kind.search.is_empty());
    let search = searched.map(|text| Chip {
        name: "q",
        label: format!("Begins with: {text}"),
        remove: asked.with((kind, path), "q", ""),
    });
    let filters = kind.filters.iter().filter_map(|filter| {
        let value = asked.filter(kind, filter.name)?;
        let known = filter.options.iter().find(|(other, _)| *other == value);
        let label = known.map_or(value, |(_, label)| label);
        let label = format!("{}: {}", filter.label, label);
        let remove = asked.with((kind, path), filter.name, "");
        Some(Chip { name: filter.name, label, remove })
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

/// Where a row stands in a list that is sorted by a selector.
pub fn at(selector: Selector) -> Place {
    Place { key: String::new(), id: selector.0.to_string() }
}
