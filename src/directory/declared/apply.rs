//! Bringing a document about: everything in one transaction, through the functions that
//! administrators use otherwise, each with its line of the audit log.

use std::collections::BTreeSet;

use super::export::document;
use super::{Document, Plan, UserEntry, Wanted};
use crate::app::App;
use crate::directory::forms::{self, SecretSource, UserForm, place};
use crate::directory::members::{self, Members};
use crate::directory::scopes::{self, NewScope};
use crate::directory::users::{self, NewUser, UserChange};
use crate::directory::{
    DirectoryError, Done, Fate, Force, clients, external_ids, groups, together, together::begin,
};
use crate::domain::{Actor, Secret, Username};

/// How a document is brought about.
pub struct Options<'a> {
    /// Whether to take everything back, and only tell.
    pub dry_run: bool,
    /// Whether what a section does not name is deleted.
    pub prune: bool,
    /// Whether safeguards hold.
    pub force: Force,
    /// Finds a secret, or says why it cannot.
    pub secret: &'a (dyn Fn(&SecretSource) -> Result<Secret, String> + Sync),
}

/// Why a document was not brought about. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum DeclaredError {
    /// A part of it cannot be.
    #[error("{place}: {error}; nothing was changed")]
    Refused {
        /// Where it stands in the document.
        place: String,
        /// Why not.
        error: DirectoryError,
    },
    /// A part of it makes no sense.
    #[error("{place}: {problem}; nothing was changed")]
    Wrong {
        /// Where it stands in the document.
        place: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The rest.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

/// What is done by and by.
pub(super) struct Work<'a> {
    pub app: &'a App,
    pub actor: &'a Actor,
    pub options: &'a Options<'a>,
    pub before: Document,
    pub notes: Vec<String>,
    /// Clients that got another secret.
    pub secrets: Vec<String>,
}

/// Makes the directory as the document wants it, or finds out what that would change.
///
/// # Errors
/// The first thing that cannot be, with its place; nothing was changed then.
pub async fn apply(
    app: &App,
    actor: &Actor,
    wanted: &Wanted,
    options: &Options<'_>,
) -> Result<Plan, DeclaredError> {
    let work = async {
        let before = now(app).await?;
        let (notes, secrets) = (Vec::new(), Vec::new());
        let mut work = Work { app, actor, options, before, notes, secrets };
        work.scopes(wanted).await?;
        work.groups(wanted).await?;
        work.users(wanted).await?;
        work.nest(wanted).await?;
        work.members(wanted).await?;
        for (id, form) in wanted.clients.iter().flatten() {
            work.client(id, form).await?;
        }
        if options.prune {
            work.prune(wanted).await?;
        }
        let after = now(app).await?;
        let mut plan = Plan::between(&work.before, &after, &work.secrets);
        plan.notes = work.notes;
        Ok(if options.dry_run { Fate::TakeBack(plan) } else { Fate::Keep(plan) })
    };
    together(app, work).await
}

async fn now(app: &App) -> Result<Document, DirectoryError> {
    let mut tx = begin(app).await?;
    document(&mut tx).await
}

/// Names the place of what cannot be.
pub(super) trait At<T> {
    fn at(self, path: &[&str]) -> Result<T, DeclaredError>;
}

impl<T> At<T> for Result<T, DirectoryError> {
    fn at(self, path: &[&str]) -> Result<T, DeclaredError> {
        self.map_err(|error| DeclaredError::Refused { place: joined(path), error })
    }
}

pub(super) fn wrong(path: &[&str], problem: impl Into<String>) -> DeclaredError {
    DeclaredError::Wrong { place: joined(path), problem: problem.into() }
}

fn joined(path: &[&str]) -> String {
    place(&path.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>())
}

impl Work<'_> {
    /// Keeps the notes of what was done.
    pub fn noted<T>(&mut self, done: Done<T>) {
        if done.changed {
            self.notes.extend(done.notes);
        }
    }

    async fn scopes(&mut self, wanted: &Wanted) -> Result<(), DeclaredError> {
        for (name, form) in wanted.scopes.iter().flatten() {
            let path = ["scopes", name];
            if self.before.scopes.contains_key(name) {
                let done = scopes::update(self.app, self.actor, name, form.change()).await;
                self.noted(done.at(&path)?);
                continue;
            }
            let Some(sentence) = form.sentence.clone() else {
                return Err(wrong(&path, "'sentence' is missing: say what people allow"));
            };
            let claims = form.claims.clone().unwrap_or_default();
            let new = NewScope { name: name.clone(), sentence, claims };
            scopes::create(self.app, self.actor, new).await.at(&path)?;
        }
        Ok(())
    }

    async fn groups(&mut self, wanted: &Wanted) -> Result<(), DeclaredError> {
        for (name, form) in wanted.groups.iter().flatten() {
            let path = ["groups", name];
            if self.before.groups.contains_key(name) {
                let done = groups::update(self.app, self.actor, name, form.change()).await;
                self.noted(done.at(&path)?);
            } else {
                let description = form.description.clone().flatten();
                groups::create(self.app, self.actor, name, description).await.at(&path)?;
            }
        }
        Ok(())
    }

    /// Nobody is nested before everybody was taken out, so that two groups can change places.
    async fn nest(&mut self, wanted: &Wanted) -> Result<(), DeclaredError> {
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

    async fn users(&mut self, wanted: &Wanted) -> Result<(), DeclaredError> {
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
        let pairs = |all: &std::collections::BTreeMap<String, Vec<String>>| -> BTreeSet<_> {
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

    async fn members(&mut self, wanted: &Wanted) -> Result<(), DeclaredError> {
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

    /// Deletes what the sections of the document do not name.
    async fn prune(&mut self, wanted: &Wanted) -> Result<(), DeclaredError> {
        let (app, actor, force) = (self.app, self.actor, self.options.force);
        for id in unnamed(self.before.clients.keys(), wanted.clients.as_ref()) {
            clients::delete(app, actor, &id).await.at(&["clients", &id])?;
        }
        for name in unnamed(self.before.users.keys(), wanted.users.as_ref()) {
            users::delete(app, actor, &name, force).await.at(&["users", &name])?;
        }
        for name in unnamed(self.before.groups.keys(), wanted.groups.as_ref()) {
            let done = groups::delete(app, actor, &name).await.at(&["groups", &name])?;
            self.noted(done);
        }
        for name in unnamed(self.before.scopes.keys(), wanted.scopes.as_ref()) {
            let done = scopes::delete(app, actor, &name).await.at(&["scopes", &name])?;
            self.noted(done);
        }
        Ok(())
    }
}

/// Whether the person is as the form says, letter by letter: most are, and need no look.
fn is_so(entry: &UserEntry, form: &UserForm) -> bool {
    let known = [UserForm::known(), vec!["groups", "external_ids"]].concat();
    let entry = serde_json::json!(entry);
    let now = forms::read(&entry, |node, problems| UserForm::read(node, &known, problems));
    now.is_ok_and(|now| {
        let ids = form.external_ids.is_none() || now.external_ids == form.external_ids;
        now.details == form.details && now.role == form.role && now.disabled == form.disabled && ids
    })
}

#[derive(Clone, Copy)]
enum Direction {
    In,
    Out,
}

fn difference(these: &BTreeSet<String>, those: &BTreeSet<String>) -> Vec<String> {
    these.difference(those).cloned().collect()
}

fn unnamed<'a, T>(
    there: impl Iterator<Item = &'a String>,
    wanted: Option<&std::collections::BTreeMap<String, T>>,
) -> Vec<String> {
    let Some(wanted) = wanted else { return Vec::new() };
    there.filter(|name| !wanted.contains_key(*name)).cloned().collect()
}
