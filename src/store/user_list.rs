//! The list of people: searched, filtered, sorted, a page at a time.

use super::page::{Order, Place};
use super::user_words::range;
use super::{Conn, Record, Result};
use crate::domain::{GroupId, Role, User};

/// Which people to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Those of whom a word begins so; sorted by that word.
    pub search: Option<String>,
    /// Those with this role.
    pub role: Option<Role>,
    /// Those whose account is closed, or open.
    pub disabled: Option<bool>,
    /// Those who were put into this group.
    pub group: Option<(GroupId, Crowd)>,
}

/// How many a group has: whether to begin with its members, or to look who of all people is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crowd {
    /// So few that each is looked at.
    Few,
    /// So many that those who are found are sooner looked for among them; but they are sorted at once.
    Many,
    /// So many that a page of all people has some of them.
    Most,
}

impl Crowd {
    /// More members than this are not few: so many are looked at in a few thousandths of a second.
    pub const FEW: i64 = 1_000;
    /// More members than this are most: so many are still sorted in a few hundredths of a second.
    pub const MANY: i64 = 20_000;

    /// Of a group with so many members.
    pub fn of(members: i64) -> Crowd {
        match members {
            few if few <= Crowd::FEW => Crowd::Few,
            many if many <= Crowd::MANY => Crowd::Many,
            _ => Crowd::Most,
        }
    }
}

/// What they are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// The username.
    #[default]
    Username,
    /// When the account was made.
    Created,
}

/// A person, and the place after which the next page begins.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The account.
    pub user: User,
    /// Where it stands.
    pub place: Place,
}

/// A person, and the word they were found by.
type Row = (User, Option<Vec<u8>>);

const COLUMNS: &str = "u.id, u.username, u.display_name, u.given_name, u.family_name, u.email,
     u.email_verified, u.profile, u.role, u.password_changed_at, u.disabled_at, u.created_at,
     u.updated_at";

/// Those of whom a word fits.
const FOUND: &str =
    "user_words w join users u on u.id = w.user_id where w.word >= $1 and w.word < $2";
/// The same to be counted, where nothing of their accounts is asked for.
const COUNTED: &str = "user_words w where w.word >= $1 and w.word < $2";
/// Each person once, by the first of their words that fits.
const FIRST: &str = " and not exists
     (select 1 from user_words v where v.user_id = w.user_id and v.word >= $1 and v.word < w.word)";

/// A page of the list.
pub async fn page(
    conn: &mut Conn,
    filter: &Filter,
    (sort, order): (Sort, Order),
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<Listed>> {
    let (after_mark, way) = (order.after(), order.word());
    let few = filter.is_sorted_at_once();
    // Where the place begins among the arguments.
    let at = if filter.group.is_some() { 5 } else { 4 };
    let mut sql = match &filter.search {
        // The range begins where the page does, so that no page is walked to from the first.
        Some(_) if after.is_some() => {
            let found = FOUND.replacen("w.word >= $1", &format!("w.word >= ${at}"), 1);
            format!("select {COLUMNS}, w.word from {found}")
        }
        Some(_) => format!("select {COLUMNS}, w.word from {FOUND}"),
        None => format!("select {COLUMNS}, cast(null as bytea) as word from users u where $1 = $2"),
    };
    let begins = if filter.search.is_some() { filter.is_of_few() } else { few };
    sql.push_str(&conditions(filter, begins));
    // Few are sorted after they were found: the index of all people would be read for them.
    let (keys, rest) = match (&filter.search, sort, few) {
        (Some(_), ..) => ("w.word, w.user_id", "order by w.word, w.user_id".to_owned()),
        (None, Sort::Username, true) => {
            ("u.username || ''", format!("order by u.username || '' {way}"))
        }
        (None, Sort::Username, false) => ("u.username", format!("order by u.username {way}")),
        (None, Sort::Created, true) => {
            ("u.created_at + 0, u.id", format!("order by u.created_at + 0 {way}, u.id {way}"))
        }
        (None, Sort::Created, false) => {
            ("u.created_at, u.id", format!("order by u.created_at {way}, u.id {way}"))
        }
    };
    let mark = if filter.search.is_some() { ">" } else { after_mark };
    match (after, keys.contains(", ")) {
        (Some(_), true) => {
            sql.push_str(&format!(" and ({keys}) {mark} (${at}, ${})", at + 1));
        }
        (Some(_), false) => sql.push_str(&format!(" and {keys} {mark} ${at}")),
        (None, _) => {}
    }
    let sql = format!("{sql} {rest} limit $3");
    let (from, to) = filter.search.as_deref().map(range).unwrap_or_default();
    let mut query = conn.query(sqlx::AssertSqlSafe(sql)).bind(from.clone()).bind(to).bind(limit);
    if let Some((group, _)) = &filter.group {
        query = query.bind(group);
    }
    if let Some(place) = after {
        query = match (&filter.search, sort) {
            (Some(_), _) => query.bind(hex(&place.key).max(from)).bind(&place.id),
            (None, Sort::Username) => query.bind(&place.key),
            (None, Sort::Created) => {
                query.bind(place.key.parse::<i64>().unwrap_or_default()).bind(&place.id)
            }
        };
    }
    let rows: Vec<Row> =
        query.all_as(|columns| Ok((User::read(columns)?, columns.named("word")?))).await?;
    Ok(rows.into_iter().map(|row| listed(row, sort)).collect())
}

/// How many there are, counted up to `most`: who counts a million rows waits for them.
pub async fn count(conn: &mut Conn, filter: &Filter, most: i64) -> Result<i64> {
    let from = match &filter.search {
        Some(_) if filter.role.is_none() && filter.disabled.is_none() => COUNTED,
        Some(_) => FOUND,
        None => "users u where $1 = $2",
    };
    let sql = format!(
        "select count(*) from (select 1 from {from}{} limit $3) counted",
        conditions(filter, filter.is_sorted_at_once())
    );
    let (from, to) = filter.search.as_deref().map(range).unwrap_or_default();
    let mut query = conn.query(sqlx::AssertSqlSafe(sql)).bind(from).bind(to).bind(most);
    if let Some((group, _)) = &filter.group {
        query = query.bind(group);
    }
    let row: (i64,) = query.one().await?;
    Ok(row.0)
}

impl Filter {
    fn is_of_few(&self) -> bool {
        matches!(self.group, Some((_, Crowd::Few)))
    }

    fn is_sorted_at_once(&self) -> bool {
        matches!(self.group, Some((_, Crowd::Few | Crowd::Many)))
    }
}

/// Only what is asked for, as literals, so that each has its index; a group by its members first, or
/// by looking who is one.
fn conditions(filter: &Filter, begins_with_members: bool) -> String {
    let role = filter.role.map(|role| format!(" and u.role = '{}'", role.as_str()));
    let state = match filter.disabled {
        Some(true) => " and u.disabled_at is not null",
        Some(false) => " and u.disabled_at is null",
        None => "",
    };
    let first = if filter.search.is_some() { FIRST } else { "" };
    let id = if filter.search.is_some() { "w.user_id" } else { "u.id" };
    let group = match &filter.group {
        Some(_) if !begins_with_members => format!(
            " and exists (select 1 from group_members m where m.group_id = $4 and m.user_id = {id})"
        ),
        Some(_) => {
            format!(" and {id} in (select m.user_id from group_members m where m.group_id = $4)")
        }
        None => String::new(),
    };
    format!("{}{state}{group}{first}", role.unwrap_or_default())
}

fn listed((user, word): Row, sort: Sort) -> Listed {
    let key = match (&word, sort) {
        (Some(word), _) => word.iter().map(|byte| format!("{byte:02x}")).collect(),
        (None, Sort::Username) => user.username.to_string(),
        (None, Sort::Created) => user.created_at.0.to_string(),
    };
    Listed { place: Place { key, id: user.id.0.clone() }, user }
}

fn hex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok());
    pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}
