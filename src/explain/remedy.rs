//! Which causes Keystead can mend itself, and how.

use super::difference::{Part, uri_difference};
use super::facts::Facts;
use super::fix::{Fix, Offer};
use super::trouble::{detail, noted, refused, username};
use crate::domain::{
    Algorithm, AuthMethod, Cause, Client, Flow, FlowStep, GrantType, Pkce, Scopes,
};
use crate::integration::Library;

/// Groups that are offered at most.
const GROUPS: usize = 3;
/// The group that everybody is in.
const EVERYBODY: &str = "everyone";
/// The most by which `iat` may be back-dated.
const BACKDATE: i64 = 30;

/// What can be done about a cause, the likeliest first; last that the alarm is ended.
pub(super) fn offers(
    cause: Cause,
    flow: &Flow,
    steps: &[FlowStep],
    facts: &Facts<'_>,
) -> Vec<Offer> {
    let mut offers = match facts.client {
        Some(client) => of_client(cause, client, steps, facts),
        None => Vec::new(),
    };
    if let Some(user) = facts.username.or(username(steps)).map(str::to_owned) {
        match cause {
            Cause::UserDisabled => offers.push(Offer::of(Fix::EnableUser { user })),
            Cause::Throttled => offers.push(Offer::of(Fix::UnlockUser { user })),
            _ => {}
        }
    }
    let own = flow.cause.as_deref() == Some(cause.code());
    if let Some(group) = flow.group_id.clone().filter(|_| own) {
        offers.push(Offer::of(Fix::Dismiss { group }));
    }
    offers
}

fn of_client(cause: Cause, client: &Client, steps: &[FlowStep], facts: &Facts<'_>) -> Vec<Offer> {
    let id = || client.id.clone();
    match cause {
        Cause::RedirectUriMismatch => redirect_uri(client, steps).into_iter().collect(),
        Cause::PostLogoutUriMismatch => post_logout_uri(client, steps).into_iter().collect(),
        Cause::ClientDisabled if client.disabled_at.is_some() => {
            vec![Offer::of(Fix::EnableClient { client: id() })]
        }
        Cause::PkceMissing if !client.public && client.settings.pkce == Pkce::Required => {
            let fix = Fix::SetPkce { client: id(), pkce: Pkce::Optional };
            vec![Offer::of(fix).but(
                "PKCE protects codes on their way; better switch it on in the application, if it \
                 can.",
            )]
        }
        Cause::PkceVerifierUnexpected if client.settings.pkce == Pkce::Optional => {
            let fix = Fix::SetPkce { client: id(), pkce: Pkce::Required };
            vec![Offer::of(fix).but("Only once the application sends the challenge too.")]
        }
        Cause::GrantNotAllowed => grant(client, steps).into_iter().collect(),
        // Whoever sends a secret must not be offered as a reason to do without a signature.
        Cause::ClientAuthMethod if wants_secret(client) && sent_secret(steps) => {
            vec![Offer::of(Fix::AllowAuthMethods { client: id() })]
        }
        Cause::ConsentRequired if !client.trusted => {
            let fix = Fix::TrustClient { client: id() };
            vec![Offer::of(fix).but("For your own applications: nobody is asked any more.")]
        }
        Cause::RestartedAfterTokens => tokens(client),
        Cause::NoScopeMap => access(client, steps, facts),
        Cause::ScopeIgnored => wider(client, steps, facts).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Not where it is registered by now.
fn wants_secret(client: &Client) -> bool {
    let secret = [AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost];
    client.settings.auth_method.is_some_and(|method| secret.contains(&method))
}

fn sent_secret(steps: &[FlowStep]) -> bool {
    let secret = [AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost];
    refused(steps, "offered").is_some_and(|sent| secret.iter().any(|m| m.as_str() == sent))
}

fn redirect_uri(client: &Client, steps: &[FlowStep]) -> Option<Offer> {
    let offered = refused(steps, "offered").or(detail(steps, "asked", "redirect_uri"))?;
    if client.owns_redirect_uri(offered) {
        return None;
    }
    let fix = Fix::AddRedirectUri { client: client.id.clone(), uri: offered.to_owned() };
    Some(warned(Offer::of(fix), offered, &client.redirect_uris))
}

fn post_logout_uri(client: &Client, steps: &[FlowStep]) -> Option<Offer> {
    let offered = refused(steps, "offered")?;
    if client.owns_post_logout_redirect_uri(offered) {
        return None;
    }
    let fix = Fix::AddPostLogoutUri { client: client.id.clone(), uri: offered.to_owned() };
    Some(warned(Offer::of(fix), offered, &client.post_logout_redirect_uris))
}

/// Anybody can ask with any address: one at another host may be an attacker's.
fn warned(offer: Offer, offered: &str, registered: &[String]) -> Offer {
    let Some(difference) = uri_difference(offered, registered) else {
        return offer
            .but("Anybody can send any address: register it only if it is the application's own.");
    };
    if difference.parts.contains(&Part::Host) || difference.parts.contains(&Part::Scheme) {
        offer.but(format!(
            "It is another address than {}, and anybody can send any: whoever owns it could sign \
             in as the people who use this application, so register it only if it is the \
             application's own.",
            difference.registered
        ))
    } else {
        offer
    }
}

fn grant(client: &Client, steps: &[FlowStep]) -> Option<Offer> {
    let grant: GrantType = refused(steps, "offered")?.parse().ok()?;
    let beside = client.settings.grant_types.clone();
    if beside.contains(&grant) || (client.public && grant == GrantType::ClientCredentials) {
        return None;
    }
    Some(Offer::of(Fix::AllowGrant { client: client.id.clone(), grant, beside }))
}

/// What makes tokens acceptable to more relying parties.
fn tokens(client: &Client) -> Vec<Offer> {
    let mut offers = Vec::new();
    if client.settings.alg != Algorithm::RS256 {
        let fix = Fix::SetAlgorithm { client: client.id.clone(), alg: Algorithm::RS256 };
        let offer = Offer::of(fix);
        offers.push(match Library::of(client).accepts(client.settings.alg) {
            false => offer,
            true => offer.but("Most libraries accept the present one too."),
        });
    }
    if client.settings.iat_backdate < BACKDATE {
        let fix = Fix::SetIatBackdate { client: client.id.clone(), seconds: BACKDATE };
        offers.push(Offer::of(fix).but("It helps if the application's clock runs behind."));
    }
    offers
}

/// The person into a group that has access, or access for a group of the person.
fn access(client: &Client, steps: &[FlowStep], facts: &Facts<'_>) -> Vec<Offer> {
    let outside = |group: &&String| !facts.groups.contains(group);
    let user = facts.username;
    let members = facts.maps.iter().map(|(group, _)| group).filter(outside).take(GROUPS);
    let members = members.filter_map(|group| {
        let fix = Fix::AddMember { group: group.clone(), user: user?.to_owned() };
        Some(Offer::of(fix))
    });
    let wanted = asked(steps, facts);
    let maps = facts.groups.iter().take(GROUPS).map(|group| {
        let (client, scopes) = (client.id.clone(), wanted.clone());
        let offer = Offer::of(Fix::MapGroup { client, group: group.clone(), scopes });
        match group == EVERYBODY {
            true => offer.but("It lets everybody with an account in."),
            false => offer,
        }
    });
    members.chain(maps).collect()
}

/// The scopes that were left out, for the group through which the person gets in.
fn wider(client: &Client, steps: &[FlowStep], facts: &Facts<'_>) -> Option<Offer> {
    let asked = asked(steps, facts);
    let (group, scopes) = facts.maps.iter().find(|(group, _)| facts.groups.contains(group))?;
    let all = scopes.union(&asked);
    if all.within(scopes) {
        return None;
    }
    let (client, group) = (client.id.clone(), group.clone());
    Some(Offer::of(Fix::MapGroup { client, group, scopes: all }))
}

/// The scopes that were asked for and exist.
fn asked(steps: &[FlowStep], facts: &Facts<'_>) -> Scopes {
    let asked = Scopes::parse(noted(steps, "scope").unwrap_or("openid profile email"));
    asked.intersection(&facts.scopes.iter().cloned().collect())
}
