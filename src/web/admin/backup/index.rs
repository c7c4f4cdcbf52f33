//! The backups of this server, and how more are made.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{HERE, begun, directory, refused, size, told};
use crate::app::AppState;
use crate::directory::backup::{self, Kept};
use crate::directory::rights::Administers;
use crate::domain::Timestamp;
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

/// A line of the list.
struct Row {
    file: String,
    size: String,
    at: When,
}

#[derive(Template)]
#[template(path = "admin/backup/index.html")]
struct BackupPage {
    shell: Shell,
    problem: Option<String>,
    last: Option<(String, When, String)>,
    being_made: bool,
    rows: Vec<Row>,
    folder: String,
    schedule: Option<(u64, u32)>,
    is_postgres: bool,
    cron: String,
    timer: String,
    code: &'static str,
}

const CODE: &str = "keystead backup create FILE\nkeystead backup verify FILE\n\
                    keystead backup restore FILE\nkeystead database move --to URL";

/// `GET /admin/backup`
pub async fn get(app: AppState, console: Console<Administers>) -> Response {
    show(&app, &console, None).await
}

async fn show(app: &AppState, console: &Console<Administers>, problem: Option<String>) -> Response {
    let found = async { Ok((backup::last(app).await?, backup::list(&app.config)?)) };
    let (last, all) = match found.await {
        Ok(found) => found,
        Err(error) => return refused(app, console, error),
    };
    let now = app.clock.now();
    let status = if problem.is_none() { StatusCode::OK } else { StatusCode::CONFLICT };
    let (shell, jar) = console.shell(app, HERE);
    let schedule = app.config.backup.every.map(|every| every.as_secs() / 3600);
    let page = BackupPage {
        shell,
        problem,
        last: last.map(|last| (last.file.clone(), When::of(last.at, now), told(&last))),
        being_made: backup::being_made(&app.config),
        rows: all.into_iter().map(|kept| row(kept, now)).collect(),
        folder: backup::place(&app.config).display().to_string(),
        schedule: schedule.map(|hours| (hours, app.config.backup.keep)),
        is_postgres: app.config.database_url.is_postgres(),
        cron: CRON.to_owned(),
        timer: TIMER.to_owned(),
        code: CODE,
    };
    page::show(status, jar, &page)
}

fn row(kept: Kept, now: Timestamp) -> Row {
    Row { size: size(kept.size), at: When::of(kept.at, now), file: kept.name }
}

const CRON: &str = "\
# /etc/cron.d/keystead: every night at three; a percent sign is written \\% there
0 3 * * * keystead cd /var/lib/keystead && keystead backup create /backup/keystead-$(date +\\%F).db
30 3 * * * keystead cd /var/lib/keystead && keystead backup verify /backup/keystead-$(date +\\%F).db";

const TIMER: &str = "\
# /etc/systemd/system/keystead-backup.service
[Service]
Type=oneshot
User=keystead
WorkingDirectory=/var/lib/keystead
ExecStart=/bin/sh -c 'keystead backup create /backup/keystead-$$(date +%%F).db'

# /etc/systemd/system/keystead-backup.timer; then: systemctl enable --now keystead-backup.timer
[Timer]
OnCalendar=daily
Persistent=true

[Install]
WantedBy=timers.target";

/// `POST /admin/backup`
pub async fn post(
    app: AppState,
    Posted { console, form }: Posted<Administers, Filled>,
) -> Response {
    if form.action != "make" {
        return console.done(&app, HERE, "");
    }
    let (worker, actor) = (app.clone(), console.right.actor());
    match begun(async move { backup::make(&worker, &actor).await }).await {
        Some(Ok(made)) => {
            let name = made.path.file_name().unwrap_or_default().to_string_lossy();
            console.done(&app, HERE, &format!("Made {name}, {}.", size(made.size)))
        }
        Some(Err(error)) => show(&app, &console, Some(sentence(&directory(error)))).await,
        None => console.done(&app, HERE, "It is being made; it appears here once it is whole."),
    }
}
