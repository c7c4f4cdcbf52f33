//! `keystead client check`: play the relying party against the running server.

use std::process::ExitCode;
use std::time::Duration;

use serde_json::json;

use super::context::{Context, Explained};
use super::output::{self, Json};
use crate::app::App;
use crate::directory::{find, secrets};
use crate::explain::harmless;
use crate::integration::{self, Expected, Library, Verdict};
use crate::outbound;

pub(super) const EXAMPLES: &str = "\
Examples:
  keystead client check netbox
  keystead client check netbox --as social-core:4.8.3    as NetBox 4.4 has it
  keystead client check wiki --as generic --json

It asks the public URL, so the server must run. Exit status 1 if sign-ins cannot work so.";

/// By then a running server has noticed what was changed just before: it must not look like a fault.
const NOTICED: Duration = Duration::from_secs(1);

#[derive(clap::Args)]
pub(super) struct Check {
    /// Client id or slug
    client: String,
    /// What the application is made of: social-core, social-core:VERSION or generic; told from the
    /// client where it is not given
    #[arg(long = "as", value_name = "LIBRARY")]
    library: Option<Library>,
    #[command(flatten)]
    output: Json,
}

impl Check {
    pub async fn run(self, context: &Context) -> anyhow::Result<ExitCode> {
        let app = context.app().await?;
        let result = self.check(&app).await;
        app.db.close().await;
        result
    }

    async fn check(self, app: &App) -> anyhow::Result<ExitCode> {
        let client = find::client(&mut app.db.read().await?, &self.client).await.explained()?;
        let library = self.library.unwrap_or_else(|| Library::of(&client));
        let maps = find::maps(&app.registry(), &client.id);
        let expected = Expected {
            issuer: app.config.public_url.as_str(),
            client: &client,
            library,
            maps: &maps,
            serves_tls: app.config.tls.is_some(),
            trusts_proxy: !app.config.trusted_proxies.is_empty(),
        };
        let secret = secrets::known(app, &client);
        tokio::time::sleep(NOTICED).await;
        let observed = outbound::observe(&expected, secret.as_ref(), &app.clock).await?;
        let findings = integration::check(&expected, &observed);
        let verdict = integration::verdict(&findings);
        if self.output.json {
            let document = json!({
                "client_id": client.id,
                "library": library.to_string(),
                "verdict": verdict,
                "findings": findings,
            });
            output::document(&document)?;
        } else {
            output::say(&format!("'{}' as {library}, at {}:\n", client.id, expected.issuer))?;
            for finding in &findings {
                let verdict = match finding.verdict {
                    Verdict::Ok => "ok  ",
                    Verdict::Warn => "warn",
                    Verdict::Fail => "FAIL",
                };
                let sentence = harmless(&finding.sentence);
                output::say(&format!("{verdict}  {}: {sentence}", finding.id))?;
                if let Some(fix) = &finding.fix {
                    output::say(&format!("      {}", harmless(fix)))?;
                }
            }
        }
        Ok(if verdict == Verdict::Fail { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}
