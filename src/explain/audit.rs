//! Writing the audit log: one line for every change and every authentication, in the transaction
//! of what it tells of.

use serde_json::Value;
use sqlx::types::Json;

use crate::app::App;
use crate::clock::Clock;
use crate::domain::{Actor, Cause, ClientId, Event, FlowRef, Grant, UserId};
use crate::random::Random;
use crate::store::{self, Tx, events};

/// What it takes to write a line, for a database that no `App` was made of.
#[derive(Clone, Copy)]
pub struct Pen<'a> {
    /// The source of now.
    pub clock: &'a Clock,
    /// The source of ids.
    pub random: &'a Random,
    /// Who on this machine runs the command, where it is one.
    pub operator: Option<&'a str>,
}

/// From where somebody acted: the address, or on the command line the name that the operating system
/// knows them by.
pub fn from(event: &Event) -> Option<String> {
    let os_user = event.detail.get("os_user").and_then(Value::as_str);
    event.address.clone().or(os_user.map(str::to_owned))
}

/// Who acted, with the name that the operating system knows them by where they used the command line.
pub fn who(event: &Event) -> String {
    match event.detail.get("os_user").and_then(Value::as_str) {
        Some(name) => format!("{} ({name})", event.actor),
        None => event.actor.clone(),
    }
}

/// A line of the audit log in the making.
#[derive(Debug, Clone)]
pub struct Entry {
    event: Event,
}

impl Entry {
    /// Something that was done: `user.created`, by whom.
    pub fn new(app: &App, kind: &str, actor: &Actor) -> Entry {
        let operator = app.operator.as_deref();
        Entry::by(Pen { clock: &app.clock, random: &app.random, operator }, kind, actor)
    }

    /// The same where there is no `App`.
    pub fn by(pen: Pen<'_>, kind: &str, actor: &Actor) -> Entry {
        let operator = pen.operator.filter(|_| *actor == Actor::CommandLine);
        let detail = operator.map(|name| ("os_user".to_owned(), name.into()));
        Entry {
            event: Event {
                id: pen.random.selector(pen.clock),
                at: pen.clock.now(),
                kind: kind.to_owned(),
                actor: actor.label(),
                user_id: None,
                client_id: None,
                target: None,
                failed: false,
                reason: None,
                flow: None,
                address: None,
                detail: Json(detail.into_iter().collect()),
            },
        }
    }

    /// The person concerned, and what to call them.
    pub fn user(mut self, id: &UserId, name: &str) -> Entry {
        self.event.user_id = Some(id.clone());
        self.event.target.get_or_insert_with(|| name.to_owned());
        self
    }

    /// The client concerned.
    pub fn client(mut self, id: &ClientId) -> Entry {
        self.event.client_id = Some(id.clone());
        self.event.target.get_or_insert_with(|| id.0.clone());
        self
    }

    /// The client concerned, which nothing was done to: the one that a sign-in was for.
    pub fn concerning(mut self, id: &ClientId) -> Entry {
        self.event.client_id = Some(id.clone());
        self
    }

    /// The grant concerned: its person, its client and its flow.
    pub fn grant(self, grant: &Grant) -> Entry {
        let mut entry = self.client(&grant.client_id).flow(Some(&grant.flow));
        entry.event.user_id = Some(grant.user_id.clone());
        entry
    }

    /// The person concerned, who may be gone.
    pub fn of(mut self, user: &UserId) -> Entry {
        self.event.user_id = Some(user.clone());
        self
    }

    /// What it was done to, as shown; replaces the person's or client's name.
    pub fn target(mut self, target: &str) -> Entry {
        self.event.target = Some(target.to_owned());
        self
    }

    /// It was refused, and why.
    pub fn refused(mut self, cause: Cause) -> Entry {
        self.event.failed = true;
        self.event.reason = Some(cause.code().to_owned());
        self
    }

    /// It did not work; the detail says why.
    pub fn failed(mut self) -> Entry {
        self.event.failed = true;
        self
    }

    /// The flow it belongs to.
    pub fn flow(mut self, flow: Option<&FlowRef>) -> Entry {
        self.event.flow = flow.cloned();
        self
    }

    /// Where from.
    pub fn address(mut self, address: Option<String>) -> Entry {
        self.event.address = address;
        self
    }

    /// More, never a secret: what changed, from what to what.
    pub fn detail(mut self, name: &str, value: impl Into<Value>) -> Entry {
        self.event.detail.insert(name.to_owned(), value.into());
        self
    }

    /// Appends the line in this transaction.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn append(&self, tx: &mut Tx) -> store::Result<()> {
        events::insert(tx, &self.event).await
    }
}
