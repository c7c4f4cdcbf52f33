//! `/api/v1/users/{user}/sessions`: where people are signed in.

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use serde_json::{Value, json};

use super::caller::{By, Read, WriteSessions};
use super::message::{Asked, Named, PageQuery, Paged, limit};
use super::problem::Problem;
use crate::app::AppState;
use crate::directory::rights::{ManagesPeople, SeesPeople};
use crate::directory::{find, sessions};
use crate::domain::{Selector, Session};

/// `GET /users/{user}/sessions`
pub async fn list(
    app: AppState,
    _: By<Read, SeesPeople>,
    Named(user): Named<String>,
    uri: Uri,
    Asked(query): Asked<PageQuery>,
) -> Result<Response, Problem> {
    let user = find::user(&mut app.db.read().await?, &user).await?;
    let mut all = sessions::of_user(&app, &user).await?;
    all.sort_by_key(|session| session.id.0.to_string());
    let page = Paged { uri: &uri, limit: limit(query.limit)? };
    Ok(page.part(all, query.after.as_deref(), |session| session.id.0.to_string(), view))
}

/// `DELETE /users/{user}/sessions`
pub async fn end_all(
    app: AppState,
    by: By<WriteSessions, ManagesPeople>,
    Named(user): Named<String>,
) -> Result<StatusCode, Problem> {
    sessions::end_all(&app, &by.actor(), &user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /users/{user}/sessions/{session}`
pub async fn end(
    app: AppState,
    by: By<WriteSessions, ManagesPeople>,
    Named((user, session)): Named<(String, String)>,
) -> Result<StatusCode, Problem> {
    let no_such = || Problem::new("not_found", format!("no session '{session}'"));
    let id = session.parse().map(Selector).map_err(|_| no_such())?;
    sessions::end(&app, &by.actor(), &user, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(session: Session) -> Value {
    json!({
        "id": session.id.0.to_string(),
        "created_at": session.created_at.rfc3339(),
        "last_seen_at": session.last_seen_at.rfc3339(),
        "expires_at": session.expires_at.rfc3339(),
        "address": session.address,
        "user_agent": session.user_agent,
        "amr": session.amr.0,
        "remember": session.remember,
    })
}
