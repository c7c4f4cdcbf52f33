//! Settings, mail: the server that takes our mail, with a test message.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::{HERE, tabs};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::rights::Administers;
use crate::web::admin::console::{Console, Editing, Posted};
use crate::web::admin::shell::{Shell, Tab};
use crate::web::mailing::{MailForm, Outcome, has_password};
use crate::web::page;

const PAGE: &str = "/admin/settings/mail";

#[derive(Template)]
#[template(path = "admin/outward/mail.html")]
struct MailPage {
    shell: Shell,
    tabs: Vec<Tab>,
    form: MailForm,
    outcome: Outcome,
    has_password: bool,
    protections: Vec<(&'static str, &'static str, bool)>,
    commands: String,
    declared: String,
}

/// `GET /admin/settings/mail`
pub async fn get(app: AppState, Editing(console): Editing<Administers>) -> Response {
    let form = MailForm::stored(&app, &console);
    show(&app, &console, form, Outcome::default())
}

fn show(
    app: &AppState,
    console: &Console<Administers>,
    form: MailForm,
    outcome: Outcome,
) -> Response {
    let fine = outcome.errors.is_empty();
    let (shell, jar) = console.shell(app, HERE);
    let set = |name: &str, value: &str| Command::new("setting set").arg(name).arg(value);
    let shown = |typed: &str, example: &str| {
        if typed.is_empty() { example.to_owned() } else { typed.to_owned() }
    };
    let (host, from) =
        (shown(&form.host, "smtp.example.com"), shown(&form.from, "sso@example.com"));
    let mut commands = vec![
        set("mail.from", &from).to_string(),
        set("mail.host", &host).to_string(),
        set("mail.port", &form.port).to_string(),
        set("mail.security", &form.security).to_string(),
    ];
    if !form.username.is_empty() {
        commands.push(set("mail.username", &form.username).to_string());
        commands.push("printf %s \"$PASSWORD\" | keystead setting set mail.password".to_owned());
    }
    let to = shown(&form.to, "anna@example.com");
    commands.push(Command::new("mail test").arg(&to).to_string());
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let declared = format!(
        "settings:\n  mail:\n    host: {}\n    port: {}\n    security: {}\n    from: {}",
        quoted(&host),
        form.port.trim().parse::<u16>().unwrap_or(587),
        quoted(&form.security),
        quoted(&from)
    );
    let mail = MailPage {
        shell,
        tabs: tabs(PAGE, &console.staff),
        protections: form.protections(),
        form,
        outcome,
        has_password: has_password(&app.registry().settings()),
        commands: commands.join("\n"),
        declared,
    };
    page::show(if fine { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }, jar, &mail)
}

/// `POST /admin/settings/mail`
pub async fn post(
    app: AppState,
    Posted { console, form }: Posted<Administers, MailForm>,
) -> Response {
    match form.take(&app, &console).await {
        Ok(outcome) if outcome.errors.is_empty() && form.action != "test" => {
            console.done(&app, PAGE, "Saved how mail goes out.")
        }
        Ok(outcome) => show(&app, &console, form, outcome),
        Err(error) => console.refused(&app, error),
    }
}
