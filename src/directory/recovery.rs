//! Forgotten passwords: whoever asks gets the same answer at once; what there is to do is done
//! afterwards, so that neither the answer nor its time tells whether there is such an account.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::{Mutex, Semaphore};

use super::{DirectoryError, Result, mail};
use crate::app::App;
use crate::domain::{Actor, LinkPurpose, User};
use crate::explain::audit::Entry;
use crate::signin::authenticate;
use crate::signin::throttle::{self, Keys, network};

/// How many may wait to be looked at; more are told the same and get nothing.
const WAITING: usize = 1000;
/// How many of one network may: one machine does not shut out everybody else.
const OF_A_NETWORK: usize = 50;
/// How many letters are on their way at one time.
const AT_ONCE: usize = 4;
/// How long after a failure that may pass the letter is tried again.
const AGAIN: [Duration; 3] =
    [Duration::from_secs(5), Duration::from_secs(30), Duration::from_secs(120)];

/// Somebody who says they forgot their password.
pub struct Asked {
    /// Username or e-mail address, as typed.
    pub name: String,
    /// Where from.
    pub address: Option<IpAddr>,
}

/// Those who asked and wait.
pub struct Recoveries {
    put: Sender<Asked>,
    take: Mutex<Receiver<Asked>>,
    under_way: Arc<Semaphore>,
    /// How many of each network wait.
    waiting: std::sync::Mutex<HashMap<String, usize>>,
}

impl Default for Recoveries {
    fn default() -> Recoveries {
        let (put, take) = channel(WAITING);
        let under_way = Arc::new(Semaphore::new(AT_ONCE));
        let waiting = std::sync::Mutex::default();
        Recoveries { put, take: Mutex::new(take), under_way, waiting }
    }
}

impl Recoveries {
    /// Puts somebody in line; `false` if the line is too long, or too many of it are of their
    /// network.
    pub fn put(&self, asked: Asked) -> bool {
        let network = network(asked.address);
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.get(&network).copied().unwrap_or_default();
        let put = count < OF_A_NETWORK && self.put.try_send(asked).is_ok();
        if put {
            waiting.insert(network, count + 1);
        }
        put
    }

    fn came(&self, asked: &Asked) {
        let network = network(asked.address);
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match waiting.get(&network).copied().unwrap_or_default() {
            0 | 1 => drop(waiting.remove(&network)),
            count => drop(waiting.insert(network, count - 1)),
        }
    }
}

/// Whether the sign-in page offers it.
pub fn is_offered(app: &App) -> bool {
    app.registry().settings().sign_in.recovery && mail::is_set_up(app)
}

/// Attends to those who wait, one after the other, for ever; letters travel beside.
pub async fn attend(app: Arc<App>) {
    loop {
        let Some(asked) = app.recoveries.take.lock().await.recv().await else { return };
        app.recoveries.came(&asked);
        match accept(&app, &asked).await {
            Ok(None) => {}
            Ok(Some(user)) => {
                let app = app.clone();
                tokio::spawn(async move { send(&app, &user, &AGAIN).await });
            }
            Err(error) => tracing::warn!(%error, "a forgotten password could not be attended to"),
        }
    }
}

/// Attends to those who wait now, each to the end, without trying again what fails.
///
/// # Errors
/// When the database refuses.
pub async fn attend_now(app: &App) -> Result<()> {
    while let Ok(asked) = app.recoveries.take.lock().await.try_recv() {
        app.recoveries.came(&asked);
        if let Some(user) = accept(app, &asked).await? {
            send(app, &user, &[]).await;
        }
    }
    Ok(())
}

/// Whom a letter is to go to, if it is to; the log says why not.
async fn accept(app: &App, asked: &Asked) -> Result<Option<User>> {
    let user = person(app, &asked.name).await?;
    let name = user.as_ref().map_or(asked.name.as_str(), |user| user.username.as_str());
    let keys = Keys::of_recovery(&app.sealer, name, asked.address);
    if throttle::reserve(app, &keys).await?.is_some() {
        tracing::info!(address = ?asked.address, "a forgotten password was asked for too often");
        return Ok(None);
    }
    let why_not = match &user {
        _ if !is_offered(app) => Some("it is not offered any more"),
        None => Some("there is no such account"),
        Some(user) if user.disabled_at.is_some() => Some("the account is disabled"),
        Some(user) if user.email.is_none() || !user.email_verified => {
            Some("the account has no verified e-mail address")
        }
        Some(_) => None,
    };
    let kind = if why_not.is_some() { "recovery.failed" } else { "recovery.asked" };
    let mut entry = Entry::new(app, kind, &Actor::Anonymous)
        .address(asked.address.map(|address| address.to_string()));
    if let Some(user) = &user {
        entry = entry.user(&user.id, user.username.as_str());
    }
    if let Some(why) = why_not {
        entry = entry.failed().detail("why", why);
    }
    let mut tx = app.db.write().await?;
    entry.append(&mut tx).await?;
    tx.commit().await?;
    Ok(user.filter(|_| why_not.is_none()))
}

async fn person(app: &App, name: &str) -> Result<Option<User>> {
    if name.is_empty() || name.len() > 320 || name.chars().any(char::is_control) {
        return Ok(None);
    }
    Ok(authenticate::find(&mut app.db.read().await?, name.trim()).await?)
}

/// Sends the letter, and again after each pause while the failure may pass. Each link takes the
/// place of the one before.
async fn send(app: &App, user: &User, pauses: &[Duration]) {
    let mut pauses = pauses.iter();
    loop {
        let Ok(permit) = app.recoveries.under_way.acquire().await else { return };
        let purpose = (LinkPurpose::Reset, true);
        let sent = mail::send_link(app, &Actor::System, user.id.as_str(), purpose).await;
        drop(permit);
        match (sent, pauses.next()) {
            (Err(DirectoryError::Mail(error)), Some(pause)) if error.is_passing() => {
                tokio::time::sleep(*pause).await;
            }
            (Err(DirectoryError::Mail(_)) | Ok(_), _) => return,
            (Err(error), _) => {
                tracing::warn!(%error, "a link to a new password could not be sent");
                return;
            }
        }
    }
}
