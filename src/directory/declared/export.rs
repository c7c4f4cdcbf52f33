//! Writing the directory down.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::{ClaimEntry, ClientEntry, Document, GroupEntry, ScopeEntry, UserEntry};
use crate::app::App;
use crate::directory::{Result, settings};
use crate::domain::settings::SECTIONS;
use crate::domain::{Client, ClientId, EVERYONE, GroupId, Settings, User, UserId};
use crate::store::{Conn, client_owners, clients, external_ids, groups, maps, scopes, users};

/// People read at a time.
const PAGE: i64 = 1000;

const HEAD: &str = "\
# What `keystead export` wrote; bring it about with: keystead apply -f FILE --dry-run
# Passwords and client secrets do not stand here: a new client gets a secret, or the one that
# `secret: {env: NAME}` or `secret: {file: PATH}` names, and so does the mail server's `password`.
";

/// Everything there is.
///
/// # Errors
/// When the database refuses.
pub async fn export(app: &App) -> Result<Document> {
    document(&mut app.db.read().await?.apart()).await
}

/// The document for people; the same for the same directory.
///
/// # Errors
/// When it cannot be written.
pub fn yaml(document: &Document) -> std::result::Result<String, serde_saphyr::ser::Error> {
    Ok(format!("{HEAD}{}", serde_saphyr::to_string(document)?))
}

pub(super) async fn document(conn: &mut Conn) -> Result<Document> {
    let names: HashMap<GroupId, String> =
        groups::all(conn).await?.into_iter().map(|group| (group.id, group.name)).collect();
    Ok(Document {
        settings: all_settings(&settings::stored(conn).await?),
        scopes: scopes::all(conn)
            .await?
            .into_iter()
            .filter(|scope| !scope.builtin)
            .map(|s| (s.name, ScopeEntry { sentence: s.sentence, claims: s.claims.0 }))
            .collect(),
        groups: all_groups(conn, &names).await?,
        users: all_users(conn, &names).await?,
        clients: all_clients(conn, &names).await?,
    })
}

fn all_settings(settings: &Settings) -> BTreeMap<String, BTreeMap<String, Value>> {
    let of = |section: &&'static str| {
        let mut members = settings.section(section);
        if *section == "mail" {
            members.remove("password");
        }
        ((*section).to_owned(), members.into_iter().collect())
    };
    SECTIONS.iter().map(of).collect()
}

async fn all_groups(
    conn: &mut Conn,
    names: &HashMap<GroupId, String>,
) -> Result<BTreeMap<String, GroupEntry>> {
    let nestings = groups::nestings(conn).await?;
    let mut all = BTreeMap::new();
    for group in groups::all(conn).await?.into_iter().filter(|group| group.id.as_str() != EVERYONE)
    {
        let inside = nestings.iter().filter(|nesting| nesting.parent_id == group.id);
        let mut inside: Vec<_> = inside.filter_map(|n| names.get(&n.child_id).cloned()).collect();
        inside.sort();
        all.insert(group.name, GroupEntry { description: group.description, groups: inside });
    }
    Ok(all)
}

async fn all_users(
    conn: &mut Conn,
    names: &HashMap<GroupId, String>,
) -> Result<BTreeMap<String, UserEntry>> {
    let mut memberships: HashMap<UserId, Vec<String>> = HashMap::new();
    for (user, group) in groups::memberships(conn).await? {
        memberships.entry(user).or_default().extend(names.get(&group).cloned());
    }
    let mut ids: HashMap<UserId, BTreeMap<String, Vec<String>>> = HashMap::new();
    for id in external_ids::all(conn).await? {
        ids.entry(id.user_id).or_default().entry(id.source).or_default().push(id.value);
    }
    let mut all: BTreeMap<String, UserEntry> = BTreeMap::new();
    let mut after = String::new();
    loop {
        let page = users::list(conn, &after, PAGE).await?;
        let full = page.len() as i64 == PAGE;
        for user in page {
            after = user.username.to_string();
            let mut groups = memberships.remove(&user.id).unwrap_or_default();
            groups.sort();
            let ids = ids.remove(&user.id).unwrap_or_default();
            all.insert(after.clone(), UserEntry { groups, external_ids: ids, ..person(user) });
        }
        if !full {
            return Ok(all);
        }
    }
}

fn person(user: User) -> UserEntry {
    UserEntry {
        display_name: user.display_name,
        given_name: user.given_name,
        family_name: user.family_name,
        email: user.email,
        email_verified: user.email_verified,
        profile: user.profile.0,
        role: user.role,
        disabled: user.disabled_at.is_some(),
        ..UserEntry::default()
    }
}

async fn all_clients(
    conn: &mut Conn,
    names: &HashMap<GroupId, String>,
) -> Result<BTreeMap<String, ClientEntry>> {
    let all = clients::all(conn).await?.into_iter();
    let mut all: BTreeMap<ClientId, ClientEntry> =
        all.map(|client| (client.id.clone(), relying_party(client))).collect();
    for map in maps::all_scope_maps(conn).await? {
        let (Some(client), Some(group)) = (all.get_mut(&map.client_id), names.get(&map.group_id))
        else {
            continue;
        };
        client.open_by_default |= map.is_default;
        client.scope_maps.insert(group.clone(), map.scopes.0);
    }
    for map in maps::all_claim_maps(conn).await? {
        let (Some(client), Some(group)) = (all.get_mut(&map.client_id), names.get(&map.group_id))
        else {
            continue;
        };
        let claim = client.claim_maps.entry(map.claim);
        let claim = claim.or_insert_with(|| ClaimEntry { join: map.join, values: BTreeMap::new() });
        claim.values.insert(group.clone(), map.values.0);
    }
    for (id, client) in &mut all {
        let owners = client_owners::of_client(conn, id).await?;
        client.owners = owners.into_iter().map(|name| name.to_string()).collect();
    }
    Ok(all.into_iter().map(|(id, client)| (id.0, client)).collect())
}

fn relying_party(client: Client) -> ClientEntry {
    ClientEntry {
        name: client.name,
        slug: client.slug,
        public: client.public,
        trusted: client.trusted,
        disabled: client.disabled_at.is_some(),
        redirect_uris: client.redirect_uris,
        post_logout_redirect_uris: client.post_logout_redirect_uris,
        settings: client.settings.0,
        ..ClientEntry::default()
    }
}
