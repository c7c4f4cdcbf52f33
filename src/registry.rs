//! What every request reads and few change: clients, scopes, maps, groups, keys and settings, as one
//! snapshot behind one pointer.
//!
//! A change in this process replaces the snapshot before anybody is answered; a change elsewhere
//! is seen by `refresh`, which the server calls twice a second.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use arc_swap::ArcSwap;
use axum::body::Bytes;
use tokio::sync::Mutex;

use crate::domain::{
    Algorithm, ClaimMap, Client, ClientId, EVERYONE, Group, GroupId, KeyAlgorithm, Layout, Scope,
    ScopeMap, Scopes, ServerKey, Settings, Slug,
};
use crate::jose::{KeyError, Keyring};
use crate::seal::{NotOurs, Purpose, Sealer};
use crate::store::{self, Db, clients, groups, keys, maps, registry_version, scopes, settings};

/// Why a snapshot could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The database.
    #[error("the registry cannot be read: {0}")]
    Store(#[from] store::Error),
    /// A key is sealed under another secret key.
    #[error("a signing key cannot be opened: {0}")]
    Sealed(#[from] NotOurs),
    /// A key is damaged.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// The registry at one moment.
pub struct Snapshot {
    /// Grows with each change.
    pub version: i64,
    clients: HashMap<ClientId, Arc<Client>>,
    slugs: HashMap<Slug, ClientId>,
    scopes: BTreeMap<String, Scope>,
    scope_maps: HashMap<ClientId, Vec<ScopeMap>>,
    claim_maps: HashMap<ClientId, Vec<ClaimMap>>,
    groups: BTreeMap<GroupId, Group>,
    parents: HashMap<GroupId, Vec<GroupId>>,
    children: HashMap<GroupId, Vec<GroupId>>,
    keys: Vec<ServerKey>,
    settings: Arc<Settings>,
    /// What signs and verifies.
    pub keyring: Keyring,
    /// Its JWKS document, as it is sent.
    pub jwks: Bytes,
    documents: RwLock<HashMap<DocumentKey, Bytes>>,
}

/// Which metadata document: of a layout, and of a client where the layout has one for each.
pub type DocumentKey = (Layout, Option<ClientId>);

/// The pointer to the newest snapshot.
pub struct Registry {
    current: ArcSwap<Snapshot>,
    loading: Mutex<()>,
}

impl Registry {
    /// Takes the first snapshot.
    ///
    /// # Errors
    /// See `LoadError`.
    pub async fn load(db: &Db, sealer: &Sealer) -> Result<Registry, LoadError> {
        let snapshot = Snapshot::take(db, sealer, None).await?;
        Ok(Registry { current: ArcSwap::from_pointee(snapshot), loading: Mutex::new(()) })
    }

    /// The newest snapshot.
    pub fn now(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// Looks whether something changed, and takes a new snapshot if so.
    ///
    /// # Errors
    /// See `LoadError`; the former snapshot stays.
    pub async fn refresh(&self, db: &Db, sealer: &Sealer) -> Result<(), LoadError> {
        let _one_at_a_time = self.loading.lock().await;
        let before = self.now();
        if registry_version::current(&mut db.read().await?).await? != before.version {
            let snapshot = Snapshot::take(db, sealer, Some(&before.keyring)).await?;
            self.current.store(Arc::new(snapshot));
        }
        Ok(())
    }
}

impl Snapshot {
    async fn take(
        db: &Db,
        sealer: &Sealer,
        before: Option<&Keyring>,
    ) -> Result<Snapshot, LoadError> {
        let mut conn = db.read().await?.apart();
        // First the version: what changes while we read makes us read again.
        let version = registry_version::current(&mut conn).await?;
        let clients = clients::all(&mut conn).await?;
        let scopes = scopes::all(&mut conn).await?;
        let scope_maps = maps::all_scope_maps(&mut conn).await?;
        let claim_maps = maps::all_claim_maps(&mut conn).await?;
        let groups = groups::all(&mut conn).await?;
        let nestings = groups::nestings(&mut conn).await?;
        let keys = keys::all(&mut conn).await?;
        let (settings, unread) = Settings::stored(settings::all(&mut conn).await?);
        drop(conn);
        for section in unread {
            tracing::warn!(section, "settings cannot be read and are at their defaults");
        }
        let unseal = |key: &ServerKey| -> Result<Vec<u8>, LoadError> {
            Ok(sealer.open((Purpose::SigningKey, key.kid.as_str()), &key.private)?)
        };
        let keyring = Keyring::new(&keys, before, unseal)?;
        Ok(Snapshot {
            version,
            slugs: clients.iter().map(|c| (c.slug.clone(), c.id.clone())).collect(),
            clients: clients.into_iter().map(|c| (c.id.clone(), Arc::new(c))).collect(),
            scopes: scopes.into_iter().map(|s| (s.name.clone(), s)).collect(),
            scope_maps: by(scope_maps, |map| map.client_id.clone()),
            claim_maps: by(claim_maps, |map| map.client_id.clone()),
            groups: groups.into_iter().map(|g| (g.id.clone(), g)).collect(),
            children: pairs(nestings.iter().map(|n| (n.parent_id.clone(), n.child_id.clone()))),
            parents: pairs(nestings.into_iter().map(|n| (n.child_id, n.parent_id))),
            keys,
            settings: Arc::new(settings),
            jwks: keyring.jwks().to_owned().into(),
            keyring,
            documents: RwLock::default(),
        })
    }

    /// The client with this id.
    pub fn client(&self, id: &ClientId) -> Option<Arc<Client>> {
        self.clients.get(id).cloned()
    }

    /// The client with this slug.
    pub fn client_by_slug(&self, slug: &str) -> Option<Arc<Client>> {
        self.clients.get(self.slugs.get(slug)?).cloned()
    }

    /// Every client, by id.
    pub fn clients(&self) -> Vec<Arc<Client>> {
        let mut all: Vec<_> = self.clients.values().cloned().collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }

    /// Whether a client is so.
    pub fn some_client(&self, is_so: impl Fn(&Client) -> bool) -> bool {
        self.clients.values().any(|client| is_so(client))
    }

    /// Every scope, by name.
    pub fn scopes(&self) -> &BTreeMap<String, Scope> {
        &self.scopes
    }

    /// Every group.
    pub fn groups(&self) -> &BTreeMap<GroupId, Group> {
        &self.groups
    }

    /// The group with this name.
    pub fn group_by_name(&self, name: &str) -> Option<&Group> {
        self.groups.values().find(|group| group.name == name)
    }

    /// A metadata document, made once and kept as long as this snapshot is true.
    pub fn document(&self, key: DocumentKey, make: impl FnOnce() -> Bytes) -> Bytes {
        let kept = self.documents.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        kept.unwrap_or_else(|| {
            let made = make();
            let mut documents = self.documents.write().unwrap_or_else(PoisonError::into_inner);
            documents.insert(key, made.clone());
            made
        })
    }

    /// The groups that `group` is directly inside.
    pub fn parents_of(&self, group: &GroupId) -> &[GroupId] {
        self.parents.get(group).map_or(&[], Vec::as_slice)
    }

    /// The groups directly inside `group`.
    pub fn children_of(&self, group: &GroupId) -> &[GroupId] {
        self.children.get(group).map_or(&[], Vec::as_slice)
    }

    /// The keys of this server, oldest first.
    pub fn keys(&self) -> &[ServerKey] {
        &self.keys
    }

    /// The algorithms that must have a key: those that always have one, and those of clients.
    pub fn algorithms(&self) -> BTreeSet<KeyAlgorithm> {
        let wanted = self.clients.values().flat_map(|client| client.settings.algorithms());
        Algorithm::AT_ONCE.into_iter().map(KeyAlgorithm::from).chain(wanted).collect()
    }

    /// The types of authorization details that clients may use.
    pub fn details_types(&self) -> Vec<String> {
        let open = self.clients.values().filter(|client| client.disabled_at.is_none());
        let all = open.flat_map(|client| client.settings.authorization_details_types.clone());
        all.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The settings that administrators change while servers run.
    pub fn settings(&self) -> Arc<Settings> {
        self.settings.clone()
    }

    /// The scope maps of a client.
    pub fn scope_maps(&self, client: &ClientId) -> &[ScopeMap] {
        self.scope_maps.get(client).map_or(&[], Vec::as_slice)
    }

    /// The claim maps of a client.
    pub fn claim_maps(&self, client: &ClientId) -> &[ClaimMap] {
        self.claim_maps.get(client).map_or(&[], Vec::as_slice)
    }

    /// All groups of somebody put into `direct`: those, the groups around them, and `everyone`.
    pub fn effective_groups(&self, direct: Vec<GroupId>) -> BTreeSet<GroupId> {
        let mut all = BTreeSet::new();
        let mut next = direct;
        next.push(GroupId(EVERYONE.to_owned()));
        while let Some(group) = next.pop() {
            next.extend(self.parents_of(&group).iter().filter(|p| !all.contains(*p)).cloned());
            all.insert(group);
        }
        all
    }

    /// What members of these groups may get from a client; `None` if they may not use it.
    /// `openid` goes with every map: without it a sign-in would end without an ID token.
    pub fn allowed_scopes(&self, client: &ClientId, groups: &BTreeSet<GroupId>) -> Option<Scopes> {
        let matching = self.scope_maps(client).iter().filter(|map| groups.contains(&map.group_id));
        let allowed = matching.map(|map| map.scopes.0.clone()).reduce(|a, b| a.union(&b))?;
        let known: Scopes = self.scopes.keys().cloned().collect();
        Some(allowed.intersection(&known).union(&Scopes::parse("openid")))
    }
}

fn by<T, K: std::hash::Hash + Eq>(rows: Vec<T>, key: impl Fn(&T) -> K) -> HashMap<K, Vec<T>> {
    let mut all: HashMap<K, Vec<T>> = HashMap::new();
    for row in rows {
        all.entry(key(&row)).or_default().push(row);
    }
    all
}

fn pairs(all: impl Iterator<Item = (GroupId, GroupId)>) -> HashMap<GroupId, Vec<GroupId>> {
    let mut by_first: HashMap<GroupId, Vec<GroupId>> = HashMap::new();
    for (first, second) in all {
        by_first.entry(first).or_default().push(second);
    }
    by_first
}

/// Tells every server, this one included once it refreshes, that the registry changed.
///
/// # Errors
/// When the database refuses.
pub async fn changed(tx: &mut store::Tx) -> store::Result<()> {
    registry_version::bump(tx).await
}
