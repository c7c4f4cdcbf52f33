//! `keystead group`: groups of people, possibly one inside another.

use serde_json::json;

use super::context::{ACTOR, Context, Explained, Usage};
use super::output::{self, Json};
use crate::app::App;
use crate::directory::groups::{self, GroupChange, GroupDocument};
use crate::directory::members::{self, Members};
use crate::directory::view::GroupView;
use crate::directory::{DirectoryError, Fate, together};
use crate::domain::EVERYONE;

const MEMBERS: &str = "\
Examples:
  keystead group add-member netbox-admins alice bob
  keystead group add-member staff --group netbox-admins    all of netbox-admins are staff
  keystead group remove-member netbox-admins bob";

const UPDATE: &str = "\
Examples:
  keystead group update netbox-admins --new-name netbox-staff
  keystead group update netbox-admins --description 'Administrators of NetBox'

Scope maps and claim maps follow, since they go by the id of the group.";

/// Groups of people, possibly one inside another
#[derive(clap::Subcommand)]
pub(super) enum GroupCommand {
    /// Make a group
    #[command(
        after_help = "Example:\n  keystead group create netbox-admins --description 'Administrators of NetBox'"
    )]
    Create(Create),
    /// List all groups
    #[command(after_help = "Example:\n  keystead group list")]
    List(Json),
    /// Show a group and everybody in it
    #[command(after_help = "Example:\n  keystead group show netbox-admins")]
    Show(Show),
    /// Rename a group, or say what it is for
    #[command(after_help = UPDATE)]
    Update(Update),
    /// Delete groups, their memberships and their maps
    #[command(after_help = "Example:\n  keystead group delete netbox-admins")]
    Delete(Names),
    /// Add people, or other groups, to a group
    #[command(after_help = MEMBERS)]
    AddMember(MemberFlags),
    /// Take people, or other groups, out of a group
    #[command(after_help = MEMBERS)]
    RemoveMember(MemberFlags),
}

#[derive(clap::Args)]
pub(super) struct Create {
    /// Its name, as applications see it in the groups claim
    name: String,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    #[command(flatten)]
    output: Json,
}

#[derive(clap::Args)]
pub(super) struct Names {
    /// Names or ids
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
}

#[derive(clap::Args)]
pub(super) struct Update {
    /// Name or id
    name: String,
    /// Another name; applications that match the old one see the new one
    #[arg(long, value_name = "NAME")]
    new_name: Option<String>,
    /// What it is for; "" takes it away
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

#[derive(clap::Args)]
pub(super) struct Show {
    /// Name or id
    name: String,
    #[command(flatten)]
    output: Json,
}

#[derive(clap::Args)]
pub(super) struct MemberFlags {
    /// The group, by name or id
    group: String,
    /// People, by username, id or e-mail address
    #[arg(value_name = "USER")]
    users: Vec<String>,
    /// Another group: its members are members too
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,
}

impl GroupCommand {
    pub async fn run(self, context: &Context) -> anyhow::Result<()> {
        if let GroupCommand::AddMember(flags) | GroupCommand::RemoveMember(flags) = &self {
            flags.check()?;
        }
        if let GroupCommand::Update(update) = &self {
            update.check()?;
        }
        let app = context.app().await?;
        match self {
            GroupCommand::Create(Create { name, description, output }) => {
                let made = groups::create(&app, &ACTOR, &name, description).await.explained()?;
                match output.json {
                    true => output::document(&GroupView::from(&made))?,
                    false => output::say(&format!("Created group '{}'.", made.name))?,
                }
            }
            GroupCommand::List(output) => list(&app, output).await?,
            GroupCommand::Show(Show { name, output }) => {
                let document = groups::show(&app, &name).await.explained()?;
                show(&document, output)?;
            }
            GroupCommand::Update(update) => update.run(&app).await?,
            GroupCommand::Delete(Names { names }) => delete(&app, &names).await?,
            GroupCommand::AddMember(flags) => {
                let (group, members) = flags.parts();
                let done = members::add(&app, &ACTOR, &group, &members).await.explained()?;
                told("Added to", &done)?;
            }
            GroupCommand::RemoveMember(flags) => {
                let (group, members) = flags.parts();
                let done = members::remove(&app, &ACTOR, &group, &members).await.explained()?;
                told("Removed from", &done)?;
            }
        }
        app.db.close().await;
        Ok(())
    }
}

impl MemberFlags {
    fn check(&self) -> anyhow::Result<()> {
        match self.users.is_empty() && self.groups.is_empty() {
            true => Err(Usage("nobody was named; name people, or groups with --group").into()),
            false => Ok(()),
        }
    }

    fn parts(self) -> (String, Members) {
        (self.group, Members { users: self.users, groups: self.groups })
    }
}

impl Update {
    fn check(&self) -> anyhow::Result<()> {
        match self.new_name.is_none() && self.description.is_none() {
            true => Err(Usage("nothing to change; see: keystead group update --help").into()),
            false => Ok(()),
        }
    }

    async fn run(self, app: &App) -> anyhow::Result<()> {
        let change = GroupChange {
            name: self.new_name,
            description: self.description.map(Some),
            revision: None,
        };
        told("Updated", &groups::update(app, &ACTOR, &self.name, change).await.explained()?)
    }
}

/// Deletes all of them, or none.
async fn delete(app: &App, names: &[String]) -> anyhow::Result<()> {
    let deleted = together(app, async {
        let mut all = Vec::new();
        for name in names {
            all.push(groups::delete(app, &ACTOR, name).await?);
        }
        Ok::<_, DirectoryError>(Fate::Keep(all))
    });
    for done in deleted.await.explained()? {
        told("Deleted", &done)?;
    }
    Ok(())
}

fn told(verb: &str, done: &crate::directory::Done<crate::domain::Group>) -> anyhow::Result<()> {
    if done.changed {
        output::say(&format!("{verb} group '{}'.", done.value.name))?;
    }
    output::note(&done.notes);
    Ok(())
}

async fn list(app: &App, output: Json) -> anyhow::Result<()> {
    let registry = app.registry();
    let mut all: Vec<_> = registry.groups().values().collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    let mut documents = Vec::new();
    let mut rows = Vec::new();
    for group in all {
        let view = GroupView::from(group);
        let set = [std::slice::from_ref(&group.id)];
        let members: i64 = members::count(app, &set, i64::MAX).await.explained()?.iter().sum();
        let everybody = group.id.as_str() == EVERYONE;
        let shown = if everybody { "everybody".to_owned() } else { members.to_string() };
        let about = view.description.clone().unwrap_or_default();
        rows.push([view.name.clone(), shown, about]);
        let mut document = json!(view);
        document["member_count"] = if everybody { json!(null) } else { json!(members) };
        documents.push(document);
    }
    match output.json {
        true => output::document(&documents),
        false => output::table(["GROUP", "MEMBERS", "DESCRIPTION"], rows, ""),
    }
}

fn show(document: &GroupDocument, output: Json) -> anyhow::Result<()> {
    if output.json {
        return output::document(document);
    }
    let group = &document.group;
    let inherited = document.inherited_members.iter();
    let inherited: Vec<_> =
        inherited.map(|one| format!("{} ({})", one.username, one.via)).collect();
    let members = match group.builtin {
        true => "everybody".to_owned(),
        false => document.members.join("\n"),
    };
    output::facts(&[
        ("name", group.name.clone()),
        ("id", group.id.clone()),
        ("description", group.description.clone().unwrap_or_default()),
        ("created", if group.builtin { String::new() } else { group.created_at.clone() }),
        ("is in", document.parents.join(", ")),
        ("contains", document.groups.join(", ")),
        ("members", members),
        ("inherited", inherited.join("\n")),
    ])
}
