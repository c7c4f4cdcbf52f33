//! Whether everything is in order: what can be known at once, each with what to do where it is not.

use std::collections::BTreeSet;

use crate::app::AppState;
use crate::directory::Result;
use crate::directory::backup::{self, Last};
use crate::directory::rights::Administers;
use crate::domain::{DAY, HOUR, KeyAlgorithm, KeyState, ServerKey, Staff, Timestamp};
use crate::store::{registry_version, users};
use crate::web::admin::when::When;

/// One thing that was looked at.
pub struct Check {
    /// What.
    pub what: &'static str,
    /// A badge: its text and its kind.
    pub badge: (&'static str, &'static str),
    /// What was found, and what to do.
    pub sentence: String,
    /// Where to do it.
    pub link: Option<(&'static str, &'static str)>,
}

/// What the clock's line is called; the script of the console looks for it.
const CLOCK: &str = "Clock";

const GOOD: (&str, &str) = ("In order", "good");
const LOOK: (&str, &str) = ("Look", "warn");
const BAD: (&str, &str) = ("Wrong", "bad");

/// Everything that is cheap to know.
///
/// # Errors
/// When the database refuses.
pub async fn checks(app: &AppState, staff: &Staff) -> Result<Vec<Check>> {
    let began = app.clock.now_ms();
    let mut conn = app.db.read().await?;
    registry_version::current(&mut conn).await?;
    let took = app.clock.now_ms() - began;
    let current = app.has_current_key(&mut conn).await?;
    let administrators = users::count_administrators(&mut conn).await?;
    drop(conn);
    let mut checks = vec![database(app, took)];
    checks.extend(public_url(app));
    let registry = app.registry();
    let rotate = i64::try_from(app.config.keys.rotate.as_secs()).unwrap_or(i64::MAX);
    let wanted = registry.algorithms();
    checks.push(keys((registry.keys(), &wanted), rotate, app.clock.now()));
    checks.push(secret_key(current));
    checks.push(clock(app));
    let administers = Administers::by_role(staff).is_some();
    checks.push(mail(app, administers));
    let last = backup::last(app).await.map_err(super::super::backup::directory)?;
    let every = app.config.backup.every.map(|every| every.as_secs());
    let every = every.and_then(|every| i64::try_from(every).ok());
    let checked = backups(last.as_ref(), every, app.clock.now());
    checks.push(Check { link: checked.link.filter(|_| administers), ..checked });
    if administrators < 2 {
        checks.push(Check {
            what: "Administrators",
            badge: LOOK,
            sentence: "There is one alone: whoever it is can be locked out. Give a second person \
                       the role."
                .to_owned(),
            link: Some(("Users", "/admin/users")),
        });
    }
    Ok(checks)
}

fn database(app: &AppState, took: i64) -> Check {
    let kind = if app.config.database_url.is_postgres() { "PostgreSQL" } else { "SQLite" };
    Check {
        what: "Database",
        badge: if took < 250 { GOOD } else { LOOK },
        sentence: format!("{kind}, answered in {took} ms."),
        link: None,
    }
}

fn public_url(app: &AppState) -> Vec<Check> {
    let url = &app.config.public_url;
    let warnings = app.config.warnings();
    if warnings.is_empty() {
        let sentence = match url.is_https() {
            true => format!("{}, encrypted.", url.as_str()),
            false => format!("{}, for this machine alone.", url.as_str()),
        };
        return vec![Check { what: "Settings", badge: GOOD, sentence, link: None }];
    }
    let look = |warning: String| Check {
        what: "Settings",
        badge: LOOK,
        sentence: format!("{warning}."),
        link: None,
    };
    warnings.into_iter().map(look).collect()
}

fn secret_key(current: bool) -> Check {
    let (badge, sentence) = match current {
        true => (GOOD, "Fits the database."),
        false => (BAD, "It was replaced: restart this server with the new one."),
    };
    Check { what: "Secret key", badge, sentence: sentence.to_owned(), link: None }
}

/// Whoever looks has a clock, too; a script compares both.
fn clock(app: &AppState) -> Check {
    let now = app.clock.now().rfc3339();
    Check { what: CLOCK, badge: ("Compare", ""), sentence: format!("{now} here."), link: None }
}

fn mail(app: &AppState, administers: bool) -> Check {
    let registry = app.registry();
    let (badge, sentence) = match registry.settings().mail() {
        Some(mail) => (GOOD, format!("{} sends invitations and reset links.", mail.host)),
        None => {
            (("Not set up", ""), "Invitations and reset links are handed over by hand.".to_owned())
        }
    };
    let link = administers.then_some(("Mail", "/admin/settings/mail"));
    Check { what: "Mail", badge, sentence, link }
}

/// A backup may be a week old, or miss two rounds of the schedule.
fn backups(last: Option<&Last>, every: Option<i64>, now: Timestamp) -> Check {
    let check = |badge, sentence| Check {
        what: "Backup",
        badge,
        sentence,
        link: Some(("Backup", super::super::backup::HERE)),
    };
    let Some(last) = last else {
        let sentence = "Keystead has made none. If something else backs the database up, see that \
                        it has the secret key, too.";
        return check(LOOK, sentence.to_owned());
    };
    let (ago, told) = (When::of(last.at, now).ago, super::super::backup::told(last));
    let most = every.map_or(7 * DAY, |every| 2 * every + HOUR);
    let badge = match last.verified {
        Some(false) => BAD,
        _ if now - last.at > most => LOOK,
        _ => GOOD,
    };
    check(badge, format!("The last was made {ago}: {told}."))
}

fn keys(
    (keys, wanted): (&[ServerKey], &BTreeSet<KeyAlgorithm>),
    rotate: i64,
    now: Timestamp,
) -> Check {
    let check = |badge, sentence| Check {
        what: "Signing keys",
        badge,
        sentence,
        link: Some(("Keys", "/admin/keys")),
    };
    let (mut next, mut late) = (Timestamp(i64::MAX), false);
    for alg in wanted {
        let of = |state| keys.iter().filter(move |key| key.alg == *alg && key.state == state);
        let active = of(KeyState::Active).max_by_key(|key| key.activates_at);
        let Some(active) = active else {
            return check(BAD, format!("There is none for {}: rotate one at once.", alg.as_str()));
        };
        let due = Timestamp(active.activates_at.0.saturating_add(rotate));
        let waiting = of(KeyState::Next).map(|key| key.activates_at).min();
        next = next.min(waiting.unwrap_or(due));
        late |= now > due + DAY;
    }
    if late {
        let sentence = "One has signed longer than keys.rotate_days; a running server replaces it.";
        return check(LOOK, sentence.to_owned());
    }
    let day: String = next.rfc3339().chars().take(10).collect();
    check(GOOD, format!("One for each algorithm in use; the next rotation is on {day}."))
}

#[cfg(test)]
mod tests {
    use sqlx::types::Json;

    use super::{backups, keys};
    use crate::directory::backup::Last;
    use crate::domain::{Algorithm, DAY, KeyAlgorithm, KeyState, Kid, ServerKey, Timestamp};

    fn key(alg: KeyAlgorithm, state: KeyState, at: i64) -> ServerKey {
        ServerKey {
            kid: Kid(format!("{}-{at}", alg.as_str())),
            alg,
            state,
            private: Vec::new(),
            public: Json(serde_json::Map::new()),
            created_at: Timestamp(at),
            activates_at: Timestamp(at),
            retired_at: None,
        }
    }

    #[test]
    fn a_backup_grows_old() {
        let made = |verified| Last { file: "x".into(), at: Timestamp(0), size: 1, verified };
        let after = |days: i64, every| backups(Some(&made(None)), every, Timestamp(days * DAY));
        assert_eq!(backups(None, None, Timestamp(0)).badge.1, "warn");
        assert_eq!(after(6, None).badge.1, "good");
        assert_eq!(after(8, None).badge.1, "warn");
        assert_eq!(after(3, Some(DAY)).badge.1, "warn");
        let told = after(6, None).sentence;
        assert_eq!(told, "The last was made 6 days ago: 1 bytes, not verified.");
        let failed = backups(Some(&made(Some(false))), None, Timestamp(0));
        assert_eq!(failed.badge.1, "bad");
    }

    #[test]
    fn the_next_rotation_is_the_first_of_any_algorithm() {
        let wanted = Algorithm::AT_ONCE.map(KeyAlgorithm::from).into_iter().collect();
        let mut all = Algorithm::AT_ONCE.map(|alg| key(alg.into(), KeyState::Active, 0)).to_vec();
        let told =
            |all: &[ServerKey], day: i64| keys((all, &wanted), 90 * DAY, Timestamp(day * DAY));
        assert!(told(&all, 1).sentence.contains("1970-04-01"), "{}", told(&all, 1).sentence);
        all.push(key(KeyAlgorithm::RS256, KeyState::Next, 2 * DAY));
        assert!(told(&all, 1).sentence.contains("1970-01-03"));
        assert_eq!(told(&all, 92).badge.1, "warn");
        all.retain(|key| key.alg != KeyAlgorithm::ES256);
        assert!(told(&all, 1).sentence.contains("There is none for ES256"));
    }
}
