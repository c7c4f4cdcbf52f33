//! Bringing people about: accounts, and what other systems call them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::apply::{At, DeclaredError, Work, wrong};
use super::{UserEntry, Wanted};
use crate::directory::forms::{self, UserForm};
use crate::directory::users::{self, NewUser, UserChange};
use crate::directory::{DirectoryError, external_ids};
use crate::domain::Username;

impl Work<'_> {
    pub(super) async fn users(&mut self, wanted: &Wanted) -> Result<(), DeclaredError> {
        // Whoever becomes somebody comes first, so that there is always an administrator.
        let (first, rest): (Vec<_>, Vec<_>) =
            wanted.users.iter().flatten().partition(|(_, form)| matches!(form.role, Some(Some(_))));
        for (name, form) in first.into_iter().chain(rest) {
            self.user(name, form).await?;
        }
        Ok(())
    }

    async fn user(&mut self, name: &str, form: &UserForm) -> Result<(), DeclaredError> {
        let path = ["users", name];
        let stored = Username::parse(name).map_err(DirectoryError::from).at(&path)?;
        if stored.as_str() != name {
            return Err(wrong(&path, format!("write the name as it is stored: '{stored}'")));
        }
        let before = self.before.users.get(name).cloned();
        if before.as_ref().is_some_and(|entry| is_so(entry, form)) {
            return Ok(());
        }
        let (app, actor, force) = (self.app, self.actor, self.options.force);
        if before.is_none() {
            let role = form.role.flatten();
            let details = form.details.clone();
            let new = NewUser { username: name.into(), role, details, ..NewUser::default() };
            users::create(app, actor, new).await.at(&path)?;
        } else {
            let details = form.details.clone();
            let change = UserChange { role: form.role, details, ..UserChange::default() };
            let done = users::update(app, actor, name, change, force).await;
            self.noted(done.at(&path)?);
        }
        let before = before.unwrap_or_default();
        match (before.disabled, form.disabled) {
            (false, Some(true)) => {
                users::disable(app, actor, name, force).await.at(&path)?;
            }
            (true, Some(false)) => {
                users::enable(app, actor, name).await.at(&path)?;
            }
            _ => {}
        }
        self.external_ids(name, (&before, form)).await
    }

    async fn external_ids(
        &mut self,
        name: &str,
        (before, form): (&UserEntry, &UserForm),
    ) -> Result<(), DeclaredError> {
        let Some(wanted) = &form.external_ids else { return Ok(()) };
        let path = ["users", name, "external_ids"];
        let pairs = |all: &BTreeMap<String, Vec<String>>| -> BTreeSet<_> {
            let pairs = all.iter().flat_map(|(source, values)| {
                values.iter().map(|value| (source.clone(), value.clone()))
            });
            pairs.collect()
        };
        let (had, wanted) = (pairs(&before.external_ids), pairs(wanted));
        for (source, value) in had.difference(&wanted) {
            let gone = external_ids::remove(self.app, self.actor, name, (source, value)).await;
            gone.at(&path)?;
        }
        for (source, value) in wanted.difference(&had) {
            let added = external_ids::add(self.app, self.actor, name, (source, value)).await;
            added.at(&path)?;
        }
        Ok(())
    }
}

/// Whether the person is as the form says, letter by letter: most are, and need no look.
fn is_so(entry: &UserEntry, form: &UserForm) -> bool {
    let known = [UserForm::known(), vec!["groups", "external_ids"]].concat();
    let entry = json!(entry);
    let now = forms::read(&entry, |node, problems| UserForm::read(node, &known, problems));
    let Ok(now) = now else { return false };
    let (had, wanted) = (&now.details, &form.details);
    wanted.fields.iter().all(|field| had.fields.contains(field))
        && stays(wanted.email_verified, had.email_verified)
        && stays(wanted.phone_number_verified, had.phone_number_verified)
        && stays(form.role, now.role)
        && stays(form.disabled, now.disabled)
        && (form.external_ids.is_none() || form.external_ids == now.external_ids)
}

fn stays<T: PartialEq>(wanted: Option<T>, now: Option<T>) -> bool {
    wanted.is_none() || wanted == now
}
