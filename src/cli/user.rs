//! `keystead user`: people who may sign in.

use serde_json::json;

use super::context::{ACTOR, Context, Explained, Usage};
use super::output::{self, Json};
use super::setup::print_link;
use super::user_flags::DetailFlags;
use super::user_role::{RoleChange, RoleFlags};
use super::{input, user_show};
use crate::app::App;
use crate::directory::batch::{self, Change};
use crate::directory::users::{self, FirstPassword, NewUser, UserChange};
use crate::directory::view::UserView;
use crate::directory::{Force, consents, credentials, links, mail};

const CREATE: &str = "\
Examples:
  keystead user create alice --email alice@example.com --email-verified --invite
  printf %s \"$PASSWORD\" | keystead user create admin --admin --password-stdin

Without --password-stdin or --invite the account has no password yet; give it one later with
keystead user invite, reset-link or set-password.";
const UPDATE: &str = "\
Examples:
  keystead user update alice --display-name \"Alice Liddell\" --locale en-GB
  keystead user update alice --phone-number \"\"        takes the number away
  keystead user update alice --external-id keycloak:corp=f:1:42
  keystead user update alice --role helpdesk          or --admin, or --no-role";
const SET_PASSWORD: &str = "\
Example:
  printf %s \"$PASSWORD\" | keystead user set-password alice --password-stdin";

/// People who may sign in
#[derive(clap::Subcommand)]
pub(super) enum UserCommand {
    /// Make an account
    #[command(after_help = CREATE)]
    Create(Box<Create>),
    /// List everybody
    #[command(after_help = "Examples:\n  keystead user list\n  keystead user list --json")]
    List(Json),
    /// Show a person with their groups and the applications they may use
    #[command(
        after_help = "Examples:\n  keystead user show alice\n  keystead user show alice@example.com --json"
    )]
    Show(Named),
    /// Change what is known of a person
    #[command(after_help = UPDATE)]
    Update(Box<Update>),
    /// Close accounts: sessions end, tokens stop working, nobody signs in with them
    #[command(
        after_help = "Examples:\n  keystead user disable alice\n  keystead user disable alice bob carol    all of them, or none"
    )]
    Disable(Forced),
    /// Open closed accounts again
    #[command(
        after_help = "Examples:\n  keystead user enable alice\n  keystead user enable alice bob carol    all of them, or none"
    )]
    Enable(Names),
    /// Delete accounts for good
    #[command(
        after_help = "Examples:\n  keystead user delete alice\n  keystead user delete alice bob carol    all of them, or none"
    )]
    Delete(Forced),
    /// Set a password; whoever is signed in as this person is signed out
    #[command(after_help = SET_PASSWORD)]
    SetPassword(SetPassword),
    /// Print or mail a link, good for a week, with which the person chooses a first password
    #[command(
        after_help = "Examples:\n  keystead user invite alice\n  keystead user invite alice --mail"
    )]
    Invite(Linked),
    /// Print or mail a link, good for a day, with which the person chooses a new password
    #[command(
        after_help = "Examples:\n  keystead user reset-link alice\n  keystead user reset-link alice --mail"
    )]
    ResetLink(Linked),
    /// Forget the failed attempts that slow accounts down
    #[command(after_help = "Example:\n  keystead user unlock alice")]
    Unlock(Names),
    /// End all sessions of people; wherever they are, they sign in again
    #[command(
        after_help = "Examples:\n  keystead user end-sessions alice\n  keystead user end-sessions alice bob"
    )]
    EndSessions(Names),
    /// Forget what a person allowed an application; it asks them again
    #[command(after_help = "Example:\n  keystead user revoke-consent alice wiki")]
    RevokeConsent(ConsentOf),
}

#[derive(clap::Args)]
pub(super) struct Names {
    /// Usernames, ids or e-mail addresses
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
}

#[derive(clap::Args)]
pub(super) struct ConsentOf {
    /// Username, id or e-mail address
    name: String,
    /// Client id
    client: String,
}

#[derive(clap::Args)]
pub(super) struct Named {
    /// Username, id or e-mail address
    name: String,
    #[command(flatten)]
    output: Json,
}

#[derive(clap::Args)]
pub(super) struct Linked {
    /// Username, id or e-mail address
    name: String,
    /// Send the link to the person's e-mail address instead of printing it
    #[arg(long)]
    mail: bool,
    #[command(flatten)]
    output: Json,
}

#[derive(clap::Args)]
pub(super) struct Forced {
    /// Usernames, ids or e-mail addresses
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// Even if one is the last administrator
    #[arg(long)]
    force: bool,
}

#[derive(clap::Args)]
pub(super) struct Create {
    /// Username: what they sign in with, 1 to 64 characters
    name: String,
    #[command(flatten)]
    role: RoleFlags,
    /// Read the password from standard input
    #[arg(long, conflicts_with = "invite")]
    password_stdin: bool,
    /// Print a link, good for a week, with which they choose their password
    #[arg(long)]
    invite: bool,
    #[command(flatten)]
    output: Json,
    #[command(flatten)]
    details: DetailFlags,
}

#[derive(clap::Args)]
pub(super) struct Update {
    /// Username, id or e-mail address
    name: String,
    /// Another username; applications that know people by username take them for a new person
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    #[command(flatten)]
    role: RoleChange,
    /// Even if this is the last administrator
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    details: DetailFlags,
}

#[derive(clap::Args)]
pub(super) struct SetPassword {
    /// Username, id or e-mail address
    name: String,
    /// Read the password from standard input
    #[arg(long, required = true)]
    password_stdin: bool,
}

impl UserCommand {
    pub async fn run(self, context: &Context) -> anyhow::Result<()> {
        if let UserCommand::Update(update) = &self {
            update.check()?;
        }
        let password = self.password()?;
        let app = context.app().await?;
        match self {
            UserCommand::Create(create) => create.run(&app, password).await?,
            UserCommand::List(output) => user_show::list(&app, output).await?,
            UserCommand::Show(named) => user_show::show(&app, &named.name, named.output).await?,
            UserCommand::Update(update) => update.run(&app).await?,
            UserCommand::Disable(Forced { names, force }) => {
                several(&app, &names, (Change::Disable, forced(force)), "Disabled").await?;
            }
            UserCommand::Enable(Names { names }) => {
                several(&app, &names, (Change::Enable, Force::No), "Enabled").await?;
            }
            UserCommand::Delete(Forced { names, force }) => {
                several(&app, &names, (Change::Delete, forced(force)), "Deleted").await?;
            }
            UserCommand::SetPassword(set) => set.run(&app, password).await?,
            UserCommand::Invite(Linked { name, mail: true, output }) => {
                mailed(&mail::invite(&app, &ACTOR, &name).await.explained()?, output)?;
            }
            UserCommand::Invite(Linked { name, output, .. }) => {
                print_link(&links::invite(&app, &ACTOR, &name).await.explained()?, output)?;
            }
            UserCommand::ResetLink(Linked { name, mail: true, output }) => {
                mailed(&mail::reset(&app, &ACTOR, &name).await.explained()?, output)?;
            }
            UserCommand::ResetLink(Linked { name, output, .. }) => {
                print_link(&links::reset_link(&app, &ACTOR, &name).await.explained()?, output)?;
            }
            UserCommand::Unlock(Names { names }) => {
                several(&app, &names, (Change::Unlock, Force::No), "Unlocked").await?;
            }
            UserCommand::EndSessions(Names { names }) => {
                let change = (Change::EndSessions, Force::No);
                for one in batch::change(&app, &ACTOR, &names, change).await.explained()? {
                    let name = one.user.username;
                    output::say(&format!("Ended {} sessions of '{name}'.", one.ended))?;
                }
            }
            UserCommand::RevokeConsent(ConsentOf { name, client }) => {
                consents::revoke(&app, &ACTOR, &name, &client).await.explained()?;
                output::say(&format!("'{client}' will ask '{name}' again."))?;
            }
        }
        app.db.close().await;
        Ok(())
    }

    /// Read before anything is opened: whoever types it may take their time.
    fn password(&self) -> anyhow::Result<Option<crate::domain::Secret>> {
        let wanted = match self {
            UserCommand::Create(create) => create.password_stdin,
            UserCommand::SetPassword(set) => set.password_stdin,
            _ => false,
        };
        wanted.then(|| input::secret("password")).transpose()
    }
}

impl Create {
    async fn run(self, app: &App, password: Option<crate::domain::Secret>) -> anyhow::Result<()> {
        let first = match password {
            Some(password) => FirstPassword::Given(password),
            None if self.invite => FirstPassword::Invitation,
            None => FirstPassword::Later,
        };
        let later = matches!(first, FirstPassword::Later);
        let new = NewUser {
            username: self.name,
            role: self.role.role(),
            password: first,
            details: self.details.details(),
        };
        let made = users::create(app, &ACTOR, new).await.explained()?;
        let name = &made.user.username;
        if self.output.json {
            let mut document = json!(UserView::from(&made.user));
            document["invitation"] = json!(made.invitation.as_ref().map(|link| &link.url));
            return output::document(&document);
        }
        output::say(&format!("Created user '{name}'."))?;
        if let Some(link) = &made.invitation {
            print_link(link, self.output)?;
        }
        if later {
            let note = format!("There is no password yet: keystead user invite {name}");
            output::note(&[note]);
        }
        Ok(())
    }
}

impl Update {
    fn check(&self) -> anyhow::Result<()> {
        let named = self.username.is_some() || self.role.change().is_some();
        if named || !self.details.is_empty() {
            return Ok(());
        }
        Err(Usage("nothing to change; see: keystead user update --help").into())
    }

    async fn run(self, app: &App) -> anyhow::Result<()> {
        let change = UserChange {
            username: self.username,
            role: self.role.change(),
            details: self.details.details(),
            revision: None,
        };
        let force = forced(self.force);
        told(users::update(app, &ACTOR, &self.name, change, force).await.explained()?, "Updated")
    }
}

impl SetPassword {
    async fn run(self, app: &App, password: Option<crate::domain::Secret>) -> anyhow::Result<()> {
        let Some(password) = password else { return Ok(()) };
        let set = credentials::set_password(app, &ACTOR, &self.name, &password);
        let user = set.await.explained()?;
        output::say(&format!("Set the password of '{}' and ended their sessions.", user.username))
    }
}

/// Changes all of them, or none.
async fn several(
    app: &App,
    names: &[String],
    change: (Change, Force),
    verb: &str,
) -> anyhow::Result<()> {
    for one in batch::change(app, &ACTOR, names, change).await.explained()? {
        if one.changed {
            output::say(&format!("{verb} user '{}'.", one.user.username))?;
        }
        output::note(&one.notes);
    }
    Ok(())
}

fn told(done: crate::directory::Done<crate::domain::User>, verb: &str) -> anyhow::Result<()> {
    if done.changed {
        output::say(&format!("{verb} user '{}'.", done.value.username))?;
    }
    output::note(&done.notes);
    Ok(())
}

/// Says where a link went.
fn mailed(address: &str, output: Json) -> anyhow::Result<()> {
    if output.json {
        return output::document(&json!({ "mailed_to": address }));
    }
    output::say(&format!("Sent the link to {address}."))
}

fn forced(force: bool) -> Force {
    if force { Force::Yes } else { Force::No }
}
