//! Renaming a group and saying what it is for, without overwriting somebody else.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::HERE;
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::groups::{self, GroupChange};
use crate::directory::revision::Revision;
use crate::directory::rights::Administers;
use crate::directory::view::GroupView;
use crate::directory::{DirectoryError, Result, find};
use crate::domain::Group;
use crate::web::admin::applications::conflict::{Conflict, conflicts};
use crate::web::admin::console::{Console, Editing, Posted, sentence};
use crate::web::admin::shell::Shell;
use crate::web::page;
use crate::web::signin::form::FieldError;

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    revision: String,
    name: String,
    description: String,
}

#[derive(Template)]
#[template(path = "admin/groups/edit.html")]
struct EditPage {
    shell: Shell,
    base: String,
    called: String,
    warning: Option<String>,
    errors: Vec<FieldError>,
    conflicts: Option<Vec<Conflict>>,
    filled: Filled,
    command: String,
}

/// `GET /admin/groups/{id}/edit`
pub async fn get(
    app: AppState,
    Editing(console): Editing<Administers>,
    Path(id): Path<String>,
) -> Response {
    match load(&app, &id).await {
        Ok(group) => {
            let (page, jar) = edit_page(&app, &console, &group);
            page::show(StatusCode::OK, jar, &page)
        }
        Err(error) => console.refused(&app, error),
    }
}

async fn load(app: &AppState, id: &str) -> Result<Group> {
    let group = find::group(&mut app.db.read().await?, id).await?;
    groups::own(&group)?;
    Ok(group)
}

fn edit_page<R>(
    app: &AppState,
    console: &Console<R>,
    group: &Group,
) -> (EditPage, axum_extra::extract::CookieJar) {
    let (shell, jar) = console.shell(app, HERE);
    let line = Command::new("group update").arg(&group.name).flag("new-name", &group.name);
    let description = group.description.clone().unwrap_or_default();
    let page = EditPage {
        shell,
        base: format!("{HERE}/{}", group.id),
        called: group.name.clone(),
        warning: groups::told_names(&app.registry()),
        errors: Vec::new(),
        conflicts: None,
        command: line.flag("description", &description).to_string(),
        filled: Filled {
            revision: Revision::of(&GroupView::from(group)).as_str().to_owned(),
            name: group.name.clone(),
            description,
        },
    };
    (page, jar)
}

/// `POST /admin/groups/{id}/edit`
pub async fn post(
    app: AppState,
    Path(id): Path<String>,
    Posted { console, form }: Posted<Administers, Filled>,
) -> Response {
    let change = GroupChange {
        name: Some(form.name.trim().to_owned()),
        description: Some(Some(form.description.trim().to_owned())),
        revision: Some(Revision::sent(form.revision.clone())),
    };
    let error = match groups::update(&app, &console.right.actor(), &id, change).await {
        Ok(done) => {
            let told =
                if done.changed { format!("Saved {}. ", done.value.name) } else { String::new() };
            let told = format!("{told}{}", done.notes.join(" "));
            return console.done(&app, &format!("{HERE}/{}", done.value.id), told.trim());
        }
        Err(error) => error,
    };
    let group = match load(&app, &id).await {
        Ok(group) => group,
        Err(error) => return console.refused(&app, error),
    };
    let (page, jar) = edit_page(&app, &console, &group);
    match error {
        DirectoryError::Changed(_) => {
            let stored = &page.filled;
            let pairs = [
                ("Name", stored.name.clone(), form.name.clone()),
                ("Description", stored.description.clone(), form.description.clone()),
            ];
            let conflicts = Some(conflicts(pairs.into_iter()));
            let filled = Filled { revision: stored.revision.clone(), ..form };
            page::show(StatusCode::CONFLICT, jar, &EditPage { conflicts, filled, ..page })
        }
        DirectoryError::Value { .. } | DirectoryError::Taken { .. } => {
            let text = error.to_string();
            let field = if text.contains("description") { "description" } else { "name" };
            let errors = vec![FieldError::new(field, sentence(&error))];
            let page = EditPage { errors, filled: form, ..page };
            page::show(StatusCode::UNPROCESSABLE_ENTITY, jar, &page)
        }
        error => console.refused(&app, error),
    }
}
