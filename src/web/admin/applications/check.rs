//! Whether an application could sign people in here: the integration check, run for real against the
//! public URL.

use std::time::Duration;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::HERE;
use super::frame::{Frame, load, path, signs_in};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::rights::{ManagesClient, SeesClient};
use crate::directory::{Result, find, secrets};
use crate::domain::Client;
use crate::explain::harmless;
use crate::integration::{self, Expected, Finding, Library, Verdict};
use crate::outbound;
use crate::web::admin::console::{Console, Posted};
use crate::web::admin::shell::Shell;
use crate::web::page;
use crate::web::signin::form::FieldError;

/// The longest time a check may take: whoever asked is still waiting then.
const PATIENCE: Duration = Duration::from_secs(25);

/// What the application may be made of, and which NetBox that is.
const LIBRARIES: &[(&str, &str)] = &[
    ("generic", "Any OpenID Connect library"),
    ("social-core", "python-social-auth of an unknown version"),
    ("social-core:4.3.0", "python-social-auth 4.3.0 (NetBox 3.2.5 to 3.4)"),
    ("social-core:4.5.4", "python-social-auth 4.5.4 (NetBox 4.0 to 4.2)"),
    ("social-core:4.8.3", "python-social-auth 4.8.3 (NetBox 4.5)"),
    ("social-core:4.8.7", "python-social-auth 4.8.7 (NetBox 4.6)"),
    ("social-core:5.1.0", "python-social-auth 5.1.0 (NetBox 4.7)"),
];

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    library: String,
    version: String,
}

/// What one check found.
struct Line {
    id: &'static str,
    badge: (&'static str, &'static str),
    sentence: String,
    fix: Option<String>,
    /// Where it is mended: what the link says, and where it leads.
    link: Option<(&'static str, String)>,
}

/// What came of the check.
struct Outcome {
    library: String,
    badge: (&'static str, &'static str),
    sentence: &'static str,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "admin/applications/check.html")]
struct CheckPage {
    shell: Shell,
    frame: Frame,
    errors: Vec<FieldError>,
    signs_in: bool,
    address: String,
    version: String,
    /// Value, title, chosen.
    libraries: Vec<(&'static str, &'static str, bool)>,
    outcome: Option<Outcome>,
    command: String,
}

/// `GET /admin/applications/{id}/check`
pub async fn get(app: AppState, console: Console<SeesClient>) -> Response {
    let client = match load(&app, console.right.client()) {
        Ok(client) => client,
        Err(error) => return console.refused(&app, error),
    };
    let library = match Library::of(&client) {
        Library::Generic => "generic",
        Library::SocialCore(_) => "social-core",
    };
    let filled = Filled { library: library.to_owned(), ..Filled::default() };
    show(&app, &console, &client, (filled, Ok(None)))
}

/// `POST /admin/applications/{id}/check`: runs it.
pub async fn post(
    app: AppState,
    Posted { console, form }: Posted<ManagesClient, Filled>,
) -> Response {
    let ran = async {
        let client = load(&app, console.right.client())?;
        let library = match (form.version.trim(), form.library.trim()) {
            ("", "") => Ok(Library::of(&client)),
            ("", library) => library.parse(),
            (version, _) => format!("social-core:{version}").parse(),
        };
        let said = match library {
            Ok(library) => Ok(Some(run(&app, &client, library).await?)),
            Err(_) => Err(FieldError::new("version", "Write a version like 4.8.7.")),
        };
        Ok(show(&app, &console, &client, (form, said)))
    };
    ran.await.unwrap_or_else(|error| console.refused(&app, error))
}

async fn run(app: &AppState, client: &Client, library: Library) -> Result<Outcome> {
    let maps = find::maps(&app.registry(), &client.id);
    let expected = Expected {
        issuer: app.config.public_url.as_str(),
        client,
        library,
        maps: &maps,
        serves_tls: app.config.tls.is_some(),
        trusts_proxy: !app.config.trusted_proxies.is_empty(),
    };
    let secret = secrets::known(app, client);
    let observing = outbound::observe(&expected, secret.as_ref(), &app.clock);
    let (findings, sentence) = match tokio::time::timeout(PATIENCE, observing).await {
        Ok(Ok(observed)) => {
            let findings = integration::check(&expected, &observed);
            let sentence = match integration::verdict(&findings) {
                Verdict::Ok => "People can sign in to it so.",
                Verdict::Warn => "People can sign in to it, if what is marked is looked after.",
                Verdict::Fail => "Nobody can sign in to it so.",
            };
            (findings, sentence)
        }
        Ok(Err(error)) => {
            tracing::warn!(%error, "an integration check could not ask");
            (Vec::new(), "This machine has no certificate authorities to trust.")
        }
        Err(_) => (Vec::new(), "The public URL did not answer in time, asked from this server."),
    };
    let badge = match findings.is_empty() {
        true => badge(Verdict::Fail),
        false => badge(integration::verdict(&findings)),
    };
    let lines = findings.into_iter().map(|finding| line(client, finding)).collect();
    Ok(Outcome { library: library.to_string(), badge, sentence, lines })
}

fn badge(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Ok => ("In order", "good"),
        Verdict::Warn => ("Look at this", "warn"),
        Verdict::Fail => ("Fails", "bad"),
    }
}

fn line(client: &Client, finding: Finding) -> Line {
    let mended = finding.verdict != Verdict::Ok;
    Line {
        id: finding.id,
        badge: badge(finding.verdict),
        sentence: harmless(&finding.sentence),
        fix: finding.fix.as_deref().map(harmless),
        link: link(client, finding.id).filter(|_| mended),
    }
}

/// Where what a check looks at is set.
fn link(client: &Client, id: &str) -> Option<(&'static str, String)> {
    let (says, tab) = match id {
        "redirect_uri" | "post_logout" => ("Redirect URIs", "/redirects"),
        "algorithm" | "pkce" | "client_authentication" => ("Security", "/security"),
        "access" | "claims" => ("Access and roles", "/access"),
        "client" => ("Open or disable", "/state"),
        "authorization" => ("What happened", "/activity"),
        "jwks" => return Some(("Signing keys", "/admin/keys".to_owned())),
        _ => return None,
    };
    Some((says, path(&client.id, tab)))
}

fn show<R>(
    app: &AppState,
    console: &Console<R>,
    client: &Client,
    (filled, said): (Filled, std::result::Result<Option<Outcome>, FieldError>),
) -> Response {
    let (status, outcome, errors) = match said {
        Ok(outcome) => (StatusCode::OK, outcome, Vec::new()),
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, None, vec![error]),
    };
    let mut line = Command::new("client check").arg(client.id.as_str());
    match (filled.version.trim(), filled.library.trim()) {
        ("", "") => {}
        ("", library) => line = line.flag("as", library),
        (version, _) => line = line.flag("as", &format!("social-core:{version}")),
    }
    let choice =
        |(value, title): &(&'static str, &'static str)| (*value, *title, *value == filled.library);
    let (shell, jar) = console.shell(app, HERE);
    let page = CheckPage {
        shell,
        frame: Frame::new(app, console, client, "/check"),
        errors,
        signs_in: signs_in(client),
        address: app.config.public_url.as_str().to_owned(),
        libraries: LIBRARIES.iter().map(choice).collect(),
        version: filled.version,
        outcome,
        command: line.to_string(),
    };
    page::show(status, jar, &page)
}
