//! Several users at once, after saying whom it meets and what goes along.

use axum::response::Response;

use super::HERE;
use crate::app::AppState;
use crate::directory::batch::{self, Change, Changed};
use crate::directory::command::Command;
use crate::directory::members::{self, Members};
use crate::directory::rights::{Administers, ManagesPeople};
use crate::directory::{DirectoryError, Force, Result};
use crate::domain::{EVERYONE, User};
use crate::web::admin::chosen::{AskPage, Chosen, named};
use crate::web::admin::console::{Console, Posted, sentence};
use crate::web::signin::form::FieldError;

/// The value of a button, what it says, and whether it cannot be undone.
pub type Action = (&'static str, &'static str, bool);

/// Groups that are offered while one is typed.
const OFFERED: usize = 500;

/// What whoever looks may do with several at once, if they signed in lately.
pub fn actions<R>(console: &Console<R>) -> Vec<Action> {
    if ManagesPeople::by_role(&console.staff).is_none() || !console.fresh {
        return Vec::new();
    }
    let mut actions = vec![
        ("disable", "Disable", false),
        ("enable", "Enable", false),
        ("end-sessions", "End sessions", false),
    ];
    if Administers::by_role(&console.staff).is_some() {
        actions.push(("add-to-group", "Add to a group", false));
        actions.push(("remove-from-group", "Remove from a group", false));
    }
    actions.push(("delete", "Delete", true));
    actions
}

/// `POST /admin/users`
pub async fn post(
    app: AppState,
    Posted { console, form }: Posted<ManagesPeople, Chosen>,
) -> Response {
    let change = match form.action() {
        "disable" => Change::Disable,
        "enable" => Change::Enable,
        "end-sessions" => Change::EndSessions,
        "delete" => Change::Delete,
        "add-to-group" | "remove-from-group" if !form.picks.is_empty() => {
            let moved = into_group(&app, &console, &form).await;
            return moved.unwrap_or_else(|error| console.refused(&app, error));
        }
        _ => return console.done(&app, &form.back(HERE), ""),
    };
    if form.picks.is_empty() {
        return console.done(&app, &form.back(HERE), "Nobody was chosen.");
    }
    let done = ask_or_change(&app, &console, &form, change).await;
    done.unwrap_or_else(|error| console.refused(&app, error))
}

async fn ask_or_change(
    app: &AppState,
    console: &Console<ManagesPeople>,
    form: &Chosen,
    change: Change,
) -> Result<Response> {
    let actor = console.right.actor();
    let counted = form.picks.len().to_string();
    let wrong = change == Change::Delete && form.field("confirm") != counted;
    if form.confirmed() && !wrong {
        let all = batch::change(app, &actor, &form.picks, (change, Force::No)).await?;
        return Ok(console.done(app, &form.back(HERE), &told(change, &all)));
    }
    let planned = batch::look(app, &actor, &form.picks, change).await?;
    let (shell, jar) = console.shell(app, HERE);
    let names = usernames(&planned.users);
    let command = names.iter().fold(Command::new(verb(change)), |line, name| line.arg(name));
    let page = AskPage::new(shell, form, HERE, names);
    let error = FieldError::new("confirm", "This is not how many there are. Nobody was changed.");
    let ask = AskPage {
        question: question(change, planned.users.len()),
        along: match change {
            Change::Delete => "This goes with them, and cannot be undone:",
            _ => "This ends:",
        },
        consequences: planned.consequences,
        errors: Vec::from_iter((form.confirmed() && wrong).then_some(error)),
        to_type: (change == Change::Delete).then_some(counted),
        button: match change {
            Change::Disable => "Disable",
            Change::Enable => "Enable",
            Change::Delete => "Delete",
            Change::EndSessions | Change::Unlock => "End sessions",
        },
        danger: change == Change::Delete,
        command: command.to_string(),
        ..page
    };
    Ok(ask.show(jar))
}

fn question(change: Change, count: usize) -> String {
    let people = if count == 1 { "1 user".to_owned() } else { format!("{count} users") };
    match change {
        Change::Disable => format!("Disable {people}?"),
        Change::Enable => format!("Enable {people}?"),
        Change::Delete => format!("Delete {people}?"),
        Change::EndSessions | Change::Unlock => format!("End all sessions of {people}?"),
    }
}

fn verb(change: Change) -> &'static str {
    match change {
        Change::Disable => "user disable",
        Change::Enable => "user enable",
        Change::Delete => "user delete",
        Change::EndSessions => "user end-sessions",
        Change::Unlock => "user unlock",
    }
}

/// `Disabled alice and bob.` Those with whom nothing was to be done are not named.
fn told(change: Change, all: &[Changed]) -> String {
    let changed = all.iter().filter(|one| one.changed);
    let names: Vec<String> = changed.map(|one| one.user.username.to_string()).collect();
    let notes = all.iter().flat_map(|one| &one.notes);
    let said = match change {
        _ if names.is_empty() => String::new(),
        Change::Disable => format!("Disabled {}.", named(&names)),
        Change::Enable => format!("Enabled {}.", named(&names)),
        Change::Delete => format!("Deleted {}.", named(&names)),
        Change::EndSessions | Change::Unlock => {
            let ended: u64 = all.iter().map(|one| one.ended).sum();
            format!("Ended {ended} sessions of {}.", named(&names))
        }
    };
    let told: Vec<&str> = [said.as_str()].into_iter().chain(notes.map(String::as_str)).collect();
    told.iter().take(FEW).copied().collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// Sentences of a toast.
const FEW: usize = 4;

pub(in crate::web::admin) fn usernames(users: &[User]) -> Vec<String> {
    users.iter().map(|user| user.username.to_string()).collect()
}

/// Asks for the group, then puts them into it or takes them out of it.
async fn into_group(
    app: &AppState,
    console: &Console<ManagesPeople>,
    form: &Chosen,
) -> Result<Response> {
    if Administers::by_role(&console.staff).is_none() {
        return Err(DirectoryError::NotAllowed("change groups".into()));
    }
    let users = batch::chosen(app, &form.picks).await?;
    let adds = form.action() == "add-to-group";
    let mut errors = Vec::new();
    if form.confirmed() {
        let (actor, group) = (console.right.actor(), form.field("group"));
        let who = Members { users: form.picks.clone(), groups: Vec::new() };
        let done = match adds {
            true => members::add(app, &actor, group, &who).await,
            false => members::remove(app, &actor, group, &who).await,
        };
        match done {
            Ok(done) => {
                let verb = if adds { "Added to" } else { "Removed from" };
                let told = match done.changed {
                    true => format!("{verb} {}: {}.", done.value.name, named(&usernames(&users))),
                    false => String::new(),
                };
                let notes: Vec<String> = done.notes.into_iter().take(FEW).collect();
                let told = format!("{told} {}", notes.join(" "));
                return Ok(console.done(app, &form.back(HERE), told.trim()));
            }
            Err(error @ (DirectoryError::NotFound { .. } | DirectoryError::Builtin(_))) => {
                errors.push(FieldError::new("group", sentence(&error)));
            }
            Err(error) => return Err(error),
        }
    }
    let (shell, jar) = console.shell(app, HERE);
    let names = usernames(&users);
    let line = if adds { "group add-member GROUP" } else { "group remove-member GROUP" };
    let command = names.iter().fold(Command::new(line), |line, name| line.arg(name));
    let count = if users.len() == 1 { "1 user".into() } else { format!("{} users", users.len()) };
    let page = AskPage::new(shell, form, HERE, names);
    let ask = AskPage {
        question: match adds {
            true => format!("Add {count} to which group?"),
            false => format!("Remove {count} from which group?"),
        },
        errors,
        group: Some(form.field("group").to_owned()),
        offered: offered(app),
        button: if adds { "Add" } else { "Remove" },
        command: command.to_string(),
        ..page
    };
    Ok(ask.show(jar))
}

fn offered(app: &AppState) -> Vec<String> {
    let registry = app.registry();
    let own = registry.groups().values().filter(|group| group.id.as_str() != EVERYONE);
    let mut names: Vec<String> = own.map(|group| group.name.clone()).collect();
    names.sort();
    names.truncate(OFFERED);
    names
}
