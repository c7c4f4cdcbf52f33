//! `keystead client scope-map` and `claim-map`: who may use a client, and what it is told of them.

use super::client::told;
use super::client_create::signs_people_in;
use super::context::{ACTOR, Explained};
use super::output;
use crate::app::App;
use crate::directory::claim_maps::{self, NewClaimMap};
use crate::directory::scope_maps;
use crate::domain::{Join, Scopes};

const SCOPES: &str = "\
Examples:
  keystead client scope-map netbox netbox-users openid profile email groups
  keystead client scope-map wiki everyone openid profile

The first scope map takes the place of the one that came with a template. Who is in several groups
gets the scopes of all of them.";
const CLAIMS: &str = "\
Examples:
  keystead client claim-map grafana role grafana-admins Admin
  keystead client claim-map grafana role everyone Viewer --join csv";

#[derive(clap::Args)]
#[command(after_help = SCOPES)]
pub(super) struct ScopeMapFlags {
    /// Client id or slug
    client: String,
    /// Group, by name or id; everyone is everybody with an account
    group: String,
    /// What its members may get
    #[arg(value_name = "SCOPE", required = true)]
    scopes: Vec<String>,
}

#[derive(clap::Args)]
pub(super) struct ScopeMapOf {
    /// Client id or slug
    client: String,
    /// Group, by name or id
    group: String,
}

#[derive(clap::Args)]
#[command(after_help = CLAIMS)]
pub(super) struct ClaimMapFlags {
    /// Client id or slug
    client: String,
    /// The claim's name
    claim: String,
    /// Group, by name or id
    group: String,
    /// What its members get
    #[arg(value_name = "VALUE", required = true)]
    values: Vec<String>,
    /// How the values of all groups are joined: array, csv or ssv [default: array]
    #[arg(long)]
    join: Option<Join>,
}

#[derive(clap::Args)]
pub(super) struct ClaimMapOf {
    /// Client id or slug
    client: String,
    /// The claim's name
    claim: String,
    /// Group, by name or id
    group: String,
}

impl ScopeMapFlags {
    pub async fn run(self, app: &App) -> anyhow::Result<()> {
        let scopes = Scopes::parse(&self.scopes.join(" "));
        let map = (self.group.as_str(), &scopes);
        let done = scope_maps::set(app, &ACTOR, &self.client, map).await.explained()?;
        let client = &done.value.client_id;
        let registered = app.registry().client(client);
        // Whoever may sign in is told who it is, named or not.
        let told = match registered.is_some_and(|client| signs_people_in(&client)) {
            true => ["openid".to_owned()].into_iter().collect::<Scopes>().union(&scopes),
            false => scopes,
        };
        output::say(&format!("Members of '{}' may use '{client}' with {told}.", self.group))?;
        output::note(&done.notes);
        Ok(())
    }
}

impl ScopeMapOf {
    pub async fn run(self, app: &App) -> anyhow::Result<()> {
        let removed = scope_maps::remove(app, &ACTOR, &self.client, &self.group);
        told(
            &format!("Removed the scope map of '{}' from", self.group),
            &removed.await.explained()?,
        )
    }
}

impl ClaimMapFlags {
    pub async fn run(self, app: &App) -> anyhow::Result<()> {
        let new = NewClaimMap {
            claim: self.claim,
            group: self.group.clone(),
            values: self.values,
            join: self.join,
        };
        let done = claim_maps::set(app, &ACTOR, &self.client, new).await.explained()?;
        let map = &done.value;
        let (claim, values) = (&map.claim, map.values.join(" "));
        let what = format!("Members of '{}' have {values} in '{claim}'", self.group);
        output::say(&format!("{what} at '{}'.", map.client_id))?;
        output::note(&done.notes);
        Ok(())
    }
}

impl ClaimMapOf {
    pub async fn run(self, app: &App) -> anyhow::Result<()> {
        let of = (self.claim.as_str(), self.group.as_str());
        let client = claim_maps::remove(app, &ACTOR, &self.client, of).await.explained()?;
        let (claim, group) = of;
        output::say(&format!("Removed the map of '{claim}' for '{group}' from '{}'.", client.id))
    }
}
