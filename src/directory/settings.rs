//! The settings that administrators change while servers run: checked, told of, seen by all nodes
//! within a second.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::revision::Revision;
use super::{DirectoryError, Done, Result, begin_as, diff, find, publish, rights};
use crate::app::App;
use crate::domain::settings::{ACCENT, KNOWN, Known, PASSWORD, SECTIONS};
use crate::domain::{Actor, Secret, Settings};
use crate::explain::audit::Entry;
use crate::seal::Purpose;
use crate::store::{Conn, settings};

/// What the mail password is sealed as.
pub(super) const MAIL_PASSWORD: (Purpose, &str) = (Purpose::MailPassword, PASSWORD);
/// What is said where the stored mail password was not kept.
const DROPPED: &str = "The stored mail password was dropped, since it was given for another mail \
                       server, protection or username: set mail.password again.";
/// Characters of a value that the audit log keeps.
const TOLD: usize = 300;

/// What a setting is to become.
#[derive(Debug, Clone)]
pub enum Wish {
    /// As documents write it; `Null` is the default.
    Value(Value),
    /// A secret.
    Secret(Secret),
}

/// The settings to change, each with its wish.
pub type Wishes = Vec<(&'static Known, Wish)>;

/// What somebody saw before they changed it: sections, and revisions of which one must stand.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Which sections.
    pub sections: &'a [&'a str],
    /// What they looked like.
    pub revisions: &'a [Revision],
}

/// A setting, the value in force, and where that comes from.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Effective {
    /// `branding.name`.
    pub name: &'static str,
    /// The value in force; a secret is `"(hidden)"`.
    pub value: Value,
    /// `default`, `database`, or the file or variable that wins over it.
    pub origin: String,
    /// Whether file or environment decide, so that a change here changes nothing.
    pub locked: bool,
}

/// The setting with this name.
///
/// # Errors
/// `NotFound`, with the names most like it.
pub fn known(name: &str) -> Result<&'static Known> {
    let found = crate::domain::settings::known(name);
    let names = || KNOWN.iter().map(|known| known.name.to_owned());
    found.ok_or_else(|| find::not_found("setting", name, names()))
}

/// Every setting as it is in force.
pub fn effective(app: &App) -> Vec<Effective> {
    let (settings, usual) = (app.registry().settings(), Settings::default());
    KNOWN.iter().map(|known| effect(app, (&settings, &usual), known)).collect()
}

fn effect(app: &App, (settings, usual): (&Settings, &Settings), known: &Known) -> Effective {
    let (name, value) = (known.name, settings.get(known));
    if let Some(given) = known.file_key.and_then(|key| app.config.given(key)) {
        let text = given.value.clone().unwrap_or_default();
        let value = text.parse::<u64>().map_or_else(|_| json!(text), |number| json!(number));
        return Effective { name, value, origin: given.origin.to_string(), locked: true };
    }
    let stored = value != usual.get(known);
    let value = if known.is_secret() && stored { json!("(hidden)") } else { value };
    let origin = if stored { "database" } else { "default" };
    Effective { name, value, origin: origin.into(), locked: false }
}

/// The settings as a document: every section and member, secrets left out.
pub fn document(settings: &Settings) -> Value {
    let mut document = json!(settings);
    if let Some(mail) = document["mail"].as_object_mut() {
        mail.remove("password");
        mail.insert("has_password".into(), settings.mail.password.is_some().into());
    }
    document
}

/// What these sections look like now.
pub fn revision(settings: &Settings, sections: &[&str]) -> Revision {
    let all: Map<String, Value> =
        sections.iter().map(|name| ((*name).to_owned(), settings.section(name).into())).collect();
    Revision::of(&all)
}

/// Everything that is wrong with these wishes, each with the setting it is about.
pub fn problems(settings: &Settings, wishes: &Wishes) -> Vec<(&'static str, String)> {
    let (mut wanted, mut problems) = (settings.clone(), Vec::new());
    for (known, wish) in wishes {
        match checked(known, wish) {
            Ok(value) => wanted.set(known, value),
            Err(rule) => problems.push((known.name, rule)),
        }
    }
    if problems.is_empty() {
        problems.extend(wanted.conflict().map(|(name, rule)| (name, rule.to_owned())));
    }
    problems
}

/// The value of a wish in its one spelling; of a secret, what stands for it.
fn checked(known: &Known, wish: &Wish) -> std::result::Result<Value, String> {
    match wish {
        Wish::Value(Value::Null) => Ok(Value::Null),
        Wish::Value(_) if known.is_secret() => Err("a secret does not stand in a document".into()),
        Wish::Value(value) => known.read(value),
        Wish::Secret(_) if !known.is_secret() => Err("it is no secret; name its value".into()),
        Wish::Secret(secret) => {
            let text = secret.expose();
            match text.chars().count() <= 1024 && !text.chars().any(char::is_control) {
                true => Ok(json!("(hidden, another)")),
                false => Err("use one line of at most 1024 characters".into()),
            }
        }
    }
}

/// Changes settings, all of them or none.
///
/// # Errors
/// When a value breaks its rule, two do not go together, or somebody else was faster.
pub async fn update(
    app: &App,
    actor: &Actor,
    wishes: &Wishes,
    seen: Option<Seen<'_>>,
) -> Result<Done<Settings>> {
    let mut tx = begin_as(app, actor).await?;
    rights::administer(actor, "change the settings")?;
    let before = stored(&mut tx).await?;
    if let Some(Seen { sections, revisions }) = seen
        && !revisions.contains(&revision(&before, sections))
    {
        return Err(DirectoryError::Changed("settings".into()));
    }
    let (after, dropped) = wished(app, &before, wishes)?;
    if before.mail != after.mail || before.sign_in.recovery != after.sign_in.recovery {
        rights::direct_mail(actor)?;
    }
    let mut changes = diff::changes(&told(&before), &told(&after));
    if before.mail.password != after.mail.password && after.mail.password.is_some() {
        let from = before.mail.password.as_ref().map(|_| "(hidden)");
        changes.insert(PASSWORD.into(), json!({ "from": from, "to": "(hidden, another)" }));
    }
    if changes.is_empty() {
        return Ok(Done::nothing(before, "Nothing changed."));
    }
    for section in SECTIONS {
        if before.section(section) != after.section(section) {
            settings::put(&mut tx, section, after.section(section)).await?;
        }
    }
    let mut notes = notes(app, &after, &changes);
    notes.extend(dropped.then(|| DROPPED.to_owned()));
    Entry::new(app, "settings.updated", actor).detail("changes", changes).append(&mut tx).await?;
    publish(app, tx).await?;
    Ok(Done::new(after, notes))
}

/// The settings as they are to be, and whether the mail password had to go.
fn wished(app: &App, before: &Settings, wishes: &Wishes) -> Result<(Settings, bool)> {
    let mut after = before.clone();
    for (known, wish) in wishes {
        let value = checked(known, wish).map_err(|rule| wrong(known.name, wish, rule))?;
        match wish {
            Wish::Value(_) => after.set(known, value),
            Wish::Secret(secret) => seal(app, &mut after, secret)?,
        }
    }
    let dropped = loses_password(before, &after, wishes);
    if dropped {
        after.mail.password = None;
    }
    if let Some((name, rule)) = after.conflict() {
        let value = known(name).map(|known| after.get(known)).unwrap_or_default();
        return Err(wrong(name, &Wish::Value(value), rule.to_owned()));
    }
    Ok((after, dropped))
}

/// Whether the stored mail password would be told to somebody else than it was typed for, or on
/// another way.
fn loses_password(before: &Settings, after: &Settings, wishes: &Wishes) -> bool {
    let typed = wishes.iter().any(|(_, wish)| matches!(wish, Wish::Secret(_)));
    !typed && after.mail.password.is_some() && !after.mail.is_same_account(&before.mail)
}

/// Whether these wishes leave a mail server without the password that is stored: a form asks for it
/// again then.
pub fn asks_for_password(settings: &Settings, wishes: &Wishes) -> bool {
    let mut wanted = settings.clone();
    for (known, wish) in wishes {
        if let (Wish::Value(_), Ok(value)) = (wish, checked(known, wish)) {
            wanted.set(known, value);
        }
    }
    wanted.mail.username.is_some() && loses_password(settings, &wanted, wishes)
}

/// Puts a password into the settings, sealed; the same one again changes nothing.
fn seal(app: &App, settings: &mut Settings, secret: &Secret) -> Result<()> {
    let former = open(app, settings)?;
    if former.is_none_or(|former| former.expose() != secret.expose()) {
        let sealed = app.sealer.seal(MAIL_PASSWORD, secret.expose().as_bytes(), &app.random)?;
        settings.mail.password = Some(BASE64_STANDARD.encode(sealed));
    }
    Ok(())
}

/// The password for the mail server, in the clear: only to sign in there.
///
/// # Errors
/// When it was sealed under another secret key.
pub fn mail_password(app: &App) -> Result<Option<Secret>> {
    open(app, &app.registry().settings())
}

fn open(app: &App, settings: &Settings) -> Result<Option<Secret>> {
    let Some(sealed) = &settings.mail.password else { return Ok(None) };
    let sealed = BASE64_STANDARD.decode(sealed).unwrap_or_default();
    let plain = Zeroizing::new(app.sealer.open(MAIL_PASSWORD, &sealed)?);
    Ok(Some(Secret::sent(String::from_utf8_lossy(&plain))))
}

/// What is stored, as it stands in this transaction.
pub(super) async fn stored(conn: &mut Conn) -> Result<Settings> {
    Ok(Settings::stored(settings::all(conn).await?).0)
}

/// Seals the mail password under the next secret key; says whether there is one.
pub(super) async fn reseal(
    app: &App,
    tx: &mut crate::store::Tx,
    next: &crate::seal::Sealer,
) -> Result<bool> {
    let mut settings = stored(tx).await?;
    let Some(plain) = open(app, &settings)? else { return Ok(false) };
    let sealed = next.seal(MAIL_PASSWORD, plain.expose().as_bytes(), &app.random)?;
    settings.mail.password = Some(BASE64_STANDARD.encode(sealed));
    settings::put(tx, "mail", settings.section("mail")).await?;
    Ok(true)
}

/// The document that events tell of: nothing secret, nothing endless.
fn told(settings: &Settings) -> Value {
    let mut document = json!(settings);
    if settings.mail.password.is_some() {
        document["mail"]["password"] = json!("(hidden)");
    }
    if let Some(logo) = &settings.branding.logo {
        document["branding"]["logo"] = json!(logo.told());
    }
    for section in document.as_object_mut().into_iter().flat_map(Map::values_mut) {
        for value in section.as_object_mut().into_iter().flat_map(Map::values_mut) {
            if let Value::String(text) = value
                && text.chars().count() > TOLD
            {
                let start: String = text.chars().take(TOLD).collect();
                let print = Revision::of(text);
                *text = format!("{start}... ({} bytes, {})", text.len(), print.as_str());
            }
        }
    }
    document
}

fn wrong(name: &str, wish: &Wish, rule: String) -> DirectoryError {
    let secret = known(name).is_ok_and(Known::is_secret);
    let value = match wish {
        Wish::Secret(_) => "(hidden)".to_owned(),
        // Written where none belongs, it is one all the same.
        Wish::Value(_) if secret => "(hidden)".to_owned(),
        Wish::Value(Value::String(text)) => text.chars().take(80).collect(),
        Wish::Value(value) => value.to_string(),
    };
    DirectoryError::value(name, value, rule)
}

/// What whoever changed something should know of it.
fn notes(app: &App, after: &Settings, changes: &Map<String, Value>) -> Vec<String> {
    let mut notes = Vec::new();
    for known in KNOWN.iter().filter(|known| changes.contains_key(known.name)) {
        if let Some(given) = known.file_key.and_then(|key| app.config.given(key)) {
            notes.push(format!(
                "{} is set in {} too, which wins: take it out there for this to count.",
                given.key, given.origin
            ));
        }
    }
    if changes.contains_key(ACCENT) {
        notes.extend(after.branding.accent.adjusted());
    }
    notes
}
