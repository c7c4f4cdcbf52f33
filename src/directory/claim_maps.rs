//! Claim maps: values in a claim that follow from group membership.

use sqlx::types::Json;

use super::{DirectoryError, Done, Result, begin_as, find, publish, rights};
use crate::app::App;
use crate::domain::{Actor, ClaimMap, Client, Join};
use crate::explain::audit::Entry;
use crate::store::maps;

/// Claims that the protocol itself sets.
const RESERVED: [&str; 18] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "nonce",
    "auth_time",
    "acr",
    "amr",
    "azp",
    "sid",
    "at_hash",
    "c_hash",
    "s_hash",
    "client_id",
    "scope",
];
/// Claims that are no text: clients would stumble over a list.
const TYPED: [&str; 4] = ["email_verified", "phone_number_verified", "updated_at", "address"];
/// What clients take for the person's own, and know whether it was verified.
const OWN: [&str; 2] = ["email", "phone_number"];
/// By these, clients take one person for another.
const NAMES: [&str; 2] = ["nickname", "preferred_username"];
/// Standard claims in which clients expect one text (OpenID Connect Core 5.1).
const SINGLE: [&str; 13] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
];

/// A claim map to be.
#[derive(Debug, Clone, Default)]
pub struct NewClaimMap {
    /// The claim's name.
    pub claim: String,
    /// The group, by name or id.
    pub group: String,
    /// What its members get.
    pub values: Vec<String>,
    /// How values are joined, in all maps of this claim; stays as it is unless given.
    pub join: Option<Join>,
}

/// Gives members of a group values in a claim.
///
/// # Errors
/// When the claim is the protocol's own, or a value does not fit the way of joining.
pub async fn set(
    app: &App,
    actor: &Actor,
    client: &str,
    new: NewClaimMap,
) -> Result<Done<ClaimMap>> {
    check_claim(&new.claim)?;
    let mut tx = begin_as(app, actor).await?;
    let client = find::client(&mut tx, client).await?;
    rights::reach_client(&mut tx, actor, &client.id).await?;
    rights::keep_trust(actor, &client)?;
    if NAMES.contains(&new.claim.as_str()) {
        rights::administer(actor, "decide what an application calls people")?;
    }
    let group = find::group(&mut tx, &new.group).await;
    let group = group.map_err(|error| rights::discreet(actor, error))?;
    let all = maps::all_claim_maps(&mut tx).await?;
    let same: Vec<_> =
        all.iter().filter(|map| map.client_id == client.id && map.claim == new.claim).collect();
    let former = same.first().map(|map| map.join);
    let single = SINGLE.contains(&new.claim.as_str());
    let join = new.join.or(former).unwrap_or(if single { Join::Csv } else { Join::default() });
    if single && join == Join::Array {
        let rule = "applications expect one text in it; join as csv or ssv";
        return Err(DirectoryError::value("a mapped claim", &new.claim, rule));
    }
    let others = same.iter().filter(|map| map.group_id != group.id);
    for value in others.flat_map(|map| map.values.iter()).chain(&new.values) {
        check_value(value, join)?;
    }
    let map = ClaimMap {
        client_id: client.id.clone(),
        claim: new.claim,
        group_id: group.id.clone(),
        values: Json(new.values),
        join,
    };
    maps::put_claim_map(&mut tx, &map).await?;
    maps::set_join(&mut tx, &client.id, &map.claim, join).await?;
    Entry::new(app, "client.claim_map_set", actor)
        .client(&client.id)
        .detail("claim", map.claim.as_str())
        .detail("group", group.name.as_str())
        .detail("values", map.values.0.clone())
        .detail("join", join.as_str())
        .append(&mut tx)
        .await?;
    publish(app, tx).await?;
    let changed = former.filter(|former| *former != join && same.len() > 1);
    let note = |former: Join| {
        let (from, to) = (former.as_str(), join.as_str());
        format!("All maps of '{}' are now joined as {to}, no longer as {from}.", map.claim)
    };
    let note = changed.map(note);
    Ok(Done::new(map, note))
}

/// Takes one group's values out of a claim.
///
/// # Errors
/// When there is no such map.
pub async fn remove(
    app: &App,
    actor: &Actor,
    client: &str,
    (claim, group): (&str, &str),
) -> Result<Client> {
    let mut tx = begin_as(app, actor).await?;
    let client = find::client(&mut tx, client).await?;
    rights::reach_client(&mut tx, actor, &client.id).await?;
    let group = find::group(&mut tx, group).await;
    let group = group.map_err(|error| rights::discreet(actor, error))?;
    if !maps::delete_claim_map(&mut tx, &client.id, claim, &group.id).await? {
        let what = format!("'{}' has no map of claim '{claim}' for '{}'", client.id, group.name);
        return Err(DirectoryError::NotThere(what));
    }
    Entry::new(app, "client.claim_map_removed", actor)
        .client(&client.id)
        .detail("claim", claim)
        .detail("group", group.name.as_str())
        .append(&mut tx)
        .await?;
    publish(app, tx).await?;
    Ok(client)
}

fn check_claim(claim: &str) -> Result<()> {
    let strange = |c: char| c.is_whitespace() || c.is_control();
    let rule = if RESERVED.contains(&claim) {
        "the protocol sets it itself; choose another name, like roles"
    } else if TYPED.contains(&claim) {
        "applications expect no text or list in it; choose another name, like roles"
    } else if OWN.contains(&claim) {
        "applications take it for an address that was checked; set it on the person, or choose \
         another name"
    } else if claim.is_empty() || claim.chars().count() > 200 || claim.chars().any(strange) {
        "use 1 to 200 characters without spaces"
    } else {
        return Ok(());
    };
    Err(DirectoryError::value("a mapped claim", claim, rule))
}

fn check_value(value: &str, join: Join) -> Result<()> {
    let rule = if value.is_empty() || value.chars().count() > 500 {
        "use 1 to 500 characters"
    } else if value.chars().any(char::is_control) {
        "leave out control characters"
    } else if join == Join::Csv && value.contains(',') {
        "it contains a comma, which separates values; join as array or ssv"
    } else if join == Join::Ssv && value.contains(char::is_whitespace) {
        "it contains a space, which separates values; join as array or csv"
    } else {
        return Ok(());
    };
    Err(DirectoryError::value("a value of the claim", value, rule))
}

#[cfg(test)]
mod tests {
    use super::{RESERVED, check_claim, check_value};
    use crate::domain::Join;

    #[test]
    fn claims_of_the_protocol_are_left_alone() {
        for claim in RESERVED {
            let error = check_claim(claim).unwrap_err().to_string();
            assert!(error.contains("the protocol sets it itself"), "{error}");
        }
        for claim in ["groups", "roles", "https://example.com/roles"] {
            assert!(check_claim(claim).is_ok(), "{claim}");
        }
        assert!(check_claim("email_verified").is_err());
        assert!(check_claim("").is_err());
        assert!(check_claim("a b").is_err());
    }

    #[test]
    fn a_value_must_survive_its_joining() {
        assert!(check_value("a b, c", Join::Array).is_ok());
        assert!(check_value("a,b", Join::Csv).is_err());
        assert!(check_value("a b", Join::Csv).is_ok());
        assert!(check_value("a b", Join::Ssv).is_err());
    }
}
