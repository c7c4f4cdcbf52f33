//! Bringing about who is in which group, and which group is inside which.

use std::collections::BTreeSet;

use super::Wanted;
use super::apply::{At, DeclaredError, Work};
use crate::directory::members::{self, Members};

impl Work<'_> {
    /// Nobody is nested before everybody was taken out, so that two groups can change places.
    pub(super) async fn nest(&mut self, wanted: &Wanted) -> Result<(), DeclaredError> {
        let wanted = || wanted.groups.iter().flatten();
        let inside = |form: &Option<Vec<String>>| form.clone().map(BTreeSet::from_iter);
        for (name, form) in wanted() {
            let Some(wanted) = inside(&form.groups) else { continue };
            let groups = difference(&self.nested(name), &wanted);
            self.change(name, (&[], &groups), Direction::Out, &["groups", name, "groups"]).await?;
        }
        for (name, form) in wanted() {
            let Some(wanted) = inside(&form.groups) else { continue };
            let groups = difference(&wanted, &self.nested(name));
            self.change(name, (&[], &groups), Direction::In, &["groups", name, "groups"]).await?;
        }
        Ok(())
    }

    fn nested(&self, name: &str) -> BTreeSet<String> {
        let entry = self.before.groups.get(name);
        entry.map(|entry| entry.groups.iter().cloned().collect()).unwrap_or_default()
    }

    pub(super) async fn members(&mut self, wanted: &Wanted) -> Result<(), DeclaredError> {
        for (name, form) in wanted.users.iter().flatten() {
            let Some(wanted) = &form.groups else { continue };
            let path = ["users", name, "groups"];
            let wanted: BTreeSet<String> = wanted.iter().cloned().collect();
            let before = self.before.users.get(name).map(|user| user.groups.clone());
            let before: BTreeSet<String> = before.unwrap_or_default().into_iter().collect();
            let whom = [name.clone()];
            for group in before.difference(&wanted) {
                self.change(group, (&whom, &[]), Direction::Out, &path).await?;
            }
            for group in wanted.difference(&before) {
                self.change(group, (&whom, &[]), Direction::In, &path).await?;
            }
        }
        Ok(())
    }

    async fn change(
        &mut self,
        group: &str,
        (users, groups): (&[String], &[String]),
        direction: Direction,
        path: &[&str],
    ) -> Result<(), DeclaredError> {
        if users.is_empty() && groups.is_empty() {
            return Ok(());
        }
        let members = Members { users: users.to_vec(), groups: groups.to_vec() };
        let done = match direction {
            Direction::In => members::add(self.app, self.actor, group, &members).await,
            Direction::Out => members::remove(self.app, self.actor, group, &members).await,
        };
        self.noted(done.at(path)?);
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum Direction {
    In,
    Out,
}

fn difference(these: &BTreeSet<String>, those: &BTreeSet<String>) -> Vec<String> {
    these.difference(those).cloned().collect()
}
