//! One attempt to sign in: what happened when, what stopped it, the values side by side, and the fix
//! as a button. What is done is what the attempt offers when the button is pressed, never what a
//! form says.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::told::{self, Told};
use super::{OPEN, flow_path};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::failures::{self, Told as Known};
use crate::directory::rights::{ChangesClients, ManagesFlow, SeesFlow};
use crate::directory::{DirectoryError, Result, fixes};
use crate::domain::FlowRef;
use crate::explain::{Compared, Fix, Offer, harmless};
use crate::web::admin::console::{Console, Posted};
use crate::web::admin::shell::Shell;
use crate::web::page;

/// The form: which offer, and which one somebody has seen whole.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    offer: String,
    seen: String,
}

#[derive(Template)]
#[template(path = "admin/failures/flow.html")]
struct FlowPage {
    shell: Shell,
    here: String,
    told: Told,
    gone: bool,
    can_change: bool,
    fresh: bool,
    command: String,
}

#[derive(Template)]
#[template(path = "admin/failures/confirm.html")]
struct ConfirmPage {
    shell: Shell,
    here: String,
    reference: String,
    key: String,
    sentence: String,
    value: Option<String>,
    compared: Option<Compared>,
    warning: Option<String>,
    command: String,
}

/// `GET /admin/flows/{reference}`
pub async fn get(app: AppState, console: Console<SeesFlow>) -> Response {
    let shown = async {
        let known = load(&app, &console, console.right.reference()).await?;
        show(&app, &console, known, false).await
    };
    shown.await.unwrap_or_else(|error| console.refused(&app, error))
}

async fn load<R>(app: &AppState, console: &Console<R>, reference: &FlowRef) -> Result<Known> {
    let none = || DirectoryError::NotFound {
        what: "attempt to sign in",
        name: reference.0.clone(),
        near: Vec::new(),
    };
    failures::look_as(app, &console.staff, reference).await?.ok_or_else(none)
}

async fn show<R>(
    app: &AppState,
    console: &Console<R>,
    known: Known,
    gone: bool,
) -> Result<Response> {
    let here = flow_path(&known.flow.reference);
    let command = Command::new("flow show").arg(known.flow.reference.as_str()).to_string();
    let told = Told::of(app, console, known).await?;
    let (shell, jar) = console.shell(app, OPEN);
    let page = FlowPage {
        shell,
        here,
        told,
        gone,
        can_change: ChangesClients::by_role(&console.staff).is_some(),
        fresh: console.fresh,
        command,
    };
    let status = if gone { StatusCode::CONFLICT } else { StatusCode::OK };
    Ok(page::show(status, jar, &page))
}

/// `POST /admin/flows/{reference}`
pub async fn post(
    app: AppState,
    Posted { console, form }: Posted<ManagesFlow, Filled>,
) -> Response {
    let done = mend(&app, &console, &form).await;
    done.unwrap_or_else(|error| console.refused(&app, error))
}

async fn mend(app: &AppState, console: &Console<ManagesFlow>, form: &Filled) -> Result<Response> {
    let (actor, reference) = (console.right.actor(), console.right.reference());
    let known = load(app, console, reference).await?;
    let offers = fixes::offered(&known.story);
    let Some(offer) = offers.into_iter().find(|offer| told::key(offer) == form.offer).cloned()
    else {
        return show(app, console, known, true).await;
    };
    fixes::check(app, &offer.fix).await?;
    let think_first = offer.fix.is_from_strangers() || offer.warning.is_some();
    if think_first && form.seen != form.offer {
        return Ok(confirm(app, console, &known, &offer));
    }
    let done = fixes::mend(app, &actor, &offer.fix, known.flow.group_id.as_ref()).await?;
    let first = match (done.changed, &offer.fix) {
        (false, _) => "It was so already.",
        (true, Fix::Dismiss { .. }) => "Marked as solved. It comes back if it happens again.",
        (true, _) => "Done.",
    };
    let told = [vec![first.to_owned()], done.notes].concat().join(" ");
    Ok(console.done(app, &flow_path(reference), &told))
}

/// Shows the exact value before it is put into the settings.
fn confirm<R>(app: &AppState, console: &Console<R>, known: &Known, offer: &Offer) -> Response {
    let value = match &offer.fix {
        Fix::AddRedirectUri { uri, .. } | Fix::AddPostLogoutUri { uri, .. } => Some(harmless(uri)),
        _ => None,
    };
    let trouble = known.story.trouble.as_ref();
    let compared = trouble.and_then(|trouble| trouble.compared.first().cloned());
    let compared = compared.filter(|pair| value.as_ref() == Some(&pair.offered)).map(told::plain);
    let (shell, jar) = console.shell(app, OPEN);
    let page = ConfirmPage {
        shell,
        here: flow_path(&known.flow.reference),
        reference: known.flow.reference.0.clone(),
        key: told::key(offer),
        sentence: harmless(&offer.sentence),
        value,
        compared,
        warning: offer.warning.as_deref().map(harmless),
        command: harmless(&offer.command),
    };
    page::show(StatusCode::OK, jar, &page)
}
