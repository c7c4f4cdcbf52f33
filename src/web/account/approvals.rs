//! Sign-ins that were begun elsewhere and wait for the person to approve them (CIBA Core 8): which
//! application asks, what it would learn, and that nobody should go on who did not start it.

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::frame::Frame;
use super::portal::{Portal, Posted};
use crate::app::AppState;
use crate::domain::{BackchannelRequest, Cause, Client, GrantType, RequestedClaims, Scopes};
use crate::explain::audit::Entry;
use crate::protocol::next_step::{self, Granted};
use crate::protocol::{ErrorCode, OAuthError};
use crate::registry::Snapshot;
use crate::signin::person::{self, Person};
use crate::store::{self, backchannel_requests, grants, sessions};
use crate::web::admin::when::When;
use crate::web::error::{Failure, PageError};
use crate::web::oidc::{Tracked, token};
use crate::web::page::{self, ClientCard, Page};
use crate::web::signin::told::{self, ScopeLine};
use crate::web::signin::{consent, standing};

/// Where they are.
pub const HERE: &str = "/approvals";
/// Requests that are shown at once.
const MOST: i64 = 100;

/// The form of each.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    request: String,
    shown: String,
    action: String,
}

/// A request that waits, with what it would allow as things are now.
struct Waiting {
    request: BackchannelRequest,
    client: Arc<Client>,
    person: Person,
    granted: Granted,
}

/// The same as the page shows it.
struct Row {
    id: i64,
    client: ClientCard,
    message: Option<String>,
    since: When,
    ends: When,
    address: Option<String>,
    scopes: Vec<ScopeLine>,
    shown: String,
}

#[derive(Template)]
#[template(path = "account/approvals.html")]
struct ApprovalsPage {
    page: Page,
    frame: Frame,
    rows: Vec<Row>,
}

/// `GET /approvals`
pub async fn get(app: AppState, portal: Portal) -> Response {
    let registry = app.registry();
    let found = match waiting(&app, &registry, &portal).await {
        Ok(found) => found,
        Err(error) => return PageError::broken(&app, &portal.visitor, error).into_response(),
    };
    for one in &found {
        let username = portal.user.username.to_string();
        one.tracked(&portal).step(&app, "approval_shown", vec![("username", username)]);
    }
    let rows = found.iter().map(|one| one.row(&app, &registry)).collect();
    let (page, frame, jar) = portal.frame(&app, HERE);
    page::show(StatusCode::OK, jar, &ApprovalsPage { page, frame, rows })
}

/// Whether anything waits for whoever is signed in.
pub async fn any(app: &AppState, portal: &Portal) -> store::Result<bool> {
    Ok(!waiting(app, &app.registry(), portal).await?.is_empty())
}

/// What waits for whoever is signed in, of clients that may still have it.
async fn waiting(
    app: &AppState,
    registry: &Snapshot,
    portal: &Portal,
) -> store::Result<Vec<Waiting>> {
    let mut conn = app.db.read().await?;
    let user = &portal.user;
    let all = backchannel_requests::waiting(&mut conn, &user.id, app.clock.now(), MOST).await?;
    let mut found = Vec::new();
    for request in all {
        let client = registry.client(&request.client_id);
        let client = client.filter(|client| {
            client.disabled_at.is_none() && token::allowed(client, GrantType::Ciba).is_ok()
        });
        let Some(client) = client else { continue };
        let person = person::of(app, &mut conn, (registry, &client), user.clone()).await?;
        let Some(allowed) = registry.allowed_scopes(&client.id, &person.groups) else { continue };
        let scopes =
            next_step::granted((Some(&request.scopes.0), request.layout), &client, &allowed);
        let claims = RequestedClaims::default();
        let granted = Granted { scopes, claims, resources: Vec::new() };
        found.push(Waiting { request, client, person, granted });
    }
    Ok(found)
}

impl Waiting {
    fn row(&self, app: &AppState, registry: &Snapshot) -> Row {
        let now = app.clock.now();
        let source = self.person.source(app, (registry, &self.client));
        let asked = (&self.granted.scopes, registry.scopes());
        Row {
            id: self.request.id.0,
            client: ClientCard::of(&self.client),
            message: self.request.binding_message.clone(),
            since: When::of(self.request.created_at, now),
            ends: When::of(self.request.expires_at, now),
            address: self.request.address.clone(),
            scopes: told::lines(&source, asked, &self.granted.claims),
            shown: self.granted.consent().to_string(),
        }
    }

    fn tracked(&self, portal: &Portal) -> Tracked {
        let request = &self.request;
        let address = portal.visitor.address_text();
        let tracked = Tracked::begin(request.flow.clone(), request.layout, address);
        tracked.client(&self.client.id).user(&portal.user.id)
    }
}

/// `POST /approvals`
pub async fn post(app: AppState, Posted { portal, form }: Posted<Filled>) -> Response {
    match decide(&app, &portal, &form).await {
        Ok(told) => portal.done(&app, HERE, &told),
        Err(failure) => PageError::broken(&app, &portal.visitor, failure).into_response(),
    }
}

/// Does what the person chose, and says what came of it.
async fn decide(app: &AppState, portal: &Portal, form: &Filled) -> Result<String, Failure> {
    let all = waiting(app, &app.registry(), portal).await?;
    let one = all.into_iter().find(|one| one.request.id.0.to_string() == form.request);
    let Some(one) = one else { return Ok(gone()) };
    let name = &one.client.name;
    match form.action.as_str() {
        // Maps changed while the page was open: what was shown is not what would be granted.
        "allow" if Scopes::parse(&form.shown) != one.granted.consent() => {
            Ok(format!("What {name} would learn has changed meanwhile. Look it over again."))
        }
        "allow" if approve(app, portal, &one).await? => {
            Ok(format!("Approved. {name} signs you in now; go on there."))
        }
        "deny" if refuse(app, portal, &one).await? => {
            Ok(format!("Not approved. {name} does not get into your account."))
        }
        _ => Ok(gone()),
    }
}

fn gone() -> String {
    "This sign-in does not wait any more: it was decided on, or its time was up.".to_owned()
}

/// Approves a request; `false` if somebody was faster, or the session has ended.
async fn approve(app: &AppState, portal: &Portal, one: &Waiting) -> Result<bool, Failure> {
    let (user, request, granted) = (&portal.user, &one.request, &one.granted);
    let who = (&one.client.id, &user.id, &portal.session);
    let begun = (request.layout, &request.flow);
    let grant = standing::grant(app, who, granted.scopes.clone(), begun);
    let scope = granted.scopes.to_string();
    let mut tx = app.db.write().await?;
    if !sessions::hold(&mut tx, portal.session.id).await? {
        return Ok(false);
    }
    let which = (request.id, &user.id);
    if !backchannel_requests::decide(&mut tx, which, Some(grant.id), app.clock.now()).await? {
        return Ok(false);
    }
    if !one.client.trusted {
        let known = (&user.id, &one.client.id);
        consent::remember(app, &mut tx, known, granted.consent()).await?;
    }
    grants::insert(&mut tx, &grant).await?;
    Entry::new(app, "backchannel.approved", &portal.actor())
        .grant(&grant)
        .user(&user.id, user.username.as_str())
        .detail("scope", scope.clone())
        .append(&mut tx)
        .await?;
    tx.commit().await?;
    let told = vec![("username", user.username.to_string()), ("scope", scope)];
    one.tracked(portal).step(app, "backchannel_approved", told);
    Ok(true)
}

/// Refuses a request; `false` if somebody was faster.
async fn refuse(app: &AppState, portal: &Portal, one: &Waiting) -> Result<bool, Failure> {
    let (user, tracked) = (&portal.user, one.tracked(portal));
    let mut tx = app.db.write().await?;
    let which = (one.request.id, &user.id);
    if !backchannel_requests::decide(&mut tx, which, None, app.clock.now()).await? {
        return Ok(false);
    }
    Entry::new(app, "backchannel.refused", &portal.actor())
        .user(&user.id, user.username.as_str())
        .client(&one.client.id)
        .flow(Some(tracked.reference()))
        .append(&mut tx)
        .await?;
    tx.commit().await?;
    let error = OAuthError::new(ErrorCode::AccessDenied, Cause::BackchannelDenied, "");
    tracing::info!(cause = %error.cause, flow.r#ref = %tracked.reference(), "refused");
    tracked.refused(app, &error);
    Ok(true)
}
