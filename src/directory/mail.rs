//! Mail to people, through the server of the settings: links that they asked for or are handed, and
//! test messages. What was sent and what was not is told by events.

use super::{DirectoryError, Result, links, rights, settings};
use crate::app::App;
use crate::domain::settings::MailSecurity;
use crate::domain::{Actor, LinkPurpose, Secret, User};
use crate::explain::audit::Entry;
use crate::mail::{self, Letter, MailError, Relay, Security, Words};

/// Whether mail can be sent at all.
pub fn is_set_up(app: &App) -> bool {
    app.registry().settings().mail().is_some()
}

/// Sends a test message and answers what the mail server said.
///
/// # Errors
/// `NoMail`, or what went wrong, in the server's own words.
pub async fn test(app: &App, actor: &Actor, to: &str) -> Result<String> {
    rights::administer(actor, "send test messages")?;
    let brand = app.registry().settings().branding.name.clone();
    let (subject, text) = mail::test(&brand, app.config.public_url.as_str());
    deliver(app, actor, None, ("a test message", to.trim(), subject, text)).await
}

/// Invites somebody by mail; answers the address that it went to.
///
/// # Errors
/// `NoMail`, `NoAddress`, or what went wrong; then no link is left.
pub async fn invite(app: &App, actor: &Actor, name: &str) -> Result<String> {
    send_link(app, actor, name, (LinkPurpose::Invite, false)).await
}

/// Mails somebody a link to a new password; answers the address that it went to.
///
/// # Errors
/// As `invite`.
pub async fn reset(app: &App, actor: &Actor, name: &str) -> Result<String> {
    send_link(app, actor, name, (LinkPurpose::Reset, false)).await
}

pub(super) async fn send_link(
    app: &App,
    actor: &Actor,
    name: &str,
    (purpose, asked): (LinkPurpose, bool),
) -> Result<String> {
    relay(app)?;
    let (user, address, link) = links::to_mail(app, actor, name, (purpose, asked)).await?;
    let settings = app.registry().settings();
    let words = Words {
        brand: &settings.branding.name,
        home: app.config.public_url.as_str(),
        username: user.username.as_str(),
        name: user.shown_name(),
    };
    let until = link.expires_at.rfc3339();
    let (what, (subject, text)) = match purpose {
        LinkPurpose::Invite => ("an invitation", mail::invitation(&words, &link.url, &until)),
        LinkPurpose::Reset | LinkPurpose::Setup => {
            ("a link to a new password", mail::reset(&words, &link.url, &until, asked))
        }
    };
    let sent = deliver(app, actor, Some(&user), (what, &address, subject, text)).await;
    match sent {
        Ok(_) => Ok(address),
        Err(error) => {
            links::take_back(app, &link).await?;
            Err(error)
        }
    }
}

async fn deliver(
    app: &App,
    actor: &Actor,
    user: Option<&User>,
    (what, to, subject, text): (&str, &str, String, String),
) -> Result<String> {
    let relay = relay(app)?;
    let id = app.random.selector(&app.clock).0.to_string();
    let letter = Letter { to: to.to_owned(), subject, text, id };
    let sent = match mail::check_address(to) {
        Ok(()) => relay.send(&letter, app.config.public_url.host()).await,
        Err(error) => Err(error),
    };
    note(app, actor, user, (what, to, sent.as_ref().err())).await?;
    match sent {
        Ok(said) => Ok(said),
        Err(error) => {
            tracing::warn!(%error, "mail could not be sent");
            Err(error.into())
        }
    }
}

async fn note(
    app: &App,
    actor: &Actor,
    user: Option<&User>,
    (what, to, error): (&str, &str, Option<&MailError>),
) -> Result<()> {
    let kind = if error.is_some() { "mail.failed" } else { "mail.sent" };
    let mut entry = Entry::new(app, kind, actor).detail("what", what).detail("to", to);
    if let Some(user) = user {
        entry = entry.user(&user.id, user.username.as_str());
    }
    if let Some(error) = error {
        entry = entry.failed().detail("error", error.to_string());
    }
    let mut tx = app.db.write().await?;
    entry.append(&mut tx).await?;
    Ok(tx.commit().await?)
}

fn relay(app: &App) -> Result<Relay> {
    let mail = app.registry().settings().mail().ok_or(DirectoryError::NoMail)?;
    let password = settings::mail_password(app)?;
    let security = match mail.security {
        MailSecurity::Starttls => Security::StartTls,
        MailSecurity::Tls => Security::Tls,
        MailSecurity::None => Security::Plain,
    };
    let login = mail.username.map(|user| (user, password.unwrap_or_else(|| Secret::sent(""))));
    Ok(Relay { host: mail.host, port: mail.port, security, login, from: mail.from })
}
