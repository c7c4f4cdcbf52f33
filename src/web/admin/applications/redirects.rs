//! Where answers of an application may go, and where its sign-outs lead back to. An address that is
//! nearly one of those already there is told apart from it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::HERE;
use super::frame::{Frame, load, path};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::rights::{ManagesClient, SeesClient};
use crate::directory::{DirectoryError, uris};
use crate::domain::{Client, UriPurpose};
use crate::explain::{Compared, Part, uri_difference};
use crate::integration::{CALLBACK, Library, redirect_uri_of};
use crate::web::admin::console::{Console, Posted, sentence};
use crate::web::admin::shell::Shell;
use crate::web::page;
use crate::web::signin::form::FieldError;

/// The forms of the page, told apart by `action`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    action: String,
    uri: String,
    purpose: String,
    /// The address that somebody was shown to be nearly another, and wants all the same.
    knowing: String,
}

/// A registered address.
struct Row {
    uri: String,
    warning: Option<String>,
}

/// The addresses of one purpose.
struct List {
    title: &'static str,
    purpose: &'static str,
    none: &'static str,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "admin/applications/redirects.html")]
struct RedirectsPage {
    shell: Shell,
    frame: Frame,
    errors: Vec<FieldError>,
    filled: Filled,
    near: Option<Compared>,
    lists: Vec<List>,
    missing: Option<String>,
    purposes: Vec<(&'static str, &'static str, bool)>,
    command: String,
}

/// Why the page is shown again.
#[derive(Default)]
struct Again {
    filled: Filled,
    errors: Vec<FieldError>,
    near: Option<Compared>,
}

/// `GET /admin/applications/{id}/redirects`
pub async fn get(app: AppState, console: Console<SeesClient>) -> Response {
    match load(&app, console.right.client()) {
        Ok(client) => show(&app, &console, &client, Again::default()),
        Err(error) => console.refused(&app, error),
    }
}

fn show<R>(app: &AppState, console: &Console<R>, client: &Client, again: Again) -> Response {
    let Again { filled, errors, near } = again;
    let status = match errors.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let (shell, jar) = console.shell(app, HERE);
    let line = Command::new("client add-redirect-uri").arg(client.id.as_str());
    let purposes = [
        ("sign-in", "After signing in", filled.purpose != "sign-out"),
        ("sign-out", "After signing out", filled.purpose == "sign-out"),
    ];
    let page = RedirectsPage {
        shell,
        frame: Frame::new(app, console, client, "/redirects"),
        errors,
        filled,
        near,
        lists: lists(client),
        missing: missing(client),
        purposes: purposes.to_vec(),
        command: line.bare("https://... [--post-logout]").to_string(),
    };
    page::show(status, jar, &page)
}

fn lists(client: &Client) -> Vec<List> {
    let rows = |uris: &[String]| {
        let row = |uri: &String| Row {
            warning: uris::check(client.public, uri).unwrap_or_default(),
            uri: uri.clone(),
        };
        uris.iter().map(row).collect()
    };
    vec![
        List {
            title: "After signing in",
            purpose: "sign-in",
            none: "None: nobody can sign in to it.",
            rows: rows(&client.redirect_uris),
        },
        List {
            title: "After signing out",
            purpose: "sign-out",
            none: "None: people stay on Keystead's page.",
            rows: rows(&client.post_logout_redirect_uris),
        },
    ]
}

/// What this kind of application is known to send, and is not registered: the end of its address
/// counts, and the slash there.
fn missing(client: &Client) -> Option<String> {
    let library = Library::of(client);
    if library == Library::Generic || redirect_uri_of(client, library).is_some() {
        return None;
    }
    Some(format!(
        "python-social-auth sends an address that ends in {CALLBACK}, slash and all; none of these does."
    ))
}

/// `POST /admin/applications/{id}/redirects`
pub async fn post(
    app: AppState,
    Posted { console, form }: Posted<ManagesClient, Filled>,
) -> Response {
    let client = match load(&app, console.right.client()) {
        Ok(client) => client,
        Err(error) => return console.refused(&app, error),
    };
    let uri = form.uri.trim().to_owned();
    let purpose = match form.purpose.as_str() {
        "sign-out" => UriPurpose::PostLogout,
        _ => UriPurpose::Authorization,
    };
    let (actor, id) = (console.right.actor(), client.id.as_str());
    let done = match form.action.as_str() {
        "remove" => uris::remove(&app, &actor, id, (purpose, &uri)).await,
        _ => {
            if let Some(near) = near(&client, (purpose, &uri)).filter(|_| form.knowing != uri) {
                let again = Again { filled: form, near: Some(near), ..Again::default() };
                return show(&app, &console, &client, again);
            }
            uris::add(&app, &actor, id, (purpose, &uri)).await
        }
    };
    match done {
        Ok(done) => {
            let verb = if form.action == "remove" { "Removed" } else { "Added" };
            let told = if done.changed { format!("{verb} {uri}.") } else { String::new() };
            let told = [vec![told], done.notes].concat().join(" ");
            console.done(&app, &path(&client.id, "/redirects"), told.trim())
        }
        Err(error @ (DirectoryError::Value { .. } | DirectoryError::NotFound { .. })) => {
            let errors = vec![FieldError::new("uri", sentence(&error))];
            show(&app, &console, &client, Again { filled: form, errors, near: None })
        }
        Err(error) => console.refused(&app, error),
    }
}

/// The registered address from which this one differs in one part alone: an application sends one
/// of the two, byte for byte.
fn near(client: &Client, (purpose, uri): (UriPurpose, &str)) -> Option<Compared> {
    uris::check(client.public, uri).ok()?;
    let registered = match purpose {
        UriPurpose::Authorization => &client.redirect_uris,
        UriPurpose::PostLogout => &client.post_logout_redirect_uris,
    };
    let difference = uri_difference(uri, registered)?;
    let slip =
        matches!(difference.parts.as_slice(), [Part::Case | Part::Scheme | Part::TrailingSlash]);
    slip.then(|| Compared::from(difference))
}
