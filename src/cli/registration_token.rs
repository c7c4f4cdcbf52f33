//! `keystead registration-token`: what clients register themselves with.

use serde_json::json;

use super::context::{ACTOR, Context, Explained};
use super::output::{self, Json};
use super::token::life;
use crate::app::App;
use crate::config::RegistrationPolicy;
use crate::directory::registration_tokens::{self, NewRegistrationToken, RegistrationTokenView};
use crate::domain::{Bounds, GrantType, Scopes};

const CREATE: &str = "\
Examples:
  keystead registration-token create staging --group engineering --uses 5 --expires-in 7d
  keystead registration-token create ci --redirect-host '*.apps.example.com' --scope openid

Clients send it as `Authorization: Bearer` to the registration endpoint (RFC 7591). Without --group
nobody may use them before a scope map says so. It is printed once.";

/// Tokens that clients register themselves with
#[derive(clap::Subcommand)]
pub(super) enum RegistrationTokenCommand {
    /// Make a token and print it, this once
    #[command(after_help = CREATE)]
    Create(Create),
    /// List all tokens, without what is secret about them
    #[command(after_help = "Example:\n  keystead registration-token list")]
    List(Json),
    /// Take a token back at once; clients that came by it stay
    #[command(after_help = "Example:\n  keystead registration-token revoke staging")]
    Revoke(Name),
}

#[derive(clap::Args)]
pub(super) struct Create {
    /// What to call it
    name: String,
    /// Whose members may use the clients that come by it
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// How many clients may come by it
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    uses: i64,
    /// How long it lives: 12h, 30d; at most 366d
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = life)]
    expires_in: i64,
    /// What they may ask the token endpoint for; give it once for each [default: authorization_code
    /// and refresh_token]
    #[arg(long = "grant-type", value_name = "GRANT")]
    grant_types: Vec<GrantType>,
    /// What they may be told; give it once for each [default: openid profile email address phone
    /// offline_access]
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// A host that their addresses may lead to, like app.example.com or '*.example.com'; give it
    /// once for each [default: any]
    #[arg(long = "redirect-host", value_name = "HOST")]
    redirect_hosts: Vec<String>,
    #[command(flatten)]
    output: Json,
}

#[derive(clap::Args)]
pub(super) struct Name {
    /// Name or id
    token: String,
}

impl RegistrationTokenCommand {
    pub async fn run(self, context: &Context) -> anyhow::Result<()> {
        let app = context.app().await?;
        match self {
            RegistrationTokenCommand::Create(create) => create.run(&app).await?,
            RegistrationTokenCommand::List(output) => list(&app, output).await?,
            RegistrationTokenCommand::Revoke(Name { token }) => {
                let token = registration_tokens::revoke(&app, &ACTOR, &token).await.explained()?;
                output::say(&format!("Revoked registration token '{}'.", token.name))?;
            }
        }
        app.db.close().await;
        Ok(())
    }
}

impl Create {
    async fn run(self, app: &App) -> anyhow::Result<()> {
        let mut bounds = Bounds { redirect_hosts: self.redirect_hosts, ..Bounds::default() };
        if !self.grant_types.is_empty() {
            bounds.grant_types = self.grant_types;
        }
        if !self.scopes.is_empty() {
            bounds.scopes = Scopes::parse(&self.scopes.join(" "));
        }
        let new = NewRegistrationToken {
            name: self.name,
            group: self.group,
            bounds,
            uses: self.uses,
            life: self.expires_in,
        };
        let (token, secret) = registration_tokens::create(app, &ACTOR, new).await.explained()?;
        let mut notes = Vec::new();
        if app.config.oidc.registration.policy == RegistrationPolicy::Off {
            notes.push(
                "oidc.registration is off in the settings of this command: set it to token where \
                 the server runs for this to count."
                    .to_owned(),
            );
        }
        if self.output.json {
            let view = RegistrationTokenView::new(&app.registry(), &token, app.clock.now());
            let mut document = json!(view);
            document["token"] = json!(secret.expose());
            output::note(&notes);
            return output::document(&document);
        }
        output::say(secret.expose())?;
        notes.push(format!(
            "It works until {}, and is not shown again.",
            token.expires_at.rfc3339()
        ));
        output::note(&notes);
        Ok(())
    }
}

async fn list(app: &App, output: Json) -> anyhow::Result<()> {
    let (registry, now) = (app.registry(), app.clock.now());
    let all = registration_tokens::list(app).await.explained()?;
    let views = all.iter().map(|token| RegistrationTokenView::new(&registry, token, now));
    let views: Vec<RegistrationTokenView> = views.collect();
    if output.json {
        return output::document(&views);
    }
    let rows = views.into_iter().map(|token| {
        let until = if token.works { token.expires_at } else { "works no more".into() };
        let group = token.group.unwrap_or_else(|| "nobody yet".into());
        let uses = token.uses_left.to_string();
        [token.name, group, token.scopes.to_string(), uses, until]
    });
    let headings = ["TOKEN", "WHO MAY USE THE CLIENTS", "SCOPES", "USES LEFT", "WORKS UNTIL"];
    output::table(headings, rows.collect(), "There are no registration tokens.")
}
