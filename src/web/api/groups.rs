//! `/api/v1/groups`: groups, who is in them, and which is inside which.

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use serde_json::json;

use super::caller::{By, Read, WriteGroups};
use super::message::{
    Asked, Document, IfMatch, MustMatch, Named, PageQuery, Paged, created, limit, tagged,
};
use super::problem::Problem;
use crate::app::AppState;
use crate::directory::forms::GroupForm;
use crate::directory::members::{self, Members};
use crate::directory::rights::{Administers, SeesAll};
use crate::directory::view::GroupView;
use crate::directory::{DirectoryError, Fate, expected, find, groups, together};
use crate::domain::Group;
use crate::store::{self, user_list::Crowd};

/// `GET /groups`
pub async fn list(
    app: AppState,
    _: By<Read, SeesAll>,
    uri: Uri,
    Asked(query): Asked<PageQuery>,
) -> Result<Response, Problem> {
    let registry = app.registry();
    let mut all: Vec<&Group> = registry.groups().values().collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    let page = Paged { uri: &uri, limit: limit(query.limit)? };
    let view = |group: &Group| json!(GroupView::from(group));
    Ok(page.part(all, query.after.as_deref(), |group| group.name.clone(), view))
}

/// `POST /groups`
pub async fn create(
    app: AppState,
    by: By<WriteGroups, Administers>,
    body: Document,
) -> Result<Response, Problem> {
    let known = ["name", "description"];
    let form = body.read(|node, problems| GroupForm::read(node, &known, problems))?;
    let Some(name) = form.name else { return Err(Problem::at("", "'name' is missing")) };
    let made = groups::create(&app, &by.actor(), &name, form.description.flatten()).await?;
    let view = GroupView::from(&made);
    Ok(created(tagged(StatusCode::CREATED, &view), &["groups", &view.id]))
}

/// `GET /groups/{group}`
pub async fn get(
    app: AppState,
    _: By<Read, SeesAll>,
    Named(group): Named<String>,
) -> Result<Response, Problem> {
    let group = find::group(&mut app.db.read().await?, &group).await?;
    Ok(tagged(StatusCode::OK, &GroupView::from(&group)))
}

/// `PATCH /groups/{group}`
pub async fn update(
    app: AppState,
    by: By<WriteGroups, Administers>,
    Named(name): Named<String>,
    MustMatch(revisions): MustMatch,
    body: Document,
) -> Result<Response, Problem> {
    let known = ["name", "description"];
    let form = body.read(|node, problems| GroupForm::read(node, &known, problems))?;
    let actor = by.actor();
    let changed = together(&app, async {
        expected::group(&app, &name, revisions.revisions()).await?;
        let done = groups::update(&app, &actor, &name, form.change()).await?;
        Ok::<_, DirectoryError>(Fate::Keep(done.value))
    });
    Ok(tagged(StatusCode::OK, &GroupView::from(&changed.await?)))
}

/// `DELETE /groups/{group}`
pub async fn delete(
    app: AppState,
    by: By<WriteGroups, Administers>,
    Named(name): Named<String>,
    revisions: IfMatch,
) -> Result<StatusCode, Problem> {
    let actor = by.actor();
    let deleted = together(&app, async {
        expected::group(&app, &name, revisions.revisions()).await?;
        groups::delete(&app, &actor, &name).await?;
        Ok::<_, DirectoryError>(Fate::Keep(()))
    });
    deleted.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /groups/{group}/members`
pub async fn members(
    app: AppState,
    _: By<Read, SeesAll>,
    Named(group): Named<String>,
    uri: Uri,
    Asked(query): Asked<PageQuery>,
) -> Result<Response, Problem> {
    let limit = limit(query.limit)?;
    let mut conn = app.db.read().await?;
    let group = find::group(&mut conn, &group).await?;
    let after = query.after.unwrap_or_default();
    let crowd = members::of(&app, &group).await?.map_or(Crowd::Most, |(_, crowd)| crowd);
    let page = store::groups::members(&mut conn, (&group.id, crowd), &after, limit + 1).await?;
    let view = |name| json!({ "username": name });
    Ok(Paged { uri: &uri, limit }.answer(page, |name| name.to_string(), view))
}

/// `PUT /groups/{group}/members/{user}`
pub async fn add_member(
    app: AppState,
    by: By<WriteGroups, Administers>,
    Named((group, user)): Named<(String, String)>,
) -> Result<StatusCode, Problem> {
    let members = Members { users: vec![user], groups: Vec::new() };
    members::add(&app, &by.actor(), &group, &members).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /groups/{group}/members/{user}`
pub async fn remove_member(
    app: AppState,
    by: By<WriteGroups, Administers>,
    Named((group, user)): Named<(String, String)>,
) -> Result<StatusCode, Problem> {
    let members = Members { users: vec![user], groups: Vec::new() };
    removed(members::remove(&app, &by.actor(), &group, &members).await?)
}

/// `GET /groups/{group}/groups`
pub async fn inside(
    app: AppState,
    _: By<Read, SeesAll>,
    Named(group): Named<String>,
    uri: Uri,
    Asked(query): Asked<PageQuery>,
) -> Result<Response, Problem> {
    let group = find::group(&mut app.db.read().await?, &group).await?;
    let registry = app.registry();
    let all = registry.groups().values();
    let mut all: Vec<&Group> =
        all.filter(|inner| registry.parents_of(&inner.id).contains(&group.id)).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    let page = Paged { uri: &uri, limit: limit(query.limit)? };
    let view = |group: &Group| json!(GroupView::from(group));
    Ok(page.part(all, query.after.as_deref(), |group| group.name.clone(), view))
}

/// `PUT /groups/{group}/groups/{inner}`
pub async fn nest(
    app: AppState,
    by: By<WriteGroups, Administers>,
    Named((group, inner)): Named<(String, String)>,
) -> Result<StatusCode, Problem> {
    let members = Members { users: Vec::new(), groups: vec![inner] };
    members::add(&app, &by.actor(), &group, &members).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /groups/{group}/groups/{inner}`
pub async fn unnest(
    app: AppState,
    by: By<WriteGroups, Administers>,
    Named((group, inner)): Named<(String, String)>,
) -> Result<StatusCode, Problem> {
    let members = Members { users: Vec::new(), groups: vec![inner] };
    removed(members::remove(&app, &by.actor(), &group, &members).await?)
}

fn removed(done: crate::directory::Done<Group>) -> Result<StatusCode, Problem> {
    match done.changed {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::new("not_there", done.notes.join(" "))),
    }
}
