//! What a change of scope maps means for people, said before it is made: who gets in by it, and who
//! is shut out.

use std::fmt;

use super::Result;
use crate::app::App;
use crate::domain::{ClientId, GroupId};
use crate::store::groups;

/// A change of scope maps.
#[derive(Debug, Clone, Copy)]
pub enum MapChange<'a> {
    /// This group gets a map, as `scope_maps::set` does it.
    Set(&'a GroupId),
    /// This group's map goes.
    Remove(&'a GroupId),
}

/// How many people with an open account a change lets in, and how many it shuts out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Impact {
    /// Who may use the client after it, and may not now.
    pub gain: i64,
    /// Who may use it now, and may not after.
    pub lose: i64,
}

impl Impact {
    /// Whether everybody keeps what they have.
    pub fn is_none(self) -> bool {
        self == Impact::default()
    }
}

impl fmt::Display for Impact {
    /// `4 people gain access, 1 loses it.`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let people = |n: i64, one: &str, many: &str| match n {
            1 => format!("1 person {one}"),
            n => format!("{n} people {many}"),
        };
        let gain = people(self.gain, "gains access", "gain access");
        let lose = people(self.lose, "loses access", "lose access");
        match (self.gain, self.lose) {
            (0, 0) => f.write_str("Nobody gains or loses access."),
            (_, 0) => write!(f, "{gain}."),
            (0, _) => write!(f, "{lose}."),
            (_, 1) => write!(f, "{gain}, 1 loses it."),
            (_, n) => write!(f, "{gain}, {n} lose it."),
        }
    }
}

/// What a change would mean.
///
/// # Errors
/// When the database refuses.
pub async fn of(app: &App, client: &ClientId, change: MapChange<'_>) -> Result<Impact> {
    let registry = app.registry();
    let maps = registry.scope_maps(client);
    let before: Vec<GroupId> = maps.iter().map(|map| map.group_id.clone()).collect();
    let after: Vec<GroupId> = match change {
        MapChange::Set(group) => {
            let kept = maps.iter().filter(|map| !map.is_default).map(|map| &map.group_id);
            kept.chain([group]).cloned().collect()
        }
        MapChange::Remove(group) => before.iter().filter(|id| *id != group).cloned().collect(),
    };
    let mut conn = app.db.read().await?.apart();
    Ok(Impact {
        gain: groups::count_people(&mut conn, &after, &before).await?,
        lose: groups::count_people(&mut conn, &before, &after).await?,
    })
}

/// What a change of a claim map means: how many people with an open account belong to its group.
///
/// # Errors
/// When the database refuses.
pub async fn of_claim(app: &App, claim: &str, group: &GroupId) -> Result<Option<String>> {
    let mut conn = app.db.read().await?.apart();
    let told = match groups::count_people(&mut conn, std::slice::from_ref(group), &[]).await? {
        0 => None,
        1 => Some(format!("{claim} changes for 1 person at the next sign-in.")),
        n => Some(format!("{claim} changes for {n} people at their next sign-in.")),
    };
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::Impact;

    #[test]
    fn it_reads_as_people_say_it() {
        let told = |gain, lose| Impact { gain, lose }.to_string();
        assert_eq!(told(4, 1), "4 people gain access, 1 loses it.");
        assert_eq!(told(1, 2), "1 person gains access, 2 lose it.");
        assert_eq!(told(1, 0), "1 person gains access.");
        assert_eq!(told(0, 1), "1 person loses access.");
        assert_eq!(told(0, 0), "Nobody gains or loses access.");
    }
}
