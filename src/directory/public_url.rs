//! The public URL as an administrator sets it while Keystead runs: kept in the database, and taken
//! over by every server within a second, unless its own settings name another.

use serde_json::{Map, Value};

use super::{DirectoryError, Done, Result, begin_as, commit, links, rights};
use crate::app::{App, KEPT};
use crate::config::PublicUrl;
use crate::domain::Actor;
use crate::explain::audit::Entry;
use crate::store::{Tx, settings};

/// Keeps this public URL, or with `None` the default again. The notes say what follows from it.
///
/// # Errors
/// When it cannot be an address of ours, or the actor is no administrator.
pub async fn keep(app: &App, actor: &Actor, url: Option<&str>) -> Result<Done<Option<String>>> {
    let url = url.map(read).transpose()?;
    let mut tx = begin_as(app, actor).await?;
    rights::administer(actor, "change the public URL")?;
    let changed = put(app, actor, &mut tx, url.as_ref()).await?;
    commit(app, tx).await?;
    app.renewal.ask().await;
    let kept = url.as_ref().map(ToString::to_string);
    if !changed {
        return Ok(Done::nothing(kept, "That is the public URL already; nothing was changed."));
    }
    Ok(Done::new(kept, notes(app)))
}

/// The same during set-up: whoever has the link may, until somebody is in charge.
///
/// # Errors
/// `LinkExpired` and `SetupDone`, or as `keep`.
pub async fn keep_at_setup(app: &App, token: &str, url: &str) -> Result<PublicUrl> {
    let url = read(url)?;
    let mut tx = begin_as(app, &Actor::Anonymous).await?;
    links::hold_setup(app, &mut tx, token).await?;
    put(app, &Actor::Anonymous, &mut tx, Some(&url)).await?;
    decide(&mut tx).await?;
    commit(app, tx).await?;
    app.renewal.ask().await;
    Ok(url)
}

/// Notes during set-up that the address stays what it is, so that nobody is asked again.
///
/// # Errors
/// `LinkExpired` and `SetupDone`.
pub async fn leave_at_setup(app: &App, token: &str) -> Result<()> {
    let mut tx = begin_as(app, &Actor::Anonymous).await?;
    links::hold_setup(app, &mut tx, token).await?;
    decide(&mut tx).await?;
    commit(app, tx).await
}

/// Whether the address was decided during set-up.
///
/// # Errors
/// When the database refuses.
pub async fn is_decided(app: &App) -> Result<bool> {
    let found = settings::find(&mut app.db.read().await?, "setup").await?;
    Ok(found.is_some_and(|setup| setup.contains_key("address")))
}

async fn decide(tx: &mut Tx) -> Result<()> {
    let setup = Map::from_iter([("address".to_owned(), Value::Bool(true))]);
    Ok(settings::put(tx, "setup", setup).await?)
}

async fn put(app: &App, actor: &Actor, tx: &mut Tx, url: Option<&PublicUrl>) -> Result<bool> {
    let mut server = settings::find(tx, KEPT).await?.unwrap_or_default();
    let before = server.get("public_url").and_then(Value::as_str).map(str::to_owned);
    if before.as_deref() == url.map(PublicUrl::as_str) {
        return Ok(false);
    }
    match url {
        Some(url) => server.insert("public_url".to_owned(), url.as_str().into()),
        None => server.remove("public_url"),
    };
    settings::put(tx, KEPT, server).await?;
    Entry::new(app, "public_url.changed", actor)
        .target(url.map_or("the default", PublicUrl::as_str))
        .detail("before", before)
        .append(tx)
        .await?;
    Ok(true)
}

fn read(url: &str) -> Result<PublicUrl> {
    PublicUrl::read(url).map_err(|problem| DirectoryError::Value {
        what: "the public URL".to_owned(),
        value: url.to_owned(),
        rule: format!("it {problem}"),
    })
}

/// What whoever changed it must know.
fn notes(app: &App) -> Vec<String> {
    let mut notes = vec![
        "The issuer changed with it: every application must be told the new address before anybody \
         signs in there again, and everybody signs in to Keystead again."
            .to_owned(),
    ];
    if app.config.public_url_is_fixed() {
        let (url, origin) = (&app.config.public_url, app.config.public_url_origin());
        notes.push(format!(
            "It takes effect where nothing else names one; here {origin} says {url}."
        ));
    }
    notes
}
