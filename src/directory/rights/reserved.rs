//! What administrators alone make of a client, whoever else may change it.

use super::administer;
use crate::directory::Result;
use crate::domain::{Actor, Client};

/// Refuses to go on where a client would become what administrators alone make of one. An owner
/// may close their application, but not undo that an administrator closed it.
pub(in crate::directory) fn keep_bounds(
    actor: &Actor,
    (before, after): (&Client, &Client),
) -> Result<()> {
    let widens = |client: &Client| {
        after
            .settings
            .response_types
            .iter()
            .any(|one| !client.settings.response_types.contains(one))
    };
    let called = |client: &Client| {
        (client.settings.sub.clone(), client.settings.sector_identifier_uri.clone())
    };
    let trust = |client: &Client| {
        let settings = &client.settings;
        let exchanged = (settings.token_exchange.clone(), settings.exchange_for.clone());
        (exchanged, settings.may_act, settings.trusted_issuers.clone())
    };
    let told = |client: &Client| {
        let settings = &client.settings;
        (
            settings.backchannel_logout_session_required,
            settings.frontchannel_logout_session_required,
        )
    };
    let logo = |client: &Client| client.settings.logo_uri.clone();
    let opens = before.disabled_at.is_some() && after.disabled_at.is_none();
    for (changes, what) in [
        (before.trusted != after.trusted, "decide whether an application asks for consent"),
        (called(before) != called(after), "decide what an application calls people"),
        (logo(before) != logo(after), "decide from where people load the logo"),
        (before.slug != after.slug, "change the slug of an application, and with it its URLs"),
        (opens, "open an application again"),
        (
            before.settings.request_uris != after.settings.request_uris,
            "say from where this server fetches the requests of an application",
        ),
        (
            before.settings.jwks_uri != after.settings.jwks_uri,
            "say which address this server asks for the keys of an application",
        ),
        (
            before.settings.backchannel_logout_uri != after.settings.backchannel_logout_uri,
            "say which address this server tells of sign-outs",
        ),
        (
            before.settings.frontchannel_logout_uri != after.settings.frontchannel_logout_uri,
            "say which address is framed when people sign out",
        ),
        (
            before.settings.resources != after.settings.resources
                || before.settings.authorization_details_types
                    != after.settings.authorization_details_types,
            "decide what an application may ask tokens for",
        ),
        (
            trust(before) != trust(after),
            "decide whose tokens and assertions an application may exchange",
        ),
        (told(before) != told(after), "decide what an application is told of sign-outs"),
        (widens(before), "let an application get tokens through the browser"),
    ] {
        if changes {
            administer(actor, what)?;
        }
    }
    Ok(())
}
