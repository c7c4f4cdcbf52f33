//! Backups: made at the press of a button, listed, verified, handed out, deleted.

pub mod delete;
pub mod file;
pub mod index;
mod stream;

use std::future::Future;
use std::time::Duration;

use axum::response::Response;

use crate::app::AppState;
use crate::directory::backup::{BackupError, Last};
use crate::directory::{DirectoryError, backup};
use crate::web::admin::console::Console;

pub(super) const HERE: &str = "/admin/backup";
/// How long somebody waits for what goes on without them.
const PATIENCE: Duration = Duration::from_secs(15);

/// `3.4 MB`
pub(super) fn size(bytes: u64) -> String {
    let (mut whole, mut unit, mut tenths) = (bytes, "bytes", 0);
    for next in ["kB", "MB", "GB", "TB"] {
        if whole < 1000 {
            break;
        }
        (tenths, whole, unit) = (whole % 1000 / 100, whole / 1000, next);
    }
    match unit {
        "bytes" => format!("{whole} {unit}"),
        _ => format!("{whole}.{tenths} {unit}"),
    }
}

/// What is known of the last backup, in words: its size, and whether it was verified.
pub(super) fn told(last: &Last) -> String {
    let verified = match last.verified {
        Some(true) => "verified",
        Some(false) => "it did not pass when it was verified",
        None => "not verified",
    };
    format!("{}, {verified}", size(last.size))
}

/// Does something that may take long: it goes on whatever becomes of the request. `None` if it is
/// not done yet.
async fn begun<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Option<T> {
    match tokio::time::timeout(PATIENCE, tokio::spawn(work)).await {
        Ok(Ok(done)) => Some(done),
        // It panicked, which was logged, or it takes longer.
        Ok(Err(_)) | Err(_) => None,
    }
}

/// The answer to what was refused for a reason no form can mend.
fn refused<R>(app: &AppState, console: &Console<R>, error: BackupError) -> Response {
    console.refused(app, directory(error))
}

/// As an error of the directory: what there is not, what was refused, and a fault else.
pub(super) fn directory(error: BackupError) -> DirectoryError {
    match error {
        BackupError::Directory(error) => error,
        BackupError::SecretKey(error) => DirectoryError::SecretKey(error),
        BackupError::NotThere(_) => DirectoryError::NotThere(error.to_string()),
        error => DirectoryError::NotDone(error.to_string()),
    }
}

/// The backup of a page.
fn load(app: &AppState, name: &str) -> backup::Result<backup::Kept> {
    backup::find(&app.config, name)?;
    let all = backup::list(&app.config)?;
    let found = all.into_iter().find(|kept| kept.name == name);
    found.ok_or_else(|| BackupError::NotThere(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn a_size_is_told_as_people_say_it() {
        let told = [0, 999, 1000, 123_456, 1_250_000, 3_000_000_000].map(size);
        assert_eq!(told, ["0 bytes", "999 bytes", "1.0 kB", "123.4 kB", "1.2 MB", "3.0 GB"]);
    }
}
