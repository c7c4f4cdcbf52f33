//! `keystead token`: what machines call the API with.

use serde_json::json;

use super::context::{ACTOR, Context, Explained};
use super::output::{self, Json};
use super::when::{self, When};
use crate::app::App;
use crate::directory::api_tokens::{self, NewToken};
use crate::directory::find;
use crate::domain::{ApiScope, Timestamp};

const CREATE: &str = "\
Examples:
  keystead token create ci --user alice --scope read
  keystead token create onboarding --user alice --scope read --scope users:write --expires-in 30d

It acts for that person, within their role, and dies with the role or the account. Scopes: read,
users:write, roles:write, groups:write, clients:write, keys:write, settings:write,
sessions:write. It is printed once.";

/// Tokens that machines call the API with
#[derive(clap::Subcommand)]
pub(super) enum TokenCommand {
    /// Make a token and print it, this once
    #[command(after_help = CREATE)]
    Create(Create),
    /// List all tokens, without what is secret about them
    #[command(after_help = "Example:\n  keystead token list")]
    List(Json),
    /// Take a token back at once
    #[command(after_help = "Example:\n  keystead token revoke inventory")]
    Revoke(Name),
}

#[derive(clap::Args)]
pub(super) struct Create {
    /// What to call it
    name: String,
    /// Whom it acts for, by username, id or e-mail address; they must hold a role
    #[arg(long, value_name = "USER")]
    user: String,
    /// What it may do; give it once for each
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    scopes: Vec<ApiScope>,
    /// How long it lives: 12h, 30d; at most 366d
    #[arg(long, value_name = "TIME", default_value = "90d", value_parser = life)]
    expires_in: i64,
    #[command(flatten)]
    output: Json,
}

#[derive(clap::Args)]
pub(super) struct Name {
    /// Name or id
    token: String,
}

impl TokenCommand {
    pub async fn run(self, context: &Context) -> anyhow::Result<()> {
        let app = context.app().await?;
        match self {
            TokenCommand::Create(create) => create.run(&app).await?,
            TokenCommand::List(output) => list(&app, output).await?,
            TokenCommand::Revoke(Name { token }) => {
                let token = api_tokens::revoke(&app, &ACTOR, &token).await.explained()?;
                output::say(&format!("Revoked token '{}'.", token.name))?;
            }
        }
        app.db.close().await;
        Ok(())
    }
}

impl Create {
    async fn run(self, app: &App) -> anyhow::Result<()> {
        let new = NewToken {
            name: self.name,
            user: self.user,
            scopes: self.scopes.into_iter().collect(),
            life: self.expires_in,
        };
        let (token, secret) = api_tokens::create(app, &ACTOR, new).await.explained()?;
        if !self.output.json {
            output::say(secret.expose())?;
            output::note(&[format!(
                "It works until {}, and is not shown again.",
                token.expires_at.rfc3339()
            )]);
            return Ok(());
        }
        let mut conn = app.db.read().await?;
        let user = find::user(&mut conn, token.user_id.as_str()).await.explained()?;
        let view = api_tokens::view(&token, Some(&user), app.clock.now());
        let mut document = json!(view);
        document["token"] = json!(secret.expose());
        output::document(&document)
    }
}

async fn list(app: &App, output: Json) -> anyhow::Result<()> {
    let all = api_tokens::list(app).await.explained()?;
    if output.json {
        return output::document(&all);
    }
    let rows = all.into_iter().map(|token| {
        let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
        let used = token.last_used_at.unwrap_or_else(|| "never".into());
        let until = if token.works { token.expires_at } else { "works no more".into() };
        [token.name, token.user, scopes.join(" "), until, used]
    });
    let headings = ["TOKEN", "USER", "SCOPES", "WORKS UNTIL", "LAST USED"];
    output::table(headings, rows.collect(), "There are no tokens.")
}

/// A length of time, as `30d`.
pub(super) fn life(text: &str) -> Result<i64, String> {
    match text.parse::<When>() {
        Ok(ago @ When::Ago(_)) => Ok(-when::moment(ago, Timestamp(0)).0),
        _ => Err("write a number with m, h, d or w, like 30d".to_owned()),
    }
}
