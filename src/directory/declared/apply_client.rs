//! Bringing a client about: itself, its addresses, its secret and its maps.

use std::collections::BTreeMap;

use super::apply::{At, DeclaredError, Work, wrong};
use super::{ClaimEntry, ClientEntry};
use crate::directory::claim_maps::{self, NewClaimMap};
use crate::directory::clients::{self, NewClient};
use crate::directory::forms::{ClaimForm, ClientForm};
use crate::directory::together::begin;
use crate::directory::{DirectoryError, Force, find, owners, scope_maps, secrets, uris};
use crate::domain::{Client, ClientSettings, Scopes, Secret, UriPurpose};

impl Work<'_> {
    pub(super) async fn client(
        &mut self,
        id: &str,
        form: &ClientForm,
    ) -> Result<(), DeclaredError> {
        let secret = match &form.secret {
            None => None,
            Some(source) => {
                let found = (self.options.secret)(source);
                Some(found.map_err(|problem| wrong(&["clients", id, "secret"], problem))?)
            }
        };
        let before = match self.before.clients.get(id).cloned() {
            None => {
                self.new_client(id, form, secret).await?;
                ClientEntry::default()
            }
            Some(before) => {
                self.changed_client(id, (&before, form)).await?;
                self.secret(id, secret).await?;
                before
            }
        };
        if let Some(wanted) = &form.owners {
            self.owners(id, (&before.owners, wanted)).await?;
        }
        if let Some(wanted) = &form.scope_maps {
            self.scope_maps(id, (&before, wanted)).await?;
        }
        for (claim, wanted) in form.claim_maps.iter().flatten() {
            self.claim_map(id, claim, (before.claim_maps.get(claim), wanted)).await?;
        }
        if let Some(wanted) = &form.claim_maps {
            for (claim, gone) in &before.claim_maps {
                if !wanted.contains_key(claim) {
                    self.claim_map(id, claim, (Some(gone), &ClaimForm::default())).await?;
                }
            }
        }
        Ok(())
    }

    async fn new_client(
        &mut self,
        id: &str,
        form: &ClientForm,
        secret: Option<Secret>,
    ) -> Result<(), DeclaredError> {
        let path = ["clients", id];
        let mut settings = ClientSettings::default();
        form.settings.apply(&mut settings);
        let new = NewClient {
            id: id.to_owned(),
            name: form.name.clone(),
            slug: form.slug.clone(),
            public: form.public.unwrap_or_default(),
            trusted: form.trusted.unwrap_or_default(),
            secret,
            settings,
            redirect_uris: form.redirect_uris.clone().unwrap_or_default(),
            post_logout_redirect_uris: form.post_logout_redirect_uris.clone().unwrap_or_default(),
            scopes_of_everyone: Scopes::default(),
        };
        let generated = !new.public && new.secret.is_none();
        let done = clients::create(self.app, self.actor, new).await.at(&path)?;
        self.noted(done);
        if generated {
            let note =
                format!("'{id}' got a secret; print it with: keystead client show-secret {id}");
            self.notes.push(note);
        }
        if form.disabled == Some(true) {
            let now = self.app.clock.now();
            let off = clients::update(self.app, self.actor, (id, None), Force::No, move |client| {
                client.disabled_at = Some(now);
            });
            off.await.at(&path)?;
        }
        Ok(())
    }

    async fn changed_client(
        &mut self,
        id: &str,
        (before, form): (&ClientEntry, &ClientForm),
    ) -> Result<(), DeclaredError> {
        if form.public.is_some_and(|public| public != before.public) {
            let problem =
                "a client stays public or confidential for good; delete it and make another";
            return Err(wrong(&["clients", id, "public"], problem));
        }
        let now = self.app.clock.now();
        let wanted = form.clone();
        let edit = move |client: &mut Client| wanted.write(client, now);
        let done = clients::update(self.app, self.actor, (id, None), self.options.force, edit);
        let done = done.await.at(&["clients", id])?;
        self.noted(done);
        let (codes, sign_outs) = (UriPurpose::Authorization, UriPurpose::PostLogout);
        let uris = (before.redirect_uris.as_slice(), form.redirect_uris.as_ref());
        self.uris(id, ("redirect_uris", codes), uris).await?;
        let uris =
            (before.post_logout_redirect_uris.as_slice(), form.post_logout_redirect_uris.as_ref());
        self.uris(id, ("post_logout_redirect_uris", sign_outs), uris).await
    }

    async fn uris(
        &mut self,
        id: &str,
        (name, purpose): (&str, UriPurpose),
        (before, wanted): (&[String], Option<&Vec<String>>),
    ) -> Result<(), DeclaredError> {
        let Some(wanted) = wanted else { return Ok(()) };
        let path = ["clients", id, name];
        for uri in wanted.iter().filter(|uri| !before.contains(uri)) {
            let done = uris::add(self.app, self.actor, id, (purpose, uri)).await.at(&path)?;
            self.noted(done);
        }
        for uri in before.iter().filter(|uri| !wanted.contains(uri)) {
            uris::remove(self.app, self.actor, id, (purpose, uri)).await.at(&path)?;
        }
        Ok(())
    }

    async fn owners(
        &mut self,
        id: &str,
        (before, wanted): (&[String], &[String]),
    ) -> Result<(), DeclaredError> {
        let path = ["clients", id, "owners"];
        for name in wanted.iter().filter(|name| !before.contains(name)) {
            let done = owners::add(self.app, self.actor, id, name).await.at(&path)?;
            self.noted(done);
        }
        for name in before.iter().filter(|name| !wanted.contains(name)) {
            owners::remove(self.app, self.actor, id, name).await.at(&path)?;
        }
        Ok(())
    }

    async fn secret(&mut self, id: &str, secret: Option<Secret>) -> Result<(), DeclaredError> {
        let Some(secret) = secret else { return Ok(()) };
        let path = ["clients", id, "secret"];
        let known = {
            let mut tx = begin(self.app).await?;
            let client = find::client(&mut tx, id).await?;
            if client.public {
                return Err(DirectoryError::PublicClient(client.id.0)).at(&path);
            }
            client.knows_secret(&secret)
        };
        if !known {
            let done = secrets::rotate(self.app, self.actor, id, Some(&secret)).await.at(&path)?;
            self.noted(done);
            self.secrets.push(("client", id.to_owned(), "secret"));
        }
        Ok(())
    }

    async fn scope_maps(
        &mut self,
        id: &str,
        (before, wanted): (&ClientEntry, &BTreeMap<String, Scopes>),
    ) -> Result<(), DeclaredError> {
        let path = ["clients", id, "scope_maps"];
        if before.scope_maps == *wanted {
            return Ok(());
        }
        for group in before.scope_maps.keys().filter(|group| !wanted.contains_key(*group)) {
            let done = scope_maps::remove(self.app, self.actor, id, group).await.at(&path)?;
            // That nobody may use it is true only if nothing else is wanted.
            if wanted.is_empty() {
                self.noted(done);
            }
        }
        for (group, scopes) in wanted {
            // The first map of an administrator takes the place of the template's own.
            if before.open_by_default || before.scope_maps.get(group) != Some(scopes) {
                let set = scope_maps::set(self.app, self.actor, id, (group, scopes)).await;
                set.at(&["clients", id, "scope_maps", group])?;
            }
        }
        Ok(())
    }

    async fn claim_map(
        &mut self,
        id: &str,
        claim: &str,
        (before, wanted): (Option<&ClaimEntry>, &ClaimForm),
    ) -> Result<(), DeclaredError> {
        let path = ["clients", id, "claim_maps", claim];
        let usual = ClaimEntry::default();
        let had = before.unwrap_or(&usual);
        let join = wanted.join.unwrap_or(had.join);
        // Values that fit the former way of joining need not fit the new one.
        let anew = join != had.join;
        for group in had.values.keys() {
            if anew || !wanted.values.contains_key(group) {
                let gone = claim_maps::remove(self.app, self.actor, id, (claim, group)).await;
                gone.at(&path)?;
            }
        }
        for (group, values) in &wanted.values {
            if anew || had.values.get(group) != Some(values) {
                let new = NewClaimMap {
                    claim: claim.to_owned(),
                    group: group.clone(),
                    values: values.clone(),
                    join: Some(join),
                };
                claim_maps::set(self.app, self.actor, id, new).await.at(&path)?;
            }
        }
        Ok(())
    }
}
