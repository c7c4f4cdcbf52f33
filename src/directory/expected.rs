//! Changing only what is as somebody saw it: looked at inside the transaction of the change, so
//! that of two who change the same thing at once one is refused.

use serde::Serialize;

use super::revision::Revision;
use super::view::{ClientView, GroupView, UserView};
use super::{DirectoryError, Result, find, together::begin};
use crate::app::App;

/// Refuses to go on unless the person is at one of these revisions; call it within `together`.
///
/// # Errors
/// `Changed`, or when there is no such person.
pub async fn user(app: &App, name: &str, revisions: Option<&[Revision]>) -> Result<()> {
    let found = find::user(&mut *begin(app).await?, name).await?;
    check(revisions, &UserView::from(&found), name)
}

/// Refuses to go on unless the group is at one of these revisions; call it within `together`.
///
/// # Errors
/// `Changed`, or when there is no such group.
pub async fn group(app: &App, name: &str, revisions: Option<&[Revision]>) -> Result<()> {
    let found = find::group(&mut *begin(app).await?, name).await?;
    check(revisions, &GroupView::from(&found), name)
}

/// Refuses to go on unless the client is at one of these revisions; call it within `together`.
///
/// # Errors
/// `Changed`, or when there is no such client.
pub async fn client(app: &App, name: &str, revisions: Option<&[Revision]>) -> Result<()> {
    let found = find::client(&mut *begin(app).await?, name).await?;
    check(revisions, &ClientView::from(&found), name)
}

/// Refuses to go on unless the scope is at one of these revisions; call it within `together`.
///
/// # Errors
/// `Changed`, or when there is no such scope.
pub async fn scope(app: &App, name: &str, revisions: Option<&[Revision]>) -> Result<()> {
    let found = find::scope(&mut *begin(app).await?, name).await?;
    check(revisions, &found, name)
}

fn check(revisions: Option<&[Revision]>, document: &impl Serialize, name: &str) -> Result<()> {
    let Some(revisions) = revisions else { return Ok(()) };
    match revisions.contains(&Revision::of(document)) {
        true => Ok(()),
        false => Err(DirectoryError::Changed(name.to_owned())),
    }
}
