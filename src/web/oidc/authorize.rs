//! The authorization endpoint, OpenID Connect Core 3.1.2: load, decide, store, answer.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Query, RawQuery};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::respond::respond;
use super::{Tracked, client_document, decide, par, request_object, resume};
use crate::app::AppState;
use crate::config::Config;
use crate::domain::{Cause, Client, ClientId, Layout, ResponseType, User};
use crate::layouts;
use crate::protocol::authorize::{self, Arrival, Params, Request};
use crate::protocol::callback::Callback;
use crate::protocol::next_step::Step;
use crate::protocol::{ErrorCode, OAuthError, resource};
use crate::web::error::{AuthorizeError, Failure, PageError};
use crate::web::visitor::Visitor;

type Answered = Result<Response, AuthorizeError>;

#[derive(Deserialize)]
struct Resume {
    resume: Option<String>,
}

/// `GET`: a new request, or one that comes back from a page.
pub async fn get(
    app: AppState,
    Extension(layout): Extension<Layout>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Answered {
    let query = query.unwrap_or_default();
    if let Ok(Query(Resume { resume: Some(sealed) })) = parse(&query) {
        let request =
            resume::open(&app, &sealed).map_err(|cause| PageError::new(&app, &visitor, cause))?;
        return proceed(&app, &visitor, request).await;
    }
    let request = accept(&app, layout, &visitor, &query).await?;
    proceed(&app, &visitor, request).await
}

/// `POST`: the same parameters in a form. Browsers send no `Lax` cookies along with a form from
/// another site, so the request goes on by a redirect, where they do.
pub async fn post(
    app: AppState,
    Extension(layout): Extension<Layout>,
    visitor: Visitor,
    body: Bytes,
) -> Answered {
    let form = String::from_utf8_lossy(&body);
    let request = accept(&app, layout, &visitor, &form).await?;
    let sealed =
        resume::seal(&app, &request).map_err(|error| PageError::broken(&app, &visitor, error))?;
    Ok(Redirect::to(&resume::authorize_url(&sealed)).into_response())
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<Query<T>, ()> {
    let uri = format!("/?{text}").parse().map_err(|_| ())?;
    Query::try_from_uri(&uri).map_err(|_| ())
}

/// Takes a new request: one that was pushed, or one whose parameters came along.
async fn accept(
    app: &AppState,
    layout: Layout,
    visitor: &Visitor,
    text: &str,
) -> Result<Request, AuthorizeError> {
    let arrival = arrival(app, layout);
    let tracked = Tracked::begin(arrival.flow.clone(), layout, visitor.address_text());
    let page = |cause, detail: Option<(&'static str, String)>, tracked: &Tracked| {
        let mut error = OAuthError::new(ErrorCode::InvalidRequest, cause, "");
        error.detail = detail.into_iter().chain(visitor.unusual()).collect();
        tracing::info!(cause = %cause, flow.r#ref = %tracked.reference(), "refused");
        tracked.refused(app, &error);
        PageError::new(app, visitor, cause).reference(tracked.reference())
    };
    let Ok(Query(params)) = parse::<Params>(&resource::fold(text)) else {
        return Err(page(Cause::MalformedRequest, None, &tracked).into());
    };
    let named = ClientId(params.client_id.clone().unwrap_or_default());
    let tracked = if named.0.is_empty() { tracked } else { tracked.client(&named) };
    match client_document::look_up(app, &named.0, visitor.address).await {
        Ok(()) => {}
        Err(Failure::Refused(error)) => {
            let why = error.detail.into_iter().next();
            return Err(page(error.cause, why, &tracked).into());
        }
        Err(Failure::Broken(error)) => return Err(PageError::broken(app, visitor, error).into()),
    }
    let Some(client) = app.registry().client(&named) else {
        let sent = ("client_id", named.0.clone());
        return Err(page(Cause::UnknownClient, Some(sent), &tracked).into());
    };
    if client.disabled_at.is_some() {
        return Err(page(Cause::ClientDisabled, None, &tracked).into());
    }
    if let Some(uri) = params.request_uri.as_deref().filter(|uri| par::is_ours(uri)) {
        let pushed =
            par::open(app, (&client, layout), uri).map_err(|cause| page(cause, None, &tracked))?;
        let tracked = Tracked::of_request(&pushed.request, visitor.address_text());
        let callback = pushed.request.callback.clone();
        tracked.step(app, "push_opened", visitor.unusual());
        let checked = par::check(app, &pushed).await;
        checked.map_err(|failure| refuse(app, &tracked, &callback, failure))?;
        return Ok(pushed.request);
    }
    let issuer = layouts::issuer(app.config.public_url.as_str(), layout, &client);
    let unsigned = params.clone();
    let unpacked = request_object::unpack(app, &client, params).await;
    // What cannot be trusted is told where its sender would be told, if that is the client.
    let callback = Callback::of(&client, unpacked.as_ref().unwrap_or(&unsigned), issuer)
        .map_err(|error| page(error.cause, error.offered.map(|uri| ("offered", uri)), &tracked))?;
    let params = unpacked.map_err(|error| {
        tracked.step(app, "asked", asked(&unsigned).into_iter().chain(visitor.unusual()).collect());
        refuse(app, &tracked, &callback, error.into())
    })?;
    let silently = params.prompt.as_deref().is_some_and(|prompt| prompt.trim() == "none");
    let kind = if silently { "asked_silently" } else { "asked" };
    tracked.step(app, kind, asked(&params).into_iter().chain(visitor.unusual()).collect());
    let told = callback.clone();
    authorize::push_not_required(&client)
        .and_then(|()| validate(app, &client, (params, callback), arrival))
        .map_err(|error| refuse(app, &tracked, &told, error.into()))
}

/// A request that arrives now.
pub fn arrival(app: &AppState, layout: Layout) -> Arrival {
    let (flow, at) = (app.random.flow_ref(), app.clock.now());
    Arrival { layout, flow, at, served: served_types(&app.config) }
}

/// What the answers of this server may carry.
pub fn served_types(config: &Config) -> &'static [ResponseType] {
    match config.oidc.front_channel_tokens {
        true => &ResponseType::ALL,
        false => &[ResponseType::Code],
    }
}

/// What a flow tells of a request.
pub fn asked(params: &Params) -> Vec<(&'static str, String)> {
    let unusual = params.response_type.as_ref().filter(|kind| *kind != "code");
    let shown = [
        ("redirect_uri", params.redirect_uri.as_ref()),
        ("scope", params.scope.as_ref()),
        ("prompt", params.prompt.as_ref()),
        ("max_age", params.max_age.as_ref()),
        ("response_type", unusual),
        ("response_mode", params.response_mode.as_ref()),
    ];
    let resources = (!params.resource.is_empty()).then(|| ("resource", params.resource.join(" ")));
    let pkce = params.code_challenge.is_some().then(|| ("pkce", "S256".to_owned()));
    let filled = shown.into_iter().filter_map(|(name, value)| Some((name, value?.clone())));
    filled.chain(resources).chain(pkce).collect()
}

/// Checks everything that needs nobody signed in.
///
/// # Errors
/// What the client is told.
pub fn validate(
    app: &AppState,
    client: &Client,
    (params, callback): (Params, Callback),
    arrival: Arrival,
) -> Result<Request, OAuthError> {
    let hinted = match &params.id_token_hint {
        Some(hint) => Some(hinted_sub(app, client, hint)?),
        None => None,
    };
    authorize::validate(client, (params, callback), hinted, arrival)
}

/// The `sub` of an ID token of ours for this client, however old.
///
/// # Errors
/// `invalid_request`.
pub fn hinted_sub(app: &AppState, client: &Client, hint: &str) -> Result<String, OAuthError> {
    let claims = app.registry().keyring.verifier().verify(hint, "JWT").ok();
    let text = |name: &str| claims.as_ref()?.get(name)?.as_str().map(str::to_owned);
    match (text("aud"), text("sub")) {
        (Some(aud), Some(sub)) if aud == client.id.as_str() => Ok(sub),
        _ => Err(OAuthError::new(
            ErrorCode::InvalidRequest,
            Cause::BadIdTokenHint,
            "id_token_hint is not an ID token issued to this client",
        )),
    }
}

/// Tells the client at its callback, and the flow.
fn refuse(
    app: &AppState,
    tracked: &Tracked,
    callback: &Callback,
    failure: Failure,
) -> AuthorizeError {
    let noted = match &failure {
        Failure::Refused(error) => error.clone(),
        Failure::Broken(_) => OAuthError::server_error(),
    };
    tracked.refused(app, &noted);
    let told = match failure {
        Failure::Refused(error) => Failure::Refused(tracked.named(error)),
        broken @ Failure::Broken(_) => broken,
    };
    AuthorizeError::at(app, callback, &told.tell())
}

/// Decides what comes next, and does it.
async fn proceed(app: &AppState, visitor: &Visitor, request: Request) -> Answered {
    let tracked = Tracked::of_request(&request, visitor.address_text());
    let client = app.registry().client(&request.client_id);
    // Closed, or its address withdrawn, while the person looked for the password.
    let client = client.filter(|client| {
        client.disabled_at.is_none() && client.owns_redirect_uri(&request.callback.redirect_uri)
    });
    let Some(client) = client else {
        let page = PageError::new(app, visitor, Cause::RequestExpired);
        return Err(page.reference(&request.flow).into());
    };
    let callback = request.callback.clone();
    let failed = |failure: Failure| refuse(app, &tracked, &callback, failure);
    authorize::recheck(&request, &client, served_types(&app.config))
        .map_err(|error| failed(error.into()))?;
    let signed_in = visitor.signed_in(app).await.map_err(|error| failed(error.into()))?;
    let known = match &signed_in {
        Some((_, user)) => tracked.clone().user(&user.id),
        None => tracked.clone(),
    };
    let decision = decide(app, &client, &request, signed_in)
        .await
        .map_err(|failure| refuse(app, &known, &callback, failure))?;
    if let Some((_, person)) = &decision.person {
        met(app, &tracked, (&client, &request, &decision.step), &person.user);
    }
    match (decision.step, decision.person) {
        (Step::Issue(granted), Some((session, person))) => {
            let known = (decision.registry.as_ref(), &client);
            respond(app, known, request, (&session, &person), granted).await.map_err(failed)
        }
        (Step::Consent(_), _) => to_page(app, "/consent", &request).map_err(failed),
        (Step::NoAccess, person) => {
            let user = person.map(|(_, person)| person.user);
            Err(no_access(app, visitor, (&client, &request), user).into())
        }
        (Step::Login { .. } | Step::Issue(_), _) => {
            to_page(app, "/login", &request).map_err(failed)
        }
    }
}

/// Notes whom the browser was signed in as before this request, and why no consent was needed.
fn met(
    app: &AppState,
    tracked: &Tracked,
    (client, request, step): (&Client, &Request, &Step),
    user: &User,
) {
    if request.consented.is_some() || matches!(step, Step::Login { .. }) {
        return;
    }
    let tracked = tracked.clone().user(&user.id);
    if request.signed_in.is_none() {
        tracked.step(app, "session_found", vec![("username", user.username.to_string())]);
    }
    if matches!(step, Step::Issue(_)) {
        let why = if client.trusted { "the client is trusted" } else { "it was given before" };
        tracked.step(app, "consent_skipped", vec![("why", why.to_owned())]);
    }
}

/// To a page that the request needs; from there it comes back.
pub fn to_page(app: &AppState, path: &str, request: &Request) -> Result<Response, Failure> {
    let sealed = resume::seal(app, request)?;
    Ok(Redirect::to(&format!("{path}?resume={sealed}")).into_response())
}

fn no_access(
    app: &AppState,
    visitor: &Visitor,
    (client, request): (&Client, &Request),
    user: Option<User>,
) -> PageError {
    let error = OAuthError::new(ErrorCode::AccessDenied, Cause::NoScopeMap, "");
    let mut tracked = Tracked::of_request(request, visitor.address_text());
    if let Some(user) = &user {
        tracked = tracked.user(&user.id);
    }
    tracing::info!(client.id = %client.id, flow.r#ref = %request.flow, "no scope map lets the person in");
    tracked.refused(app, &error);
    let whom = client.settings.contact.as_deref().unwrap_or("your administrator");
    let who = user.map(|user| format!("You are signed in as {}. ", user.username));
    let who = who.unwrap_or_default();
    let page = PageError::new(app, visitor, Cause::NoScopeMap)
        .reference(&request.flow)
        .hint(format!("{who}Ask {whom} for access to {}.", client.name));
    match resume::seal(app, request) {
        Ok(sealed) => page.another_account(&format!("/login?resume={sealed}")),
        Err(_) => page,
    }
}
