//! Lists of what is in memory anyway, or never much: looked through, sorted and cut here.

use super::{Asked, Kind, ROWS, View};
use crate::store::page::{Order, Place};
use crate::store::user_words::canonical;

/// The rows that fit, sorted.
pub struct Held<T> {
    rows: Vec<(Place, T)>,
}

impl<T> Held<T> {
    /// Those of `all` that have a text which begins with what is looked for. `place` says where a
    /// row stands: its key in the sorted column, and what tells it from others with the same key.
    pub fn of(
        kind: &Kind,
        asked: &Asked,
        all: impl IntoIterator<Item = T>,
        texts: impl Fn(&T) -> Vec<String>,
        place: impl Fn(&T, &str) -> (String, String),
    ) -> Held<T> {
        let start = asked.search().map(|text| canonical(&text)).unwrap_or_default();
        let found = |row: &T| texts(row).iter().any(|text| canonical(text).starts_with(&start));
        let (by, order) = asked.sort(kind);
        let placed = |row: T| {
            let (key, id) = place(&row, by);
            (Place { key, id }, row)
        };
        let fits = all.into_iter().filter(|row| start.is_empty() || found(row));
        let mut rows: Vec<(Place, T)> = fits.map(placed).collect();
        rows.sort_by(|(a, _), (b, _)| (&a.key, &a.id).cmp(&(&b.key, &b.id)));
        if order == Order::Down {
            rows.reverse();
        }
        Held { rows }
    }

    /// All of them.
    pub fn all(self) -> impl Iterator<Item = T> {
        self.rows.into_iter().map(|(_, row)| row)
    }

    /// The page that is asked for, as `path` shows it, and its rows.
    pub fn page(self, kind: &Kind, path: &str, asked: &Asked) -> (View, Vec<T>) {
        let counted = self.rows.len() as i64;
        let (after, (_, order)) = (asked.after(), asked.sort(kind));
        let comes = |place: &Place| {
            let key = (&place.key, &place.id);
            after.as_ref().is_none_or(|after| match order {
                Order::Up => key > (&after.key, &after.id),
                Order::Down => key < (&after.key, &after.id),
            })
        };
        let most = usize::try_from(ROWS + 1).unwrap_or_default();
        let mut rows: Vec<(Place, T)> =
            self.rows.into_iter().filter(|(place, _)| comes(place)).take(most).collect();
        let next = super::cut(&mut rows, |(place, _)| place.clone());
        let view = super::view_at(kind, path, asked, (counted, next.as_ref()));
        (view, rows.into_iter().map(|(_, row)| row).collect())
    }
}

/// A number as a key, the smallest first.
pub fn number(value: i64) -> String {
    format!("{:020}", i128::from(value) - i128::from(i64::MIN))
}

/// A text as a key: as people sort it.
pub fn text(value: &str) -> String {
    canonical(value)
}
