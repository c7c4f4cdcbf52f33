//! Lists of people: everybody, or the members of a group.

use std::collections::BTreeMap;

use axum::response::Response;

use super::list::{self, Asked, COUNTED, EXPORTED, Kind, Part, ROWS, View};
use super::when::When;
use crate::app::AppState;
use crate::directory::{Result, sessions};
use crate::domain::{Role, Timestamp, User, UserId};
use crate::store::groups;
use crate::store::page::Place;
use crate::store::user_list::{self, Filter, Listed, Sort};

/// A line of the list.
pub struct Row {
    /// The account.
    pub user: User,
    /// What they may do in Keystead.
    pub role: Option<&'static str>,
    /// When the account was made.
    pub created: When,
    /// How many groups they were put into.
    pub groups: i64,
    /// Where they are signed in.
    pub sessions: i64,
}

/// The filters that every list of people has.
pub const STATE: list::Filter = list::Filter {
    name: "state",
    label: "State",
    options: &[("open", "Open"), ("disabled", "Disabled")],
};

/// Whom the address asks for.
pub fn filter(kind: &Kind, asked: &Asked) -> Filter {
    Filter {
        search: asked.search(),
        role: asked.filter(kind, "role").and_then(Role::parse),
        disabled: asked.filter(kind, STATE.name).map(|state| state == "disabled"),
        group: None,
    }
}

fn sort(kind: &Kind, asked: &Asked) -> (Sort, crate::store::page::Order) {
    let (by, order) = asked.sort(kind);
    (if by == "created" { Sort::Created } else { Sort::Username }, order)
}

/// The page of the list at `path`, and its rows.
///
/// # Errors
/// When the database refuses.
pub async fn shown(
    app: &AppState,
    (kind, path): (&Kind, &str),
    asked: &Asked,
    filter: &Filter,
) -> Result<(View, Vec<Row>)> {
    let after = asked.after();
    let mut conn = app.db.read().await?.apart();
    let by = sort(kind, asked);
    let mut found = user_list::page(&mut conn, filter, by, after.as_ref(), ROWS + 1).await?;
    let counted = user_list::count(&mut conn, filter, COUNTED).await?;
    let next = list::cut(&mut found, |row: &Listed| row.place.clone());
    let ids: Vec<UserId> = found.iter().map(|listed| listed.user.id.clone()).collect();
    let in_groups: BTreeMap<UserId, i64> =
        groups::count_each(&mut conn, &ids).await?.into_iter().collect();
    drop(conn);
    let signed_in = sessions::count_each(app, &ids).await?;
    let now = app.clock.now();
    let row = |Listed { user, .. }| Row {
        role: user.role.map(Role::title),
        created: When::of(user.created_at, now),
        groups: in_groups.get(&user.id).copied().unwrap_or_default(),
        sessions: signed_in.get(&user.id).copied().unwrap_or_default(),
        user,
    };
    let view = list::view_at(kind, path, asked, (counted, next.as_ref()));
    Ok((view, found.into_iter().map(row).collect()))
}

/// All of the list as a file.
///
/// # Errors
/// When the database refuses.
pub async fn file(
    app: &AppState,
    (kind, name): (&Kind, &str),
    asked: &Asked,
    filter: Filter,
) -> Result<Response> {
    let (app, by) = (app.clone(), sort(kind, asked));
    let heading = ["username", "name", "email", "role", "disabled", "created"];
    let read = move |after: Option<Place>| {
        let (app, filter) = (app.clone(), filter.clone());
        async move {
            let mut conn = app.db.read().await?.apart();
            let found = user_list::page(&mut conn, &filter, by, after.as_ref(), EXPORTED).await?;
            let full = found.len() as i64 == EXPORTED;
            let next = found.last().filter(|_| full).map(|last| Some(last.place.clone()));
            Ok(Part { rows: found.into_iter().map(|listed| cells(listed.user)).collect(), next })
        }
    };
    Ok(list::long_csv(name, &heading, None, read).await?)
}

fn cells(user: User) -> Vec<String> {
    vec![
        user.username.to_string(),
        user.display_name.unwrap_or_default(),
        user.email.unwrap_or_default(),
        user.role.map(Role::as_str).unwrap_or_default().to_owned(),
        user.disabled_at.map(Timestamp::rfc3339).unwrap_or_default(),
        user.created_at.rfc3339(),
    ]
}
