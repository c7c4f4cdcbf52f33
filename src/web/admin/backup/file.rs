//! One backup: what a check of it finds, and the file itself.

use askama::Template;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{HERE, begun, directory, load, refused, size, stream};
use crate::app::AppState;
use crate::directory::backup::{self, Kept, Report, Status};
use crate::directory::command::Command;
use crate::directory::rights::Administers;
use crate::web::admin::console::{Console, Posted, sentence};
use crate::web::admin::shell::Shell;
use crate::web::admin::when::When;
use crate::web::page;

/// The form: which button.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    action: String,
}

/// What one check found.
struct Line {
    check: &'static str,
    message: String,
    badge: (&'static str, &'static str),
}

#[derive(Template)]
#[template(path = "admin/backup/file.html")]
struct FilePage {
    shell: Shell,
    file: String,
    size: String,
    at: When,
    problem: Option<String>,
    passed: Option<bool>,
    lines: Vec<Line>,
    command: String,
}

/// `GET /admin/backup/{file}`
pub async fn get(
    app: AppState,
    console: Console<Administers>,
    Path(name): Path<String>,
) -> Response {
    match load(&app, &name) {
        Ok(kept) => show(&app, &console, kept, None),
        Err(error) => refused(&app, &console, error),
    }
}

fn show(
    app: &AppState,
    console: &Console<Administers>,
    kept: Kept,
    verified: Option<backup::Result<Report>>,
) -> Response {
    let (problem, report) = match verified {
        Some(Ok(report)) => (None, Some(report)),
        Some(Err(error)) => (Some(sentence(&directory(error))), None),
        None => (None, None),
    };
    let path = backup::place(&app.config).join(&kept.name);
    let path = path.to_string_lossy();
    let lines =
        [Command::new("backup verify").arg(&path), Command::new("backup restore").arg(&path)];
    let (shell, jar) = console.shell(app, HERE);
    let page = FilePage {
        shell,
        size: size(kept.size),
        at: When::of(kept.at, app.clock.now()),
        file: kept.name,
        problem,
        passed: report.as_ref().map(Report::passed),
        lines: report.map(told).unwrap_or_default(),
        command: lines.map(|line| line.to_string()).join("\n"),
    };
    page::show(StatusCode::OK, jar, &page)
}

fn told(report: Report) -> Vec<Line> {
    let lines = report.findings.into_iter().map(|finding| Line {
        check: finding.check,
        message: finding.message,
        badge: match finding.status {
            Status::Ok => ("In order", "good"),
            Status::Warn => ("Look", "warn"),
            Status::Fail => ("Wrong", "bad"),
        },
    });
    lines.collect()
}

/// `POST /admin/backup/{file}`
pub async fn post(
    app: AppState,
    Path(name): Path<String>,
    Posted { console, form }: Posted<Administers, Filled>,
) -> Response {
    let kept = match load(&app, &name) {
        Ok(kept) => kept,
        Err(error) => return refused(&app, &console, error),
    };
    let actor = console.right.actor();
    match form.action.as_str() {
        "verify" => {
            let worker = app.clone();
            let work = async move { backup::verify_kept(&worker, &actor, &name).await };
            match begun(work).await {
                Some(verified) => show(&app, &console, kept, Some(verified)),
                None => {
                    let told = "It is being verified; the list of backups and the audit log say \
                                how that went.";
                    console.done(&app, HERE, told)
                }
            }
        }
        "download" => match backup::download(&app, &actor, &name).await {
            Ok((file, length)) => {
                let headers = [
                    (header::CONTENT_TYPE, "application/vnd.sqlite3".to_owned()),
                    (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
                    (header::CONTENT_LENGTH, length.to_string()),
                ];
                (headers, stream::body(file, length)).into_response()
            }
            Err(error) => refused(&app, &console, error),
        },
        _ => show(&app, &console, kept, None),
    }
}
