//! What people change of their own account, and what they may take along. What others rely on to
//! know who somebody is, username, e-mail address and role, is not among it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use url::Url;

use super::profile::{Details, FIELDS};
use super::revision::Revision;
use super::users::{self, UserChange};
use super::view::UserView;
use super::{DirectoryError, Done, Force, Result, begin_as, commit, sessions};
use crate::app::App;
pub use crate::domain::settings::OWN;
use crate::domain::{Actor, User};
use crate::explain::audit::Entry;
use crate::explain::sentence;
use crate::store::{consents, events};

/// What applications may fetch by themselves.
const LINKS: [&str; 3] = ["website", "profile", "picture"];
/// Events in an export, the newest.
const EVENTS: i64 = 1000;

/// Ends of names that are not public.
const INNER: [&str; 5] = [".localhost", ".local", ".internal", ".lan", ".home.arpa"];

/// Changes what a person says of themselves; whatever else was sent is not looked at.
///
/// # Errors
/// When a value breaks its rule, or the account was changed since `revision`.
pub async fn update(
    app: &App,
    user: &User,
    sent: &BTreeMap<String, String>,
    revision: Revision,
) -> Result<Done<User>> {
    for field in FIELDS.iter().filter(|field| LINKS.contains(&field.name)) {
        let new = sent.get(field.name).map(|value| value.trim());
        if let Some(new) = new.filter(|new| Some(*new) != field.value(user).as_deref()) {
            check_link(field.name, new)?;
        }
    }
    let own = FIELDS.iter().filter(|field| may_change(app, field.name));
    let fields = own.filter_map(|field| {
        sent.get(field.name).map(|value| (field.name, value.replace("\r\n", "\n")))
    });
    let change = UserChange {
        details: Details { fields: fields.collect(), ..Details::default() },
        revision: Some(revision),
        ..UserChange::default()
    };
    let actor = Actor::User(user.id.clone(), user.username.to_string());
    users::update(app, &actor, user.id.as_str(), change, Force::No).await
}

/// Applications fetch what people name here, from where they stand: it must not lead them to
/// machines that only they reach.
fn check_link(name: &str, value: &str) -> Result<()> {
    let outside = |host: &str| {
        let host = host.trim_end_matches('.').to_lowercase();
        host.contains('.') && !INNER.iter().any(|end| host.ends_with(end))
    };
    let fits = match Url::parse(value) {
        Ok(url) => url.scheme() == "https" && url.domain().is_some_and(outside),
        Err(_) => value.is_empty(),
    };
    match fits {
        true => Ok(()),
        false => {
            let shown: String = value.chars().take(60).collect();
            let rule = "write a whole address that begins with https:// and a public host name";
            Err(DirectoryError::value(format!("the {name}"), shown, rule))
        }
    }
}

/// Whether people change this of their own account: it is among `OWN`, and administrators leave it
/// to them.
pub fn may_change(app: &App, name: &str) -> bool {
    let settings = app.registry().settings();
    OWN.contains(&name) && settings.profile.editable.iter().any(|editable| editable == name)
}

/// Everything that is kept of a person, for themselves; that it was taken is noted.
///
/// # Errors
/// When the database refuses.
pub async fn export(app: &App, user: &User, address: Option<String>) -> Result<Value> {
    let (direct, inherited) = users::groups_of(app, user).await?;
    let sessions = sessions::of_user(app, user).await?;
    let mut conn = app.db.read().await?;
    let consents = consents::of_user(&mut conn, &user.id).await?;
    let filter = events::Filter { user: Some(user.id.clone()), ..events::Filter::default() };
    let events = events::list(&mut conn, &filter, None, EVENTS).await?;
    drop(conn);
    let actor = Actor::User(user.id.clone(), user.username.to_string());
    let mut tx = begin_as(app, &actor).await?;
    let entry = Entry::new(app, "user.exported", &actor).user(&user.id, user.username.as_str());
    entry.address(address).append(&mut tx).await?;
    commit(app, tx).await?;
    let sessions = sessions.iter().map(|session| {
        json!({
            "began_at": session.created_at.rfc3339(),
            "last_used_at": session.last_seen_at.rfc3339(),
            "expires_at": session.expires_at.rfc3339(),
            "address": session.address,
            "user_agent": session.user_agent,
        })
    });
    let consents = consents.iter().map(|consent| {
        json!({
            "client_id": consent.client_id,
            "scope": consent.scopes.to_string(),
            "granted_at": consent.granted_at.rfc3339(),
        })
    });
    let events = events.iter().map(|event| {
        json!({
            "at": event.at.rfc3339(),
            "event": sentence::event(event),
            "address": event.address,
        })
    });
    Ok(json!({
        "account": UserView::from(user),
        "groups": { "direct": direct, "inherited": inherited },
        "sessions": sessions.collect::<Vec<_>>(),
        "consents": consents.collect::<Vec<_>>(),
        "events": events.collect::<Vec<_>>(),
    }))
}
