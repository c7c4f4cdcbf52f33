//! `/api/v1/clients`: registered relying parties.

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use serde_json::json;

use super::caller::{By, Read, WriteClients};
use super::message::{
    Asked, Document, IfMatch, MustMatch, Named, PageQuery, Paged, created, limit, tagged, tagged_as,
};
use super::problem::Problem;
use crate::app::{App, AppState};
use crate::directory::clients::{self, NewClient};
use crate::directory::forms::ClientForm;
use crate::directory::rights::{Administers, Enters, ManagesClient, SeesClient};
use crate::directory::view::ClientView;
use crate::directory::{
    DirectoryError, Fate, Force, expected, find, owners, secrets, together, uris,
};
use crate::domain::{Actor, Client, ClientSettings, Scopes, UriPurpose};

/// `GET /clients`: those that the role shows.
pub async fn list(
    app: AppState,
    by: By<Read, Enters>,
    uri: Uri,
    Asked(query): Asked<PageQuery>,
) -> Result<Response, Problem> {
    let page = Paged { uri: &uri, limit: limit(query.limit)? };
    let all = owners::seen(&app, &by.actor()).await?;
    let view = |client: std::sync::Arc<Client>| json!(ClientView::from(&*client));
    Ok(page.part(all, query.after.as_deref(), |client| client.id.0.clone(), view))
}

/// `POST /clients`: the answer holds the secret, this once.
pub async fn create(
    app: AppState,
    by: By<WriteClients, Administers>,
    body: Document,
) -> Result<Response, Problem> {
    let known = [&["client_id"], ClientForm::KNOWN.as_slice()].concat();
    let form = body.read(|node, problems| ClientForm::read(node, &known, problems))?;
    let Some(id) = form.client_id else { return Err(Problem::at("", "'client_id' is missing")) };
    let mut settings = ClientSettings::default();
    form.settings.apply(&mut settings);
    let new = NewClient {
        id,
        name: form.name,
        slug: form.slug,
        public: form.public.unwrap_or_default(),
        trusted: form.trusted.unwrap_or_default(),
        secret: None,
        settings,
        redirect_uris: form.redirect_uris.unwrap_or_default(),
        post_logout_redirect_uris: form.post_logout_redirect_uris.unwrap_or_default(),
        scopes_of_everyone: Scopes::default(),
    };
    let (actor, now) = (by.actor(), app.clock.now());
    let made = together(&app, async {
        let mut made = clients::create(&app, &actor, new).await?.value;
        if form.disabled == Some(true) {
            let id = made.client.id.0.clone();
            let off = clients::update(&app, &actor, &id, Force::No, move |client| {
                client.disabled_at = Some(now);
            });
            made.client = off.await?.value;
        }
        Ok::<_, DirectoryError>(Fate::Keep(made))
    });
    let made = made.await?;
    let id = made.client.id.0.clone();
    let view =
        ClientView::from(&*app.registry().client(&made.client.id).unwrap_or(made.client.into()));
    let mut document = json!(view);
    if let Some(secret) = &made.secret {
        document["client_secret"] = json!(secret.expose());
    }
    Ok(created(tagged_as(StatusCode::CREATED, &view, document), &["clients", &id]))
}

/// `GET /clients/{client}`
pub async fn get(
    app: AppState,
    _: By<Read, SeesClient>,
    Named(client): Named<String>,
) -> Result<Response, Problem> {
    let client = find::client(&mut app.db.read().await?, &client).await?;
    Ok(tagged(StatusCode::OK, &ClientView::from(&client)))
}

/// `PATCH /clients/{client}`: lists of addresses are whole lists.
pub async fn update(
    app: AppState,
    by: By<WriteClients, ManagesClient>,
    Named(name): Named<String>,
    MustMatch(revisions): MustMatch,
    body: Document,
) -> Result<Response, Problem> {
    let form = body.read(|node, problems| ClientForm::read(node, &ClientForm::KNOWN, problems))?;
    let actor = by.actor();
    let before = find::client(&mut app.db.read().await?, &name).await?;
    if form.public.is_some_and(|public| public != before.public) {
        let detail = "a client stays public or confidential for good; delete it and make another";
        return Err(Problem::at("/public", detail));
    }
    let changed = together(&app, async {
        expected::client(&app, &name, revisions.revisions()).await?;
        change(&app, &actor, &name, form).await?;
        Ok::<_, DirectoryError>(Fate::Keep(()))
    });
    changed.await?;
    let now = find::client(&mut app.db.read().await?, before.id.as_str()).await?;
    Ok(tagged(StatusCode::OK, &ClientView::from(&now)))
}

async fn change(
    app: &App,
    actor: &Actor,
    name: &str,
    form: ClientForm,
) -> Result<(), DirectoryError> {
    let (now, edit) = (app.clock.now(), form.clone());
    let done = clients::update(app, actor, name, Force::No, move |client| edit.write(client, now));
    let client = done.await?.value;
    for (purpose, had, wanted) in [
        (UriPurpose::Authorization, client.redirect_uris, form.redirect_uris),
        (UriPurpose::PostLogout, client.post_logout_redirect_uris, form.post_logout_redirect_uris),
    ] {
        let Some(wanted) = wanted else { continue };
        for uri in wanted.iter().filter(|uri| !had.contains(uri)) {
            uris::add(app, actor, name, (purpose, uri)).await?;
        }
        for uri in had.iter().filter(|uri| !wanted.contains(uri)) {
            uris::remove(app, actor, name, (purpose, uri)).await?;
        }
    }
    Ok(())
}

/// `DELETE /clients/{client}`
pub async fn delete(
    app: AppState,
    by: By<WriteClients, Administers>,
    Named(name): Named<String>,
    revisions: IfMatch,
) -> Result<StatusCode, Problem> {
    let actor = by.actor();
    let deleted = together(&app, async {
        expected::client(&app, &name, revisions.revisions()).await?;
        clients::delete(&app, &actor, &name).await?;
        Ok::<_, DirectoryError>(Fate::Keep(()))
    });
    deleted.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /clients/{client}/secret`: the answer holds the new secret, this once.
pub async fn rotate(
    app: AppState,
    by: By<WriteClients, ManagesClient>,
    Named(name): Named<String>,
) -> Result<crate::web::json::NoStore<serde_json::Value>, Problem> {
    let (client, secret) = secrets::rotate(&app, &by.actor(), &name, None).await?.value;
    let document = json!({ "client_id": client.id, "client_secret": secret.expose() });
    Ok(crate::web::json::NoStore(document))
}
