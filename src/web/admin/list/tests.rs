//! Addresses of lists, taken apart and put together.

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
