//! Applying what the explainer offers: each fix by the function that an administrator would use, with
//! its checks and its line of the audit log.

use super::members::{self, Members};
use super::{
    DirectoryError, Done, Force, Result, clients, credentials, failures, find, scope_maps, uris,
    users,
};
use crate::app::App;
use crate::domain::{Actor, FailureId, Role, UriPurpose};
use crate::explain::{Fix, Offer, Story, Trouble};

/// What a flow offers, of what stopped it first, then of what was noticed beside.
pub fn offered(story: &Story) -> Vec<&Offer> {
    let troubles: Vec<&Trouble> = story.trouble.iter().chain(&story.noticed).collect();
    let mut all: Vec<&Offer> = Vec::new();
    for offer in troubles.iter().flat_map(|trouble| &trouble.offers) {
        if all.iter().all(|known| known.fix != offer.fix) {
            all.push(offer);
        }
    }
    // To look away comes last, whatever else there is.
    all.sort_by_key(|offer| matches!(offer.fix, Fix::Dismiss { .. }));
    all
}

/// Whether somebody could apply a fix at all. What an owner reaches tells nothing of people.
pub fn reaches(actor: &Actor, fix: &Fix) -> bool {
    match actor {
        Actor::CommandLine | Actor::System => true,
        Actor::Staff(staff) => match staff.role() {
            Role::Administrator => true,
            Role::ApplicationOwner => matches!(
                fix,
                Fix::AddRedirectUri { .. }
                    | Fix::AddPostLogoutUri { .. }
                    | Fix::SetAlgorithm { .. }
                    | Fix::SetPkce { .. }
                    | Fix::AllowGrant { .. }
                    | Fix::AllowAuthMethods { .. }
                    | Fix::SetIatBackdate { .. }
                    | Fix::Dismiss { .. }
            ),
            Role::Auditor | Role::Helpdesk => false,
        },
        Actor::User(..) | Actor::Client(_) | Actor::Anonymous => false,
    }
}

/// Sees whether a fix could be applied now, without applying it.
///
/// # Errors
/// The reason why not.
pub async fn check(app: &App, fix: &Fix) -> Result<()> {
    let mut conn = app.db.read().await?;
    match fix {
        Fix::AddRedirectUri { client, uri } | Fix::AddPostLogoutUri { client, uri } => {
            let client = find::client(&mut conn, client.as_str()).await?;
            uris::check(client.public, uri)?;
        }
        Fix::SetAlgorithm { client, .. }
        | Fix::SetPkce { client, .. }
        | Fix::AllowGrant { client, .. }
        | Fix::AllowAuthMethods { client }
        | Fix::SetIatBackdate { client, .. }
        | Fix::EnableClient { client }
        | Fix::TrustClient { client } => {
            find::client(&mut conn, client.as_str()).await?;
        }
        Fix::MapGroup { client, group, .. } => {
            find::client(&mut conn, client.as_str()).await?;
            find::group(&mut conn, group).await?;
        }
        Fix::AddMember { group, user } => {
            find::group(&mut conn, group).await?;
            find::user(&mut conn, user).await?;
        }
        Fix::EnableUser { user } | Fix::UnlockUser { user } => {
            find::user(&mut conn, user).await?;
        }
        Fix::Dismiss { group } => {
            if crate::store::failures::find(&mut conn, group).await?.is_none() {
                return Err(find::not_found("failure", group.as_str(), []));
            }
        }
    }
    Ok(())
}

/// Applies a fix and marks the failures that it mends as solved.
///
/// # Errors
/// As `apply`.
pub async fn mend(
    app: &App,
    actor: &Actor,
    fix: &Fix,
    group: Option<&FailureId>,
) -> Result<Done<()>> {
    let mut done = apply(app, actor, fix).await?;
    let dismissed = matches!(fix, Fix::Dismiss { .. });
    if let Some(group) = group.filter(|_| done.changed && !dismissed) {
        match failures::solve(app, actor, group).await {
            Ok(solved) if solved.changed => {
                done.notes.push(format!("The failures {group} are marked as solved."));
            }
            // What was to be mended is.
            Ok(_) | Err(DirectoryError::NotFound { .. } | DirectoryError::NotAllowed(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

/// Applies a fix.
///
/// # Errors
/// When what it changes may not be so; see the function that does the same by hand.
pub async fn apply(app: &App, actor: &Actor, fix: &Fix) -> Result<Done<()>> {
    match fix {
        Fix::AddRedirectUri { client, uri } => {
            let what = (UriPurpose::Authorization, uri.as_str());
            Ok(told(uris::add(app, actor, client.as_str(), what).await?))
        }
        Fix::AddPostLogoutUri { client, uri } => {
            let what = (UriPurpose::PostLogout, uri.as_str());
            Ok(told(uris::add(app, actor, client.as_str(), what).await?))
        }
        Fix::MapGroup { client, group, scopes } => {
            let what = (group.as_str(), scopes);
            Ok(told(scope_maps::set(app, actor, client.as_str(), what).await?))
        }
        Fix::AddMember { group, user } => {
            let whom = Members { users: vec![user.clone()], groups: Vec::new() };
            Ok(told(members::add(app, actor, group, &whom).await?))
        }
        Fix::EnableUser { user } => Ok(told(users::enable(app, actor, user).await?)),
        Fix::UnlockUser { user } => Ok(told(credentials::unlock(app, actor, user).await?)),
        Fix::Dismiss { group } => Ok(told(failures::solve(app, actor, group).await?)),
        Fix::SetAlgorithm { client, .. }
        | Fix::SetPkce { client, .. }
        | Fix::AllowGrant { client, .. }
        | Fix::AllowAuthMethods { client }
        | Fix::SetIatBackdate { client, .. }
        | Fix::EnableClient { client }
        | Fix::TrustClient { client } => set(app, actor, client.as_str(), fix).await,
    }
}

/// Changes a setting of a client.
async fn set(app: &App, actor: &Actor, client: &str, fix: &Fix) -> Result<Done<()>> {
    let fix = fix.clone();
    let done = clients::update(app, actor, (client, None), Force::No, move |client| match fix {
        Fix::SetAlgorithm { alg, .. } => client.settings.alg = alg,
        Fix::SetPkce { pkce, .. } => client.settings.pkce = pkce,
        Fix::AllowGrant { grant, .. } => {
            client.settings.grant_types.retain(|known| *known != grant);
            client.settings.grant_types.push(grant);
        }
        Fix::AllowAuthMethods { .. } => client.settings.auth_method = None,
        Fix::SetIatBackdate { seconds, .. } => client.settings.iat_backdate = seconds,
        Fix::EnableClient { .. } => client.disabled_at = None,
        Fix::TrustClient { .. } => client.trusted = true,
        _ => {}
    });
    Ok(told(done.await?))
}

fn told<T>(done: Done<T>) -> Done<()> {
    Done { value: (), notes: done.notes, changed: done.changed }
}
