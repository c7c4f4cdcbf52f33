//! Settings, address: the public URL, which is the issuer, and so breaks what it is not told.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{HERE, tabs};
use crate::app::AppState;
use crate::config::PublicUrl;
use crate::directory::command::Command;
use crate::directory::public_url;
use crate::directory::rights::Administers;
use crate::web::admin::console::{Console, Editing, Posted};
use crate::web::admin::shell::{Shell, Tab};
use crate::web::page;
use crate::web::setup::proof::prove;
use crate::web::signin::form::FieldError;

const PAGE: &str = "/admin/settings/address";

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    public_url: String,
    sure: Option<String>,
    action: String,
}

#[derive(Template)]
#[template(path = "admin/outward/address.html")]
struct AddressPage {
    shell: Shell,
    tabs: Vec<Tab>,
    current: String,
    origin: String,
    fixed: bool,
    typed: String,
    errors: Vec<FieldError>,
    unproven: bool,
    clients: String,
    commands: String,
    proxies: String,
}

/// `GET /admin/settings/address`
pub async fn get(app: AppState, Editing(console): Editing<Administers>) -> Response {
    let typed = app.config.public_url.to_string();
    show(&app, &console, typed, (Vec::new(), false))
}

fn show(
    app: &AppState,
    console: &Console<Administers>,
    typed: String,
    (errors, unproven): (Vec<FieldError>, bool),
) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (shell, jar) = console.shell(app, HERE);
    let clients = match app.registry().clients().len() {
        0 => "every application".to_owned(),
        1 => "the one application that there is".to_owned(),
        n => format!("all {n} applications"),
    };
    let set = Command::new("setting set public_url").arg(&typed);
    let reset = Command::new("setting reset public_url");
    let address = AddressPage {
        shell,
        tabs: tabs(PAGE, &console.staff),
        current: app.config.public_url.to_string(),
        origin: app.config.public_url_origin().to_string(),
        fixed: app.config.public_url_is_fixed(),
        typed,
        errors,
        unproven,
        clients,
        commands: format!("{set}\n{reset}"),
        proxies: "keystead config proxy nginx\nkeystead config proxy caddy\n\
                  keystead config proxy traefik"
            .to_owned(),
    };
    page::show(status, jar, &address)
}

/// `POST /admin/settings/address`
pub async fn post(
    app: AppState,
    Posted { console, form }: Posted<Administers, Filled>,
) -> Response {
    let wrong = |message: String, unproven: bool| {
        let errors = vec![FieldError::new("public_url", message)];
        show(&app, &console, form.public_url.clone(), (errors, unproven))
    };
    if app.config.public_url_is_fixed() {
        let origin = app.config.public_url_origin();
        return wrong(format!("The public URL is set by {origin}; change it there."), false);
    }
    let url = match PublicUrl::read(&form.public_url) {
        Ok(url) => url,
        Err(problem) => return wrong(format!("This {problem}."), false),
    };
    if url == app.config.public_url {
        return console.done(&app, PAGE, "That is the public URL already.");
    }
    if form.sure.is_none() {
        let errors = vec![FieldError::new("sure", "Confirm that every application will be told.")];
        return show(&app, &console, form.public_url.clone(), (errors, form.action == "use"));
    }
    if form.action != "use"
        && let Err(why) = prove(&app, &url).await
    {
        return wrong(why, true);
    }
    let kept = public_url::keep(&app, &console.right.actor(), Some(url.as_str())).await;
    match kept {
        // Cookies stay behind at the old address: they sign in again at the new one.
        Ok(_) => Redirect::to(&url.join(PAGE)).into_response(),
        Err(error) => console.refused(&app, error),
    }
}
