//! Rights: what a role allows, as types. A page asks for a right and cannot be reached without it;
//! every change then looks, in its own transaction, whether its actor reaches what it changes.

mod observed;
mod reserved;
mod tokens;

use std::future::Future;

use super::{DirectoryError, Result};
use crate::domain::{Actor, Client, ClientId, Role, Staff, SubMode, User};
use crate::registry::Snapshot;
use crate::store::{Conn, client_owners};

pub use observed::{ManagesFailure, ManagesFlow, ManagesLogoutToken, SeesFailure, SeesFlow};
pub(super) use reserved::keep_bounds;
pub use tokens::ManagesToken;

/// Something that a page needs. Made from a person's role alone.
pub trait Right: Sized + Send {
    /// The right of this person, if their role gives it. `subject` is what it is about, where it
    /// is about one thing: the id of a client.
    ///
    /// # Errors
    /// When the database refuses.
    fn of(
        conn: &mut Conn,
        staff: &Staff,
        subject: &str,
    ) -> impl Future<Output = Result<Option<Self>>> + Send;
}

/// A right that follows from the role alone.
macro_rules! by_role {
    ($(#[$doc:meta])* $name:ident: $($role:ident)|+) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name(Staff);

        impl $name {
            /// The right of this person, if their role gives it.
            pub fn by_role(staff: &Staff) -> Option<$name> {
                matches!(staff.role(), $(Role::$role)|+).then(|| $name(staff.clone()))
            }

            /// Whoever uses the right, for what is changed by it.
            pub fn actor(&self) -> Actor {
                Actor::Staff(self.0.clone())
            }
        }

        impl Right for $name {
            async fn of(_: &mut Conn, staff: &Staff, _: &str) -> Result<Option<$name>> {
                Ok($name::by_role(staff))
            }
        }
    };
}

by_role! {
    /// May open the console: whoever holds a role.
    Enters: Administrator | Auditor | Helpdesk | ApplicationOwner
}
by_role! {
    /// May read everything.
    SeesAll: Administrator | Auditor
}
by_role! {
    /// May read of people: accounts, sessions, consents, their events.
    SeesPeople: Administrator | Auditor | Helpdesk
}
by_role! {
    /// May change people and end their sessions, as far as `reach_user` lets them.
    ManagesPeople: Administrator | Helpdesk
}
by_role! {
    /// May change everything.
    Administers: Administrator
}

by_role! {
    /// May read of applications: of all, or of those they own.
    SeesClients: Administrator | Auditor | ApplicationOwner
}
by_role! {
    /// May change applications: all, or those they own.
    ChangesClients: Administrator | ApplicationOwner
}

/// May read of one client.
#[derive(Debug, Clone)]
pub struct SeesClient(ClientId);

/// May change one client.
#[derive(Debug, Clone)]
pub struct ManagesClient(Staff, ClientId);

impl SeesClient {
    /// Which.
    pub fn client(&self) -> &ClientId {
        &self.0
    }
}

impl ManagesClient {
    /// Which.
    pub fn client(&self) -> &ClientId {
        &self.1
    }

    /// Whoever uses the right, for what is changed by it.
    pub fn actor(&self) -> Actor {
        Actor::Staff(self.0.clone())
    }
}

impl Right for SeesClient {
    async fn of(conn: &mut Conn, staff: &Staff, subject: &str) -> Result<Option<SeesClient>> {
        let client = ClientId(subject.to_owned());
        let sees = sees(conn, staff, &client).await?;
        Ok(sees.then_some(SeesClient(client)))
    }
}

impl Right for ManagesClient {
    async fn of(conn: &mut Conn, staff: &Staff, subject: &str) -> Result<Option<ManagesClient>> {
        let client = ClientId(subject.to_owned());
        let manages = manages(conn, staff, &client).await?;
        Ok(manages.then(|| ManagesClient(staff.clone(), client)))
    }
}

async fn sees(conn: &mut Conn, staff: &Staff, client: &ClientId) -> Result<bool> {
    match staff.role() {
        Role::Administrator | Role::Auditor => Ok(true),
        Role::ApplicationOwner => Ok(client_owners::owns(conn, staff.id(), client).await?),
        Role::Helpdesk => Ok(false),
    }
}

async fn manages(conn: &mut Conn, staff: &Staff, client: &ClientId) -> Result<bool> {
    match staff.role() {
        Role::Administrator => Ok(true),
        Role::ApplicationOwner => Ok(client_owners::owns(conn, staff.id(), client).await?),
        Role::Auditor | Role::Helpdesk => Ok(false),
    }
}

/// Whether somebody may change a person at all. The help desk touches nobody who may do more than
/// itself: whoever sets a password can sign in with it.
pub fn reaches_user(actor: &Actor, user: &User) -> bool {
    match actor {
        Actor::CommandLine | Actor::System => true,
        Actor::User(id, _) => *id == user.id,
        Actor::Staff(staff) => match staff.role() {
            Role::Administrator => user.role.is_none() || staff.decides_roles(),
            Role::Helpdesk => matches!(user.role, None | Some(Role::Helpdesk)),
            Role::Auditor | Role::ApplicationOwner => false,
        },
        Actor::Client(_) | Actor::Anonymous => false,
    }
}

/// Refuses to go on unless the actor may change this person.
pub(super) fn reach_user(actor: &Actor, user: &User) -> Result<()> {
    if reaches_user(actor, user) {
        return Ok(());
    }
    let what = match actor {
        Actor::Staff(staff) if staff.role() == Role::Administrator => {
            format!("change '{}', who holds a role, by a token without roles:write", user.username)
        }
        _ => format!("change '{}'", user.username),
    };
    Err(DirectoryError::NotAllowed(what))
}

/// Refuses to go on unless the actor may give this role, or take it.
pub(super) fn give_role(actor: &Actor) -> Result<()> {
    by_roles(actor, "decide who holds a role")
}

/// Refuses to go on unless the actor may decide where mail goes and who is sent links to a new
/// password: whoever reads those can become anybody.
pub(super) fn direct_mail(actor: &Actor) -> Result<()> {
    by_roles(actor, "change the mail server or who may ask for a reset mail")
}

fn by_roles(actor: &Actor, what: &str) -> Result<()> {
    match actor {
        Actor::Staff(staff) if staff.role() == Role::Administrator && !staff.decides_roles() => {
            Err(DirectoryError::NotAllowed(format!("{what} by a token without roles:write")))
        }
        actor => administer(actor, what),
    }
}

/// Refuses to go on where applications would take a person for somebody else, or believe of an
/// address that it is theirs: only administrators vouch for people. `before` is nobody for a new
/// account, whose name is free to choose.
pub(super) fn vouch(
    actor: &Actor,
    registry: &Snapshot,
    (before, after): (Option<&User>, &User),
) -> Result<()> {
    let called_by =
        |mode: &SubMode| registry.clients().iter().any(|client| client.settings.sub == *mode);
    let vouched = |user: &User| {
        let address = user.email.clone().filter(|_| user.email_verified);
        let number = user.profile.phone_number.clone();
        (address, number.filter(|_| user.profile.phone_number_verified == Some(true)))
    };
    let (was, is) = (before.map(vouched).unwrap_or_default(), vouched(after));
    let renamed = before.is_some_and(|before| before.username != after.username);
    let moved = before.is_some_and(|before| before.email != after.email);
    for (changes, what) in [
        (is.0.is_some() && is.0 != was.0, "vouch for somebody's e-mail address"),
        (is.1.is_some() && is.1 != was.1, "vouch for somebody's phone number"),
        (renamed, "give somebody another username"),
        (
            (moved || before.is_none() && after.email.is_some()) && called_by(&SubMode::Email),
            "decide the e-mail address of people whom applications call by it",
        ),
    ] {
        if changes {
            administer(actor, what)?;
        }
    }
    Ok(())
}

/// Refuses to go on unless the actor may make accounts.
pub(super) fn make_people(actor: &Actor) -> Result<()> {
    match actor {
        Actor::Staff(staff) if staff.role() == Role::Helpdesk => Ok(()),
        actor => administer(actor, "make accounts"),
    }
}

/// Refuses to go on unless the actor may change everything.
pub(super) fn administer(actor: &Actor, what: &str) -> Result<()> {
    match actor {
        Actor::CommandLine | Actor::System => Ok(()),
        Actor::Staff(staff) if staff.role() == Role::Administrator => Ok(()),
        Actor::Staff(_) | Actor::User(..) | Actor::Client(_) | Actor::Anonymous => {
            Err(DirectoryError::NotAllowed(what.to_owned()))
        }
    }
}

/// Refuses to go on unless the actor may change this client.
pub(super) async fn reach_client(conn: &mut Conn, actor: &Actor, client: &ClientId) -> Result<()> {
    if let Actor::Staff(staff) = actor
        && manages(conn, staff, client).await?
    {
        return Ok(());
    }
    administer(actor, &format!("change the application '{client}'"))
}

/// Refuses to go on where somebody else than an administrator would widen what a trusted application
/// gets, and where: nobody is asked for consent there.
pub(super) fn keep_trust(actor: &Actor, client: &Client) -> Result<()> {
    match client.trusted {
        true => administer(actor, "widen what a trusted application is told, and where"),
        false => Ok(()),
    }
}

/// What somebody is told of a group that is not there. Its near misses are for those who may read
/// the names of all groups.
pub(super) fn discreet(actor: &Actor, error: DirectoryError) -> DirectoryError {
    match (actor, error) {
        (Actor::Staff(staff), DirectoryError::NotFound { what, name, .. })
            if SeesAll::by_role(staff).is_none() =>
        {
            DirectoryError::NotFound { what, name, near: Vec::new() }
        }
        (_, error) => error,
    }
}

#[cfg(test)]
mod tests {
    use sqlx::types::Json;

    use super::*;
    use crate::domain::{Profile, Timestamp, UserId, Username};

    fn user(name: &str, role: Option<Role>) -> User {
        User {
            id: UserId(name.to_owned()),
            username: Username::parse(name).unwrap(),
            display_name: None,
            given_name: None,
            family_name: None,
            email: None,
            email_verified: false,
            profile: Json(Profile::default()),
            role,
            password_changed_at: None,
            disabled_at: None,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        }
    }

    fn acting(role: Role) -> Actor {
        Actor::Staff(Staff::of(&user("staff", Some(role))).unwrap())
    }

    #[test]
    fn the_help_desk_reaches_nobody_who_may_do_more() {
        let desk = acting(Role::Helpdesk);
        let reached = |role| reaches_user(&desk, &user("other", role));
        assert!(reached(None) && reached(Some(Role::Helpdesk)));
        for role in [Role::Administrator, Role::Auditor, Role::ApplicationOwner] {
            assert!(!reached(Some(role)), "{role:?}");
        }
        assert!(give_role(&desk).is_err() && make_people(&desk).is_ok());
    }

    #[test]
    fn only_administrators_reach_everybody() {
        for role in Role::ALL {
            let everybody = Role::ALL.map(Some).into_iter().chain([None]);
            let all = everybody.map(|other| reaches_user(&acting(role), &user("x", other)));
            assert_eq!(all.into_iter().all(|reached| reached), role == Role::Administrator);
            assert_eq!(administer(&acting(role), "x").is_ok(), role == Role::Administrator);
        }
    }

    #[test]
    fn people_reach_themselves_and_nobody_is_anonymous_staff() {
        let alice = user("alice", None);
        let own = Actor::User(alice.id.clone(), "alice".into());
        assert!(reaches_user(&own, &alice) && !reaches_user(&own, &user("bob", None)));
        assert!(give_role(&own).is_err() && !reaches_user(&Actor::Anonymous, &alice));
        let closed = User { disabled_at: Some(Timestamp(1)), ..user("x", Some(Role::Auditor)) };
        assert_eq!((Staff::of(&alice), Staff::of(&closed)), (None, None));
    }
}
