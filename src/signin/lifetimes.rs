//! How long sessions live: as the settings of the database say, unless file or environment do.

use std::time::Duration;

use crate::app::App;
use crate::domain::{DAY, HOUR, MINUTE};

/// Seconds without a request after which a session has ended.
pub fn idle(app: &App) -> i64 {
    let set = i64::from(app.registry().settings().sign_in.idle_minutes) * MINUTE;
    over(app, "session.idle_minutes", app.config.session.idle, set)
}

/// Seconds that a session lives in any case.
pub fn life(app: &App, remember: bool) -> i64 {
    let settings = app.registry().settings();
    let sign_in = &settings.sign_in;
    match remember {
        true => {
            let set = i64::from(sign_in.remember_days) * DAY;
            over(app, "session.remember_days", app.config.session.remember, set)
        }
        false => {
            let set = i64::from(sign_in.absolute_hours) * HOUR;
            over(app, "session.absolute_hours", app.config.session.absolute, set)
        }
    }
}

fn over(app: &App, key: &str, given: Duration, set: i64) -> i64 {
    match app.config.given(key) {
        Some(_) => i64::try_from(given.as_secs()).unwrap_or(i64::MAX),
        None => set,
    }
}
