//! `keystead user list` and `show`.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::context::Explained;
use super::output::{self, Json};
use crate::app::App;
use crate::directory::view::UserView;
use crate::directory::{external_ids, find, users};
use crate::domain::{Role, Scopes, User};
use crate::store;

/// People read at a time.
const PAGE: i64 = 1000;

/// A client that a person may use.
#[derive(Serialize)]
struct Application {
    client_id: String,
    scopes: Scopes,
}

pub(super) async fn list(app: &App, output: Json) -> anyhow::Result<()> {
    let mut all: Vec<User> = Vec::new();
    let mut conn = app.db.read().await?;
    loop {
        let after = all.last().map_or(String::new(), |user| user.username.to_string());
        let page = store::users::list(&mut conn, &after, PAGE).await?;
        let full = page.len() as i64 == PAGE;
        all.extend(page);
        if !full {
            break;
        }
    }
    drop(conn);
    if output.json {
        return output::document(&all.iter().map(UserView::from).collect::<Vec<_>>());
    }
    let rows = all.iter().map(|user| {
        let dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
        let name = user.username.to_string();
        [name, dash(&user.display_name), dash(&user.email), role(user), state(user)]
    });
    let empty = "There is nobody yet; keystead setup-link makes the first administrator.";
    output::table(["USERNAME", "NAME", "EMAIL", "ROLE", "STATE"], rows.collect(), empty)
}

pub(super) async fn show(app: &App, name: &str, output: Json) -> anyhow::Result<()> {
    let user = find::user(&mut app.db.read().await?, name).await.explained()?;
    let (direct, inherited) = users::groups_of(app, &user).await.explained()?;
    let applications = applications(app, &user).await?;
    let external = external_ids::of_user(app, &user).await.explained()?;
    let view = UserView::from(&user);
    if output.json {
        let mut document = json!(view);
        document["groups"] = json!({ "direct": direct, "inherited": inherited });
        document["external_ids"] =
            json!(external.iter().map(|id| (&id.source, &id.value)).collect::<BTreeMap<_, _>>());
        document["applications"] = json!(applications);
        return output::document(&document);
    }
    let yes = |verified: bool| if verified { " (verified)" } else { " (not verified)" };
    let email = view.email.as_ref().map(|email| format!("{email}{}", yes(view.email_verified)));
    let since = view.password_changed_at.as_ref().map(|at| format!("set {at}"));
    let mut facts = vec![
        ("username", view.username.clone()),
        ("id", view.id.clone()),
        ("name", view.display_name.clone().unwrap_or_default()),
        ("given name", view.given_name.clone().unwrap_or_default()),
        ("family name", view.family_name.clone().unwrap_or_default()),
        ("email", email.unwrap_or_default()),
    ];
    let profile = json!(view.profile);
    let more = profile.as_object().into_iter().flatten().map(|(name, value)| readable(name, value));
    facts.push(("more", more.collect::<Vec<_>>().join("\n")));
    facts.extend([
        ("role", role(&user)),
        (
            "external ids",
            external
                .iter()
                .map(|id| format!("{}={}", id.source, id.value))
                .collect::<Vec<_>>()
                .join("\n"),
        ),
        ("state", state(&user)),
        ("password", since.unwrap_or_else(|| "none".into())),
        ("created", view.created_at.clone()),
        ("groups", direct.join(", ")),
        ("inherited", inherited.join(", ")),
    ]);
    let usable = applications.iter().map(|one| format!("{} ({})", one.client_id, one.scopes));
    facts.push(("may use", usable.collect::<Vec<_>>().join("\n")));
    output::facts(&facts)
}

async fn applications(app: &App, user: &User) -> anyhow::Result<Vec<Application>> {
    let direct = store::groups::direct(&mut app.db.read().await?, &user.id).await?;
    let registry = app.registry();
    let groups = registry.effective_groups(direct);
    let usable = registry.clients().into_iter().filter_map(|client| {
        let scopes = registry.allowed_scopes(&client.id, &groups)?;
        Some(Application { client_id: client.id.0.clone(), scopes })
    });
    Ok(usable.collect())
}

/// `phone number: +41446681800`; an address as its parts.
fn readable(name: &str, value: &Value) -> String {
    let name = name.replace('_', " ");
    match value {
        Value::Object(parts) => {
            let parts = parts.iter().map(|(part, value)| readable(part, value));
            format!("{name}: {}", parts.collect::<Vec<_>>().join(", "))
        }
        Value::String(text) => format!("{name}: {}", text.replace(['\r', '\n'], " ")),
        other => format!("{name}: {other}"),
    }
}

fn role(user: &User) -> String {
    user.role.map_or("-", Role::as_str).into()
}

fn state(user: &User) -> String {
    match user.disabled_at {
        Some(at) => format!("disabled {}", at.rfc3339()),
        None => "enabled".into(),
    }
}
