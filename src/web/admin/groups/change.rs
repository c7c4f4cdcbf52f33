//! Who is in a group, changed: by name, several lines of names, or the boxes of the list.

use axum::response::Response;

use super::HERE;
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::members::{self, Members};
use crate::directory::rights::Administers;
use crate::directory::{DirectoryError, Result, batch, find};
use crate::web::admin::chosen::{AskPage, Chosen, named as listed};
use crate::web::admin::console::{Console, sentence};
use crate::web::admin::users::several::usernames;

/// What a form asks for.
pub enum What {
    /// To take out those whose boxes are ticked.
    Chosen,
    /// To put in or take out those who are named.
    Named {
        /// In this field.
        field: &'static str,
        /// Who.
        members: Members,
        /// In, or out.
        adds: bool,
    },
}

/// What a form asks for.
pub fn what(form: &Chosen) -> What {
    let named = |name: &str| Vec::from_iter((!name.is_empty()).then(|| name.to_owned()));
    let (user, group, people) = (form.field("user"), form.field("group"), form.field("people"));
    let adds = form.action() != "remove";
    match form.action() {
        "remove-chosen" => What::Chosen,
        _ if !group.is_empty() => What::Named {
            field: "group",
            members: Members { groups: named(group), users: Vec::new() },
            adds,
        },
        _ if !people.is_empty() => {
            let users = people.split(['\n', ',', ';']).map(str::trim).filter(|n| !n.is_empty());
            let users = users.map(str::to_owned).collect();
            What::Named { field: "people", members: Members { users, groups: Vec::new() }, adds }
        }
        _ => What::Named {
            field: "user",
            members: Members { users: named(user), groups: Vec::new() },
            adds,
        },
    }
}

/// Puts them in, or takes them out: all of them, or none. The sentence beside the field if somebody
/// does not exist, or a group would be inside itself.
pub async fn named(
    app: &AppState,
    console: &Console<Administers>,
    id: &str,
    (who, adds): (&Members, bool),
) -> Result<std::result::Result<Response, String>> {
    let actor = console.right.actor();
    let done = async {
        let users = batch::chosen(app, &who.users).await?;
        let done = match adds {
            true => members::add(app, &actor, id, who).await?,
            false => members::remove(app, &actor, id, who).await?,
        };
        Ok((usernames(&users), done))
    };
    match done.await {
        Ok((users, done)) => {
            let verb = if adds { "Added" } else { "Removed" };
            let names = [users, who.groups.clone()].concat();
            let told = match done.changed {
                true => format!("{verb} {}. ", listed(&names)),
                false => String::new(),
            };
            let notes = done.notes.into_iter().take(4).collect::<Vec<_>>().join(" ");
            let to = format!("{HERE}/{}", done.value.id);
            Ok(Ok(console.done(app, &to, format!("{told}{notes}").trim())))
        }
        Err(
            error @ (DirectoryError::NotFound { .. }
            | DirectoryError::Cycle { .. }
            | DirectoryError::Builtin(_)
            | DirectoryError::Value { .. }),
        ) => Ok(Err(sentence(&error))),
        Err(error) => Err(error),
    }
}

/// Takes out those whose boxes are ticked, after saying who they are.
pub async fn remove_chosen(
    app: &AppState,
    console: &Console<Administers>,
    id: &str,
    form: &Chosen,
) -> Result<Response> {
    let group = find::group(&mut app.db.read().await?, id).await?;
    let base = format!("{HERE}/{}", group.id);
    if form.picks.is_empty() {
        return Ok(console.done(app, &form.back(&base), "Nobody was chosen."));
    }
    let users = usernames(&batch::chosen(app, &form.picks).await?);
    if form.confirmed() {
        let who = Members { users: form.picks.clone(), groups: Vec::new() };
        members::remove(app, &console.right.actor(), group.id.as_str(), &who).await?;
        let told = format!("Removed {}.", listed(&users));
        return Ok(console.done(app, &form.back(&base), &told));
    }
    let count = if users.len() == 1 { "1 user".into() } else { format!("{} users", users.len()) };
    let line = Command::new("group remove-member").arg(&group.name);
    let command = users.iter().fold(line, |line, name| line.arg(name)).to_string();
    let (shell, jar) = console.shell(app, HERE);
    let page = AskPage::new(shell, form, &base, users);
    let question = format!("Remove {count} from {}?", group.name);
    Ok(AskPage { question, button: "Remove", command, ..page }.show(jar))
}
