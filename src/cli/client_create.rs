//! `keystead client create`: register an application, from a template or by hand.

use serde_json::json;

use super::client_flags::SettingFlags;
use super::context::{ACTOR, Explained};
use super::output::{self, Json};
use crate::app::App;
use crate::directory::Done;
use crate::directory::clients::{self, Created, NewClient};
use crate::directory::view::ClientView;
use crate::domain::{Client, Scopes, Secret};
use crate::generator;

pub(super) const EXAMPLES: &str = "\
Examples:
  keystead client create netbox --template netbox --url https://netbox.example.com
  keystead client create wiki --name Wiki --redirect-uri https://wiki.example.com/oidc/callback
  keystead client create cli --public --redirect-uri http://127.0.0.1/callback
  keystead client create backup --grant-type client_credentials

With a template everybody may use the application until the first scope map is set; without one,
nobody may before.";

/// A client to be.
#[derive(clap::Args)]
pub(super) struct Create {
    /// The client id: 1 to 64 letters, digits, '-', '_' or '.'
    #[arg(value_name = "CLIENT_ID")]
    id: String,
    /// What people read [default: the template's name, or the client id]
    #[arg(long)]
    name: Option<String>,
    /// Fill in what the application needs: netbox, argocd, gitea, gitlab, grafana, immich, jenkins,
    /// nextcloud, oauth2-proxy, paperless, portainer, proxmox, web, spa, native or machine
    #[arg(long)]
    template: Option<String>,
    /// The application's own address, from which the template works out the rest
    #[arg(long, requires = "template")]
    url: Option<String>,
    /// An address to which sign-ins may lead back, byte for byte as the application sends it
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// An address to which a sign-out may lead back
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    post_logout_redirect_uris: Vec<String>,
    /// It cannot keep a secret: it runs in a browser or on a device
    #[arg(long)]
    public: bool,
    /// Ours: people are not asked for consent
    #[arg(long)]
    trusted: bool,
    /// Its name in authentik's URLs [default: from the client id]
    #[arg(long)]
    slug: Option<String>,
    /// Read the secret from standard input instead of making one
    #[arg(long, conflicts_with = "public")]
    pub secret_stdin: bool,
    #[command(flatten)]
    output: Json,
    #[command(flatten)]
    settings: SettingFlags,
}

impl Create {
    pub async fn run(self, app: &App, secret: Option<Secret>) -> anyhow::Result<()> {
        let output = self.output;
        let brought = secret.is_some();
        let (new, notes) = self.plan(secret)?;
        let everyone = new.scopes_of_everyone.clone();
        let mut done = clients::create(app, &ACTOR, new).await.explained()?;
        done.notes.extend(notes);
        if brought {
            // Whoever brought it has it.
            done.value.secret = None;
        }
        if output.json {
            let mut document = json!(ClientView::from(&done.value.client));
            document["client_secret"] = json!(done.value.secret.as_ref().map(Secret::expose));
            output::note(&done.notes);
            return output::document(&document);
        }
        told(app, &done, &everyone)
    }

    fn plan(self, secret: Option<Secret>) -> anyhow::Result<(NewClient, Vec<String>)> {
        let mut new = NewClient {
            id: self.id,
            name: self.name,
            slug: self.slug,
            public: self.public,
            trusted: self.trusted,
            secret,
            ..NewClient::default()
        };
        let mut notes = Vec::new();
        if let Some(name) = &self.template {
            let template = generator::template(name)?;
            let plan = template.plan(self.url.as_deref())?;
            new.public |= plan.public;
            new.settings = plan.settings;
            new.redirect_uris = plan.redirect_uris;
            new.post_logout_redirect_uris = plan.post_logout_redirect_uris;
            new.scopes_of_everyone = plan.scopes.into_iter().collect();
            new.name.get_or_insert_with(|| template.name.clone());
            notes = plan.notes;
        }
        for (uris, given) in [
            (&mut new.redirect_uris, self.redirect_uris),
            (&mut new.post_logout_redirect_uris, self.post_logout_redirect_uris),
        ] {
            for uri in given {
                if !uris.contains(&uri) {
                    uris.push(uri);
                }
            }
        }
        self.settings.apply(&mut new.settings, new.public);
        Ok((new, notes))
    }
}

fn told(app: &App, done: &Done<Created>, everyone: &Scopes) -> anyhow::Result<()> {
    let Created { client, secret } = &done.value;
    let without = if client.public { "none, since it is a public client" } else { "as given" };
    let secret = secret.as_ref().map_or(without, Secret::expose);
    output::say(&format!("Created client '{}'.\n", client.id))?;
    output::facts(&[
        ("issuer", app.config.public_url.to_string()),
        ("client_id", client.id.0.clone()),
        ("client_secret", secret.to_owned()),
        ("redirect_uri", client.redirect_uris.join("\n")),
        ("post_logout_redirect_uri", client.post_logout_redirect_uris.join("\n")),
        ("may use it", who(client, everyone)),
    ])?;
    let id = &client.id;
    let next = match (signs_people_in(client), everyone.is_empty()) {
        (false, _) => format!("keystead client scope-map {id} everyone SCOPE, for scopes of yours"),
        (true, true) => format!("keystead client scope-map {id} GROUP openid profile email"),
        (true, false) => format!("keystead client config {id}"),
    };
    output::say(&format!("\nNext: {next}"))?;
    output::note(&done.notes);
    Ok(())
}

pub(super) fn signs_people_in(client: &Client) -> bool {
    client.settings.signs_people_in()
}

fn who(client: &Client, everyone: &Scopes) -> String {
    match everyone.is_empty() {
        _ if !signs_people_in(client) => "itself; nobody signs in to it".to_owned(),
        true => "nobody yet, before it has a scope map".to_owned(),
        false => format!("everyone ({everyone}), until the first scope map is set"),
    }
}
