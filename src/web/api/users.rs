//! `/api/v1/users`: people.

use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::caller::{By, Read, WriteUsers};
use super::message::{
    Asked, Document, IfMatch, MustMatch, Named, PageQuery, Paged, created, limit, tagged, tagged_as,
};
use super::problem::Problem;
use crate::app::AppState;
use crate::directory::forms::UserForm;
use crate::directory::links::{self, Link};
use crate::directory::rights::{ManagesPeople, SeesPeople};
use crate::directory::users::{self, FirstPassword, NewUser, UserChange};
use crate::directory::view::UserView;
use crate::directory::{DirectoryError, Fate, Force, expected, find, together};
use crate::store;
use crate::web::json::NoStore;

/// `GET /users`
pub async fn list(
    app: AppState,
    _: By<Read, SeesPeople>,
    uri: Uri,
    Asked(query): Asked<PageQuery>,
) -> Result<Response, Problem> {
    let limit = limit(query.limit)?;
    let after = query.after.unwrap_or_default();
    let page = store::users::list(&mut app.db.read().await?, &after, limit + 1).await?;
    let view = |user| json!(UserView::from(&user));
    Ok(Paged { uri: &uri, limit }.answer(page, |user| user.username.to_string(), view))
}

/// `POST /users`
pub async fn create(
    app: AppState,
    by: By<WriteUsers, ManagesPeople>,
    body: Document,
) -> Result<Response, Problem> {
    let known = [UserForm::known(), vec!["username", "password", "invite"]].concat();
    let mut form = body.read(|node, problems| UserForm::read(node, &known, problems))?;
    let Some(username) = form.username.take() else {
        return Err(Problem::at("", "'username' is missing"));
    };
    let password = match (form.password.take(), form.invite.unwrap_or_default()) {
        (Some(_), true) => {
            return Err(Problem::at("/invite", "give a password or an invitation, not both"));
        }
        (Some(password), false) => FirstPassword::Given(password),
        (None, true) => FirstPassword::Invitation,
        (None, false) => FirstPassword::Later,
    };
    let role = form.role.flatten();
    let new = NewUser { username, role, password, details: form.details };
    let actor = by.actor();
    // The password is hashed before the transaction that everybody waits for.
    let prepared = users::prepare(&app, &actor, new).await?;
    let made = together(&app, async {
        let mut made = users::add(&app, &actor, prepared).await?;
        if form.disabled == Some(true) {
            let off = users::disable(&app, &actor, made.user.id.as_str(), Force::No).await?;
            made.user = off.value;
        }
        Ok::<_, DirectoryError>(Fate::Keep(made))
    });
    let made = made.await?;
    let view = UserView::from(&made.user);
    let mut document = json!(view);
    if let Some(link) = &made.invitation {
        document["invitation"] = shown(link);
    }
    Ok(created(tagged_as(StatusCode::CREATED, &view, document), &["users", &view.id]))
}

/// `GET /users/{user}`
pub async fn get(
    app: AppState,
    _: By<Read, SeesPeople>,
    Named(user): Named<String>,
) -> Result<Response, Problem> {
    let user = find::user(&mut app.db.read().await?, &user).await?;
    Ok(tagged(StatusCode::OK, &UserView::from(&user)))
}

/// `PATCH /users/{user}`
pub async fn update(
    app: AppState,
    by: By<WriteUsers, ManagesPeople>,
    Named(name): Named<String>,
    MustMatch(revisions): MustMatch,
    body: Document,
) -> Result<Response, Problem> {
    let known = [UserForm::known(), vec!["username"]].concat();
    let form = body.read(|node, problems| UserForm::read(node, &known, problems))?;
    let actor = by.actor();
    let changed = together(&app, async {
        expected::user(&app, &name, revisions.revisions()).await?;
        let (username, role, details) = (form.username, form.role, form.details);
        let change = UserChange { username, role, details, ..UserChange::default() };
        let user = users::update(&app, &actor, &name, change, Force::No).await?.value;
        let id = user.id.as_str();
        let user = match form.disabled {
            Some(true) => users::disable(&app, &actor, id, Force::No).await?.value,
            Some(false) => users::enable(&app, &actor, id).await?.value,
            None => user,
        };
        Ok::<_, DirectoryError>(Fate::Keep(user))
    });
    Ok(tagged(StatusCode::OK, &UserView::from(&changed.await?)))
}

/// `DELETE /users/{user}`
pub async fn delete(
    app: AppState,
    by: By<WriteUsers, ManagesPeople>,
    Named(name): Named<String>,
    revisions: IfMatch,
) -> Result<StatusCode, Problem> {
    let actor = by.actor();
    let deleted = together(&app, async {
        expected::user(&app, &name, revisions.revisions()).await?;
        users::delete(&app, &actor, &name, Force::No).await?;
        Ok::<_, DirectoryError>(Fate::Keep(()))
    });
    deleted.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /users/{user}/invitation`
pub async fn invite(
    app: AppState,
    by: By<WriteUsers, ManagesPeople>,
    Named(name): Named<String>,
) -> Result<Response, Problem> {
    let link = links::invite(&app, &by.actor(), &name).await?;
    Ok((StatusCode::CREATED, NoStore(shown(&link))).into_response())
}

/// `POST /users/{user}/reset-link`
pub async fn reset(
    app: AppState,
    by: By<WriteUsers, ManagesPeople>,
    Named(name): Named<String>,
) -> Result<Response, Problem> {
    let link = links::reset_link(&app, &by.actor(), &name).await?;
    Ok((StatusCode::CREATED, NoStore(shown(&link))).into_response())
}

fn shown(link: &Link) -> serde_json::Value {
    json!({ "url": link.url, "expires_at": link.expires_at.rfc3339() })
}
