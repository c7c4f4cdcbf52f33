//! The consent page: who you are, who asks, and what they would learn.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::json;
use sqlx::types::Json;

use crate::app::AppState;
use crate::domain::{Actor, Cause, Client, ClientId, Consent, Scopes, Session, UserId};
use crate::explain::audit::Entry;
use crate::protocol::authorize::Request;
use crate::protocol::callback::Message;
use crate::protocol::end_session::Return;
use crate::protocol::next_step::{Granted, Step};
use crate::protocol::{ErrorCode, OAuthError};
use crate::registry::Snapshot;
use crate::signin::person::Person;
use crate::store::{self, Tx, consents};
use crate::web::cookies;
use crate::web::error::{Failure, PageError};
use crate::web::extract::{PageForm, PageQuery};
use crate::web::language;
use crate::web::oidc::answer::Sent;
use crate::web::oidc::{Tracked, decide, resume, stands};
use crate::web::page::{self, ClientCard, Page};
use crate::web::signin::details::{self, DetailLine};
use crate::web::signin::logout;
use crate::web::signin::told::{self, ScopeLine};
use crate::web::visitor::Visitor;

/// The request that needs consent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Arrived {
    resume: String,
}

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    csrf: String,
    resume: String,
    action: String,
}

#[derive(Template)]
#[template(path = "signin/consent.html")]
struct ConsentPage {
    page: Page,
    resume: String,
    client: ClientCard,
    user_name: String,
    user_login: String,
    scopes: Vec<ScopeLine>,
    details: Vec<DetailLine>,
    resources: String,
    days: u32,
}

/// A consent that is really needed now.
struct Asked {
    request: Request,
    client: std::sync::Arc<Client>,
    registry: std::sync::Arc<Snapshot>,
    session: Session,
    person: Person,
    granted: Granted,
}

/// `GET`
pub async fn get(app: AppState, visitor: Visitor, PageQuery(from): PageQuery<Arrived>) -> Response {
    let asked = match load(&app, &visitor, &from.resume).await {
        Ok(asked) => asked,
        Err(response) => return response,
    };
    Tracked::of_request(&asked.request, visitor.address_text()).user(&asked.person.user.id).step(
        &app,
        "consent_shown",
        vec![("scope", asked.granted.scopes.to_string())],
    );
    let request = Request { shown: Some(asked.granted.consent()), ..asked.request.clone() };
    let resume = match resume::seal(&app, &request) {
        Ok(sealed) => sealed,
        Err(error) => return PageError::broken(&app, &visitor, error).into_response(),
    };
    let (page, jar) = Page::new(&app, visitor.jar);
    let consent = ConsentPage {
        page,
        resume,
        client: ClientCard::of(&asked.client),
        user_name: asked.person.user.shown_name().to_owned(),
        user_login: asked.person.user.username.to_string(),
        scopes: told::in_words(
            &app,
            (&asked.registry, &asked.client),
            &asked.person,
            &asked.granted,
        ),
        details: details::lines(&asked.request.target.details, language::spoken(&app).words()),
        resources: asked.request.target.resources.join(", "),
        days: app.registry().settings().sign_in.consent_days,
    };
    page::show(StatusCode::OK, jar, &consent)
}

/// Loads what is asked; if nothing is any more, the authorization endpoint knows what comes next.
async fn load(app: &AppState, visitor: &Visitor, sealed: &str) -> Result<Asked, Response> {
    let broken = |failure: Failure| PageError::broken(app, visitor, failure).into_response();
    let request = resume::open(app, sealed)
        .map_err(|cause| PageError::new(app, visitor, cause).into_response())?;
    language::application_wants(request.ui_locales.as_deref());
    let back = || Redirect::to(&resume::authorize_url(sealed)).into_response();
    let client = app.registry().client(&request.client_id).ok_or_else(back)?;
    let signed_in = visitor.signed_in(app).await.map_err(|error| broken(error.into()))?;
    let decision = match decide(app, &client, &request, signed_in).await {
        Ok(decision) => decision,
        Err(Failure::Refused(_)) => return Err(back()),
        Err(failure) => return Err(broken(failure)),
    };
    match (decision.step, decision.person) {
        (Step::Consent(granted), Some((session, person))) => {
            Ok(Asked { request, client, registry: decision.registry, session, person, granted })
        }
        _ => Err(back()),
    }
}

/// `POST`
pub async fn post(app: AppState, visitor: Visitor, PageForm(form): PageForm<Filled>) -> Response {
    if let Err(cause) = cookies::check_csrf(&app, &visitor, &form.csrf) {
        return PageError::new(&app, &visitor, cause).into_response();
    }
    let asked = match load(&app, &visitor, &form.resume).await {
        Ok(asked) => asked,
        Err(response) => return response,
    };
    let tracked =
        Tracked::of_request(&asked.request, visitor.address_text()).user(&asked.person.user.id);
    match form.action.as_str() {
        // Maps changed while the page was open: what was shown is not what would be granted.
        "allow" if asked.request.shown.as_ref() != Some(&asked.granted.consent()) => {
            Redirect::to(&format!("/consent?resume={}", form.resume)).into_response()
        }
        "allow" => match allow(&app, asked, &tracked).await {
            Ok(to) => Redirect::to(&to).into_response(),
            Err(error) => PageError::broken(&app, &visitor, error).into_response(),
        },
        "switch" => {
            match logout::end(&app, &visitor, Some((asked.session, asked.person.user))).await {
                Ok(ended) => {
                    let to = Return::To(format!("/login?resume={}", form.resume));
                    logout::leave(&app, ended, None, &to)
                }
                Err(error) => PageError::broken(&app, &visitor, error).into_response(),
            }
        }
        _ => match deny(&app, &asked, &tracked).await {
            Ok(response) => response,
            Err(error) => PageError::broken(&app, &visitor, error).into_response(),
        },
    }
}

/// Remembers the consent and goes back to the authorization endpoint.
async fn allow(app: &AppState, asked: Asked, tracked: &Tracked) -> Result<String, Failure> {
    let (user, client) = (&asked.person.user, &asked.client);
    let actor = Actor::User(user.id.clone(), user.username.to_string());
    let mut tx = app.db.write().await?;
    remember(app, &mut tx, (&user.id, &client.id), asked.granted.consent()).await?;
    let mut entry = Entry::new(app, "consent.granted", &actor)
        .user(&user.id, user.username.as_str())
        .client(&client.id)
        .flow(Some(tracked.reference()))
        .detail("scope", asked.granted.consent().to_string());
    if !asked.request.target.details.is_empty() {
        entry = entry.detail("authorization_details", json!(asked.request.target.details));
    }
    entry.append(&mut tx).await?;
    tx.commit().await?;
    tracked.step(app, "consented", vec![("scope", asked.granted.consent().to_string())]);
    let request = Request { consented: Some(asked.session.id), ..asked.request };
    Ok(resume::authorize_url(&resume::seal(app, &request)?))
}

/// Remembers what a person said yes to, beside what they said yes to before.
pub async fn remember(
    app: &AppState,
    tx: &mut Tx,
    (user, client): (&UserId, &ClientId),
    scopes: Scopes,
) -> store::Result<()> {
    let before = consents::find(tx, user, client).await?;
    // What is not remembered any more was not shown either.
    let before = before.filter(|before| stands(app, before));
    let scopes = before.map_or_else(|| scopes.clone(), |before| before.scopes.union(&scopes));
    let consent = Consent {
        user_id: user.clone(),
        client_id: client.clone(),
        scopes: Json(scopes),
        granted_at: app.clock.now(),
    };
    consents::put(tx, &consent).await
}

async fn deny(app: &AppState, asked: &Asked, tracked: &Tracked) -> Result<Response, Failure> {
    let text = "the person did not consent";
    let user = &asked.person.user;
    let actor = Actor::User(user.id.clone(), user.username.to_string());
    let mut tx = app.db.write().await?;
    Entry::new(app, "consent.refused", &actor)
        .user(&user.id, user.username.as_str())
        .client(&asked.client.id)
        .flow(Some(tracked.reference()))
        .append(&mut tx)
        .await?;
    tx.commit().await?;
    let error = OAuthError::new(ErrorCode::AccessDenied, Cause::ConsentRefused, text);
    tracing::info!(cause = %error.cause, flow.r#ref = %tracked.reference(), "refused");
    tracked.refused(app, &error);
    Ok(Sent::to(app, &asked.request.callback, Message::error(&error)).into_response())
}
