//! `keystead client list` and `show`.

use serde_json::{Value, json};

use super::context::Explained;
use super::output::{self, Json};
use crate::app::App;
use crate::directory::view::{ClaimMapView, ClientView, ScopeMapView};
use crate::directory::{find, registration};
use crate::domain::{Client, Layout, SecurityProfile};
use crate::layouts;
use crate::registry::Snapshot;

pub(super) fn list(app: &App, output: Json) -> anyhow::Result<()> {
    let registry = app.registry();
    let clients = registry.clients();
    if output.json {
        let all = clients.iter().map(|client| document(&registry, client));
        return output::document(&all.collect::<Vec<_>>());
    }
    let rows = clients.iter().map(|client| {
        let groups = registry.scope_maps(&client.id).iter();
        let groups: Vec<_> = groups.map(|map| find::group_name(&registry, &map.group_id)).collect();
        let users = if groups.is_empty() { "nobody".to_owned() } else { groups.join(", ") };
        let kind = if client.public { "public" } else { "confidential" };
        [client.id.0.clone(), client.name.clone(), kind.to_owned(), users, state(client)]
    });
    let empty = "There is no client yet; register one with: keystead client create --help";
    output::table(["CLIENT", "NAME", "KIND", "WHO MAY USE IT", "STATE"], rows.collect(), empty)
}

pub(super) async fn show(app: &App, name: &str, output: Json) -> anyhow::Result<()> {
    let client = find::client(&mut app.db.read().await?, name).await.explained()?;
    let registry = app.registry();
    if output.json {
        let mut document = document(&registry, &client);
        document["issuers"] = issuers(app, &client);
        return output::document(&document);
    }
    let url = app.config.public_url.as_str();
    let issuer = |layout| layouts::issuer(url, layout, &client);
    let scope_maps = registry.scope_maps(&client.id).iter().map(|map| {
        let map = ScopeMapView::new(&registry, map);
        let default = if map.default { " (from the template)" } else { "" };
        format!("{}: {}{default}", map.group, map.scopes)
    });
    let scope_maps: Vec<_> = scope_maps.collect();
    let claim_maps = registry.claim_maps(&client.id).iter().map(|map| {
        let map = ClaimMapView::new(&registry, map);
        format!("{}: {} = {} ({})", map.group, map.claim, map.values.join(" "), map.join.as_str())
    });
    let nobody = || "nobody: it has no scope map".to_owned();
    let mut facts = vec![
        ("client_id", client.id.0.clone()),
        ("name", client.name.clone()),
        ("kind", if client.public { "public" } else { "confidential" }.to_owned()),
        ("state", state(&client)),
        ("trusted", if client.trusted { "yes: no consent is asked" } else { "no" }.to_owned()),
        ("issuer", issuer(Layout::Native)),
        ("authentik", issuer(Layout::Authentik)),
        ("kanidm", issuer(Layout::Kanidm)),
        ("security profile", profile(&client).unwrap_or("its own").to_owned()),
        ("redirect URIs", client.redirect_uris.join("\n")),
        ("after sign-out", client.post_logout_redirect_uris.join("\n")),
        ("may use it", if scope_maps.is_empty() { nobody() } else { scope_maps.join("\n") }),
        ("claims", claim_maps.collect::<Vec<_>>().join("\n")),
    ];
    if let Some(registered) = registration::of(app, &client.id).await.explained()? {
        let token = registered
            .token
            .map_or("without a token".to_owned(), |name| format!("with the token {name}"));
        let from =
            registered.address.map_or_else(String::new, |address| format!(", from {address}"));
        let at = registered.registered_at.rfc3339();
        facts.push(("registered itself", format!("{at}, {token}{from}")));
    }
    let settings = json!(client.settings.0);
    let settings: Vec<(String, String)> = settings
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), text(value)))
        .collect();
    facts.extend(settings.iter().map(|(name, value)| (name.as_str(), value.clone())));
    output::facts(&facts)
}

fn profile(client: &Client) -> Option<&'static str> {
    SecurityProfile::of(client).map(SecurityProfile::as_str)
}

fn document(registry: &Snapshot, client: &Client) -> Value {
    let scope_maps = registry.scope_maps(&client.id).iter();
    let claim_maps = registry.claim_maps(&client.id).iter();
    let mut document = json!(ClientView::from(client));
    document["profile"] = json!(profile(client));
    document["scope_maps"] =
        scope_maps.map(|map| json!(ScopeMapView::new(registry, map))).collect();
    document["claim_maps"] =
        claim_maps.map(|map| json!(ClaimMapView::new(registry, map))).collect();
    document
}

fn issuers(app: &App, client: &Client) -> Value {
    let url = app.config.public_url.as_str();
    let all = Layout::ALL.into_iter();
    all.map(|layout| (layout.as_str().to_owned(), json!(layouts::issuer(url, layout, client))))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

fn state(client: &Client) -> String {
    match client.disabled_at {
        Some(at) => format!("disabled {}", at.rfc3339()),
        None => "enabled".into(),
    }
}
