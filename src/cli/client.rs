//! `keystead client`: applications that people sign in to.

use std::process::ExitCode;

use serde_json::json;

use super::client_check::Check;
use super::client_create::Create;
use super::client_flags::SettingFlags;
use super::client_maps::{ClaimMapFlags, ClaimMapOf, ScopeMapFlags, ScopeMapOf};
use super::client_owners::OwnerFlags;
use super::context::{ACTOR, Context, Explained, Usage, explained};
use super::output::{self, Json};
use super::{client_check, client_create, client_show, input};
use crate::app::App;
use crate::directory::{DirectoryError, Done, Force, clients, find, secrets, uris};
use crate::domain::{Client, Secret, UriPurpose};
use crate::generator::{self, Format};

const CONFIG: &str = "\
Examples:
  keystead client config netbox                              every file
  keystead client config netbox --format configuration.py >> configuration.py

The files hold the client's secret where the application needs it.";

/// Applications that people sign in to
#[derive(clap::Subcommand)]
pub(super) enum ClientCommand {
    /// Register an application
    #[command(after_help = client_create::EXAMPLES)]
    Create(Box<Create>),
    /// List all clients
    #[command(after_help = "Example:\n  keystead client list")]
    List(Json),
    /// Show a client: its addresses, settings and maps
    #[command(after_help = "Example:\n  keystead client show netbox")]
    Show(Named),
    /// Change a client
    #[command(
        after_help = "Examples:\n  keystead client update netbox --name 'NetBox of the lab'\n  keystead client update wiki --disable"
    )]
    Update(Box<Update>),
    /// Delete a client and all that was issued to it
    #[command(after_help = "Example:\n  keystead client delete wiki")]
    Delete(Name),
    /// Register an address to which sign-ins may lead back
    #[command(
        after_help = "Examples:\n  keystead client add-redirect-uri wiki https://wiki.example.com/callback\n  keystead client add-redirect-uri wiki https://wiki.example.com/ --post-logout"
    )]
    AddRedirectUri(Uri),
    /// Forget such an address
    #[command(
        after_help = "Example:\n  keystead client remove-redirect-uri wiki https://wiki.example.com/callback"
    )]
    RemoveRedirectUri(Uri),
    /// Print the secret; the audit log remembers it
    #[command(after_help = "Example:\n  keystead client show-secret wiki")]
    ShowSecret(Named),
    /// Give it a new secret; the former one stops working at once
    #[command(
        after_help = "Examples:\n  keystead client rotate-secret wiki\n  printf %s \"$SECRET\" | keystead client rotate-secret wiki --secret-stdin"
    )]
    RotateSecret(Rotate),
    /// Let members of a group use the client, with these scopes at most
    ScopeMap(ScopeMapFlags),
    /// Take that away again
    #[command(after_help = "Example:\n  keystead client remove-scope-map wiki staff")]
    RemoveScopeMap(ScopeMapOf),
    /// Put values into a claim for members of a group
    ClaimMap(ClaimMapFlags),
    /// Take them out again
    #[command(after_help = "Example:\n  keystead client remove-claim-map wiki role staff")]
    RemoveClaimMap(ClaimMapOf),
    /// Let somebody change the application in the console
    AddOwner(OwnerFlags),
    /// Let them do so no longer
    RemoveOwner(OwnerFlags),
    /// Print ready files for the application
    #[command(after_help = CONFIG)]
    Config(ConfigFlags),
    /// Play the application against the running server, and say what does not fit
    #[command(after_help = client_check::EXAMPLES)]
    Check(Check),
}

#[derive(clap::Args)]
pub(super) struct Name {
    /// Client id or slug
    client: String,
}

#[derive(clap::Args)]
pub(super) struct Named {
    /// Client id or slug
    client: String,
    #[command(flatten)]
    output: Json,
}

#[derive(clap::Args)]
pub(super) struct Uri {
    /// Client id or slug
    client: String,
    /// The address, byte for byte as the application sends it
    uri: String,
    /// An address to which a sign-out may lead back, instead
    #[arg(long)]
    post_logout: bool,
}

#[derive(clap::Args)]
pub(super) struct Rotate {
    /// Client id or slug
    client: String,
    /// Read the new secret from standard input instead of making one
    #[arg(long)]
    secret_stdin: bool,
    #[command(flatten)]
    output: Json,
}

#[derive(clap::Args)]
pub(super) struct ConfigFlags {
    /// Client id or slug
    client: String,
    /// Which files: configuration.py, docker-env, pipeline, ... or all
    #[arg(long, default_value = "all")]
    format: Format,
}

#[derive(clap::Args)]
pub(super) struct Update {
    /// Client id or slug
    client: String,
    /// What people read
    #[arg(long)]
    name: Option<String>,
    /// Its name in authentik's URLs
    #[arg(long)]
    slug: Option<String>,
    /// Ours: people are not asked for consent
    #[arg(long, conflicts_with = "no_trusted")]
    trusted: bool,
    /// People are asked for consent
    #[arg(long)]
    no_trusted: bool,
    /// Nobody may sign in to it
    #[arg(long, conflicts_with = "enable")]
    disable: bool,
    /// People may sign in to it again
    #[arg(long)]
    enable: bool,
    /// Change sub although people may have signed in, which makes them strangers there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    settings: SettingFlags,
}

impl ClientCommand {
    pub async fn run(self, context: &Context) -> anyhow::Result<ExitCode> {
        match self {
            ClientCommand::Check(check) => check.run(context).await,
            other => other.change(context).await.map(|()| ExitCode::SUCCESS),
        }
    }

    async fn change(self, context: &Context) -> anyhow::Result<()> {
        let secret = match &self {
            ClientCommand::Create(create) if create.secret_stdin => Some(input::secret("secret")?),
            ClientCommand::RotateSecret(rotate) if rotate.secret_stdin => {
                Some(input::secret("secret")?)
            }
            _ => None,
        };
        if let ClientCommand::Update(update) = &self {
            update.check()?;
        }
        let app = context.app().await?;
        match self {
            ClientCommand::Create(create) => create.run(&app, secret).await?,
            ClientCommand::List(output) => client_show::list(&app, output)?,
            ClientCommand::Show(Named { client, output }) => {
                client_show::show(&app, &client, output).await?;
            }
            ClientCommand::Update(update) => update.run(&app).await?,
            ClientCommand::Delete(Name { client }) => {
                let client = clients::delete(&app, &ACTOR, &client).await.explained()?;
                output::say(&format!("Deleted client '{}'.", client.id))?;
            }
            ClientCommand::AddRedirectUri(uri) => {
                let done = uris::add(&app, &ACTOR, &uri.client, uri.what()).await.explained()?;
                told("Added the address to", &done)?;
            }
            ClientCommand::RemoveRedirectUri(uri) => {
                let done = uris::remove(&app, &ACTOR, &uri.client, uri.what()).await.explained()?;
                told("Removed the address from", &done)?;
            }
            ClientCommand::ShowSecret(Named { client, output }) => {
                let (client, secret) = secrets::show(&app, &ACTOR, &client).await.explained()?;
                print_secret(&client, &secret, output)?;
            }
            ClientCommand::RotateSecret(rotate) => rotate.run(&app, secret).await?,
            ClientCommand::ScopeMap(flags) => flags.run(&app).await?,
            ClientCommand::RemoveScopeMap(of) => of.run(&app).await?,
            ClientCommand::ClaimMap(flags) => flags.run(&app).await?,
            ClientCommand::RemoveClaimMap(of) => of.run(&app).await?,
            ClientCommand::AddOwner(flags) => flags.add(&app).await?,
            ClientCommand::RemoveOwner(flags) => flags.remove(&app).await?,
            ClientCommand::Config(flags) => flags.run(&app).await?,
            ClientCommand::Check(_) => {}
        }
        app.db.close().await;
        Ok(())
    }
}

impl Uri {
    fn what(&self) -> (UriPurpose, &str) {
        let purpose =
            if self.post_logout { UriPurpose::PostLogout } else { UriPurpose::Authorization };
        (purpose, &self.uri)
    }
}

impl Rotate {
    async fn run(self, app: &App, given: Option<Secret>) -> anyhow::Result<()> {
        let rotated = secrets::rotate(app, &ACTOR, &self.client, given.as_ref());
        let done = rotated.await.explained()?;
        let (client, secret) = &done.value;
        print_secret(client, secret, self.output)?;
        output::note(&done.notes);
        Ok(())
    }
}

impl Update {
    fn check(&self) -> anyhow::Result<()> {
        let named = self.name.is_some() || self.slug.is_some();
        let switched = self.trusted || self.no_trusted || self.disable || self.enable;
        if named || switched || self.settings != SettingFlags::default() {
            return Ok(());
        }
        Err(Usage("nothing to change; see: keystead client update --help").into())
    }

    async fn run(self, app: &App) -> anyhow::Result<()> {
        let force = if self.force { Force::Yes } else { Force::No };
        let name = self.client.clone();
        let now = app.clock.now();
        let done = clients::update(app, &ACTOR, (&name, None), force, move |client| {
            if let Some(name) = self.name {
                client.name = name;
            }
            if let Some(slug) = self.slug {
                client.slug = slug;
            }
            if self.trusted || self.no_trusted {
                client.trusted = self.trusted;
            }
            if self.disable && client.disabled_at.is_none() {
                client.disabled_at = Some(now);
            } else if self.enable {
                client.disabled_at = None;
            }
            self.settings.apply(&mut client.settings, client.public);
        });
        told("Updated", &done.await.explained()?)
    }
}

impl ConfigFlags {
    async fn run(self, app: &App) -> anyhow::Result<()> {
        let client = find::client(&mut app.db.read().await?, &self.client).await.explained()?;
        let secret = match secrets::show(app, &ACTOR, client.id.as_str()).await {
            Ok((_, secret)) => Some(secret),
            // Some files do without; the generator says which do not.
            Err(DirectoryError::PublicClient(_) | DirectoryError::SecretNotKept(_)) => None,
            Err(error) => return Err(explained(error)),
        };
        let url = app.config.public_url.as_str();
        let secret = secret.as_ref().map(Secret::expose);
        let files = generator::files(&client, secret, url, &self.format)?;
        let several = files.len() > 1;
        for file in &files {
            if several {
                output::say(&format!("# ==== {} ====", file.name))?;
            }
            output::print(&file.contents)?;
        }
        Ok(())
    }
}

/// What is on standard output is the secret alone.
fn print_secret(client: &Client, secret: &Secret, output: Json) -> anyhow::Result<()> {
    match output.json {
        true => {
            output::document(&json!({ "client_id": client.id, "client_secret": secret.expose() }))
        }
        false => output::say(secret.expose()),
    }
}

pub(super) fn told(verb: &str, done: &Done<Client>) -> anyhow::Result<()> {
    if done.changed {
        output::say(&format!("{verb} client '{}'.", done.value.id))?;
    }
    output::note(&done.notes);
    Ok(())
}
