//! Loading what the next step of an authorization request depends on, and deciding it.

use std::sync::Arc;

use crate::app::App;
use crate::domain::{Client, Consent, DAY, Scopes, Session, User};
use crate::protocol::authorize::Request;
use crate::protocol::next_step::{Facts, Person as Facet, Step};
use crate::registry::Snapshot;
use crate::signin::person::{self, Person};
use crate::store::consents;
use crate::web::error::Failure;

/// What was decided, and what it rests on.
pub struct Decision {
    /// What comes next.
    pub step: Step,
    /// The registry it was decided on.
    pub registry: Arc<Snapshot>,
    /// Who is signed in, as the client knows them.
    pub person: Option<(Session, Person)>,
}

/// Whether a consent is remembered still.
pub fn stands(app: &App, consent: &Consent) -> bool {
    match app.registry().settings().sign_in.consent_days {
        0 => true,
        days => app.clock.now() - consent.granted_at <= i64::from(days) * DAY,
    }
}

/// Decides what comes next for this request in this browser.
pub async fn decide(
    app: &App,
    client: &Client,
    request: &Request,
    signed_in: Option<(Session, User)>,
) -> Result<Decision, Failure> {
    let registry = app.registry();
    let mut consented: Option<Scopes> = None;
    let mut person = None;
    if let Some((session, user)) = signed_in {
        let mut conn = app.db.read().await?;
        let found = person::of(app, &mut conn, (registry.as_ref(), client), user).await?;
        if !client.trusted {
            let before = consents::find(&mut conn, &found.user.id, &client.id).await?;
            consented = before.filter(|consent| stands(app, consent)).map(|it| it.scopes.0);
        }
        person = Some((session, found));
    }
    let allowed =
        person.as_ref().and_then(|(_, person)| registry.allowed_scopes(&client.id, &person.groups));
    let facet = person.as_ref().map(|(session, person)| Facet {
        session: session.id,
        auth_time: session.auth_time,
        sub: &person.sub,
        allowed: allowed.as_ref(),
        consented: consented.as_ref(),
    });
    let step = request.next_step(
        client,
        &Facts { person: facet, definitions: registry.scopes(), now: app.clock.now() },
    )?;
    Ok(Decision { step, registry, person })
}
