//! A person as a client knows them: the account, all groups, and the `sub`.

use std::collections::BTreeSet;

use crate::app::App;
use crate::domain::{Client, EVERYONE, GroupId, SubMode, User, UserId, Username};
use crate::protocol::{claims, subject};
use crate::registry::Snapshot;
use crate::seal::Purpose;
use crate::store::{self, Conn, external_ids, groups, users};

/// A person as a client knows them.
pub struct Person {
    /// The account.
    pub user: User,
    /// All groups, through nesting too.
    pub groups: BTreeSet<GroupId>,
    /// What the client calls them.
    pub sub: String,
}

/// Loads a person who may sign in; `None` if there is no such account or it is closed.
///
/// # Errors
/// When the database refuses.
pub async fn load(
    app: &App,
    conn: &mut Conn,
    (registry, client): (&Snapshot, &Client),
    id: &UserId,
) -> store::Result<Option<Person>> {
    let found = users::with_groups(conn, id).await?;
    match found.filter(|(user, _)| user.disabled_at.is_none()) {
        Some((user, direct)) => {
            known_as(app, conn, (registry, client), (user, direct)).await.map(Some)
        }
        None => Ok(None),
    }
}

/// What the client knows of somebody whose account is at hand.
///
/// # Errors
/// When the database refuses.
pub async fn of(
    app: &App,
    conn: &mut Conn,
    (registry, client): (&Snapshot, &Client),
    user: User,
) -> store::Result<Person> {
    let direct = groups::direct(conn, &user.id).await?;
    known_as(app, conn, (registry, client), (user, direct)).await
}

/// Whom a client calls by this `sub`, who may sign in; nobody can be found by a pairwise one.
///
/// # Errors
/// When the database refuses.
pub async fn named(
    app: &App,
    conn: &mut Conn,
    known: (&Snapshot, &Client),
    sub: &str,
) -> store::Result<Option<UserId>> {
    let mut found: Vec<UserId> = match &known.1.settings.sub {
        SubMode::Pairwise => return Ok(None),
        SubMode::Uuid => Vec::new(),
        SubMode::Username => match Username::parse(sub) {
            Ok(name) => {
                let user = users::find_by_username(conn, &name).await?;
                user.map(|user| user.id).into_iter().collect()
            }
            Err(_) => Vec::new(),
        },
        SubMode::Email => {
            users::find_by_email(conn, sub).await?.into_iter().map(|user| user.id).collect()
        }
        SubMode::External(source) => {
            external_ids::find_user(conn, source, sub).await?.into_iter().collect()
        }
    };
    // Whoever has none of these is called by our own identifier.
    found.push(UserId(sub.to_owned()));
    for id in found {
        let person = load(app, conn, known, &id).await?;
        if person.is_some_and(|person| person.sub == sub) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

async fn known_as(
    app: &App,
    conn: &mut Conn,
    (registry, client): (&Snapshot, &Client),
    (user, direct): (User, Vec<GroupId>),
) -> store::Result<Person> {
    let sub = sub(app, conn, client, &user).await?;
    let groups = registry.effective_groups(direct);
    Ok(Person { user, groups, sub })
}

/// What the client calls somebody.
///
/// # Errors
/// When the database refuses.
pub async fn sub(
    app: &App,
    conn: &mut Conn,
    client: &Client,
    user: &User,
) -> store::Result<String> {
    let external = match &client.settings.sub {
        SubMode::External(source) => external_ids::value_of(conn, source, &user.id).await?,
        SubMode::Uuid | SubMode::Username | SubMode::Email | SubMode::Pairwise => None,
    };
    let pairwise = |input: &[u8]| app.sealer.mac(Purpose::Pairwise, input);
    Ok(subject::subject(client, user, external, pairwise))
}

impl Person {
    /// What claims are made from.
    pub fn source<'a>(
        &'a self,
        app: &'a App,
        (registry, client): (&'a Snapshot, &'a Client),
    ) -> claims::Source<'a> {
        let named = self.groups.iter().filter(|id| id.as_str() != EVERYONE);
        let mut group_names: Vec<&str> = named
            .filter_map(|id| registry.groups().get(id))
            .map(|group| group.name.as_str())
            .collect();
        group_names.sort_unstable();
        claims::Source {
            user: &self.user,
            sub: &self.sub,
            group_names,
            groups: &self.groups,
            claim_maps: registry.claim_maps(&client.id),
            username: client.settings.username,
            host: app.config.public_url.host(),
        }
    }
}
