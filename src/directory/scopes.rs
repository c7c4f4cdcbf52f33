//! Scopes of the administrator's own: a name, a sentence for the consent page, and claims.

use std::collections::BTreeSet;

use sqlx::types::Json;

use super::{DirectoryError, Done, Result, begin_as, diff, find, publish, rights};
use crate::app::App;
use crate::domain::{Actor, Scope};
use crate::explain::audit::Entry;
use crate::store::scopes;

/// A scope to be.
#[derive(Debug, Clone, Default)]
pub struct NewScope {
    /// As clients ask for it.
    pub name: String,
    /// "See your roles".
    pub sentence: String,
    /// The standard claims it opens; none for a scope that only says something to its client.
    pub claims: Vec<String>,
}

/// Makes a scope.
///
/// # Errors
/// When the name is taken, or a value breaks its rule.
pub async fn create(app: &App, actor: &Actor, new: NewScope) -> Result<Scope> {
    check_name(&new.name)?;
    check_sentence(&new.sentence)?;
    let mut tx = begin_as(app, actor).await?;
    rights::administer(actor, "change scopes")?;
    let all = scopes::all(&mut tx).await?;
    if all.iter().any(|scope| scope.name == new.name) {
        return Err(DirectoryError::Taken { what: "scope name", name: new.name });
    }
    let claims = known_claims(&all, new.claims)?;
    let scope =
        Scope { name: new.name, sentence: new.sentence, claims: Json(claims), builtin: false };
    scopes::put(&mut tx, &scope).await?;
    Entry::new(app, "scope.created", actor)
        .target(&scope.name)
        .detail("claims", scope.claims.0.clone())
        .append(&mut tx)
        .await?;
    publish(app, tx).await?;
    Ok(scope)
}

/// What is to be changed about a scope; what is not named stays.
#[derive(Debug, Clone, Default)]
pub struct ScopeChange {
    /// Another sentence.
    pub sentence: Option<String>,
    /// Other claims, in place of the former.
    pub claims: Option<Vec<String>>,
}

/// Changes a scope of the administrator's own.
///
/// # Errors
/// When it is built in, or a value breaks its rule.
pub async fn update(
    app: &App,
    actor: &Actor,
    name: &str,
    change: ScopeChange,
) -> Result<Done<Scope>> {
    let mut tx = begin_as(app, actor).await?;
    rights::administer(actor, "change scopes")?;
    let before = find::scope(&mut tx, name).await?;
    own(&before, "changed")?;
    let mut scope = before.clone();
    if let Some(sentence) = change.sentence {
        check_sentence(&sentence)?;
        scope.sentence = sentence;
    }
    if let Some(claims) = change.claims {
        scope.claims = Json(known_claims(&scopes::all(&mut tx).await?, claims)?);
    }
    let changes = diff::changes(&before, &scope);
    if changes.is_empty() {
        return Ok(Done::nothing(before, "Nothing changed."));
    }
    scopes::put(&mut tx, &scope).await?;
    Entry::new(app, "scope.updated", actor)
        .target(name)
        .detail("changes", changes)
        .append(&mut tx)
        .await?;
    publish(app, tx).await?;
    Ok(Done::new(scope, None))
}

/// What happens to people at which client once a scope is gone, a sentence each.
pub fn missed(app: &App, name: &str) -> Vec<String> {
    let registry = app.registry();
    let clients = registry.clients();
    let names = |id| registry.scope_maps(id).iter().any(|map| map.scopes.contains(name));
    let met = clients.iter().filter(|client| names(&client.id));
    met.map(|client| format!("People at '{}' do not get '{name}' any more.", client.id)).collect()
}

/// Deletes a scope; maps that name it give one scope less.
///
/// # Errors
/// When it is built in.
pub async fn delete(app: &App, actor: &Actor, name: &str) -> Result<Done<Scope>> {
    let mut tx = begin_as(app, actor).await?;
    rights::administer(actor, "change scopes")?;
    let scope = find::scope(&mut tx, name).await?;
    own(&scope, "deleted")?;
    scopes::delete(&mut tx, name).await?;
    Entry::new(app, "scope.deleted", actor).target(name).append(&mut tx).await?;
    let notes = missed(app, name);
    publish(app, tx).await?;
    Ok(Done::new(scope, notes))
}

fn own(scope: &Scope, what: &str) -> Result<()> {
    if scope.builtin {
        let rule = "it comes with Keystead and stays; leave it out of scope maps instead";
        return Err(DirectoryError::value(what, &scope.name, rule));
    }
    Ok(())
}

/// Claims that scopes may open: those that the built-in ones do; each once, in order.
fn known_claims(all: &[Scope], claims: Vec<String>) -> Result<Vec<String>> {
    let builtin = all.iter().filter(|scope| scope.builtin);
    let known: BTreeSet<String> = builtin.flat_map(|scope| scope.claims.0.clone()).collect();
    if let Some(unknown) = claims.iter().find(|claim| !known.contains(*claim)) {
        return Err(find::not_found("claim", unknown, known));
    }
    let claims: BTreeSet<String> = claims.into_iter().collect();
    Ok(claims.into_iter().collect())
}

/// RFC 6749 3.3: visible ASCII but `"` and `\`.
fn check_name(name: &str) -> Result<()> {
    let fits = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    if (1..=64).contains(&name.len()) && name.bytes().all(fits) {
        return Ok(());
    }
    let rule = "use 1 to 64 letters, digits and signs of ASCII but spaces, '\"' and '\\'";
    Err(DirectoryError::value("a scope name", name, rule))
}

fn check_sentence(sentence: &str) -> Result<()> {
    let length = sentence.chars().count();
    if sentence.trim() == sentence
        && (1..=200).contains(&length)
        && !sentence.chars().any(char::is_control)
    {
        return Ok(());
    }
    let rule = "say in 1 to 200 characters what people allow, like: See your roles";
    Err(DirectoryError::value("the sentence of a scope", sentence, rule))
}
