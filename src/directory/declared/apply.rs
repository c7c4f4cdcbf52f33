//! Bringing a document about: everything in one transaction, through the functions that
//! administrators use otherwise, each with its line of the audit log.

use std::collections::BTreeMap;

use super::export::document;
use super::plan::Another;
use super::{Document, Plan, Wanted};
use crate::app::App;
use crate::directory::forms::{SecretSource, place};
use crate::directory::scopes::{self, NewScope};
use crate::directory::{
    DirectoryError, Done, Fate, Force, clients, groups, settings, together, together::begin, users,
};
use crate::domain::{Actor, Secret};

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
    /// What got another secret.
    pub secrets: Vec<Another>,
    /// The mail password as it was, sealed.
    pub mail_password: Option<String>,
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
        let mail_password = settings::stored(&mut *begin(app).await?).await?.mail.password;
        let mut work = Work { app, actor, options, before, notes, secrets, mail_password };
        if let Some(form) = &wanted.settings {
            work.settings(form).await?;
        }
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

fn unnamed<'a, T>(
    there: impl Iterator<Item = &'a String>,
    wanted: Option<&BTreeMap<String, T>>,
) -> Vec<String> {
    let Some(wanted) = wanted else { return Vec::new() };
    there.filter(|name| !wanted.contains_key(*name)).cloned().collect()
}
