//! Resource indicators, RFC 8707: where a token is to be good.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::json;
use url::form_urlencoded;

use super::{ErrorCode, OAuthError};
use crate::domain::{Cause, Client, is_resource};

/// The parameter, the one that may be sent more than once.
const NAME: &str = "resource";
/// Resources of a request, at most.
const MOST: usize = 20;

/// Puts all resources of a form into one parameter, a JSON array, so that every other one that is
/// doubled is refused as before. The rest stays as it is.
pub fn fold(form: &str) -> Cow<'_, str> {
    let named = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        form_urlencoded::parse(name.as_bytes()).any(|(name, _)| name == NAME)
    };
    if !form.split('&').any(|pair| named(&pair)) {
        return Cow::Borrowed(form);
    }
    let (ours, mut rest): (Vec<&str>, Vec<&str>) = form.split('&').partition(named);
    let sent = ours.iter().flat_map(|pair| form_urlencoded::parse(pair.as_bytes()));
    let sent: Vec<Cow<'_, str>> =
        sent.map(|(_, value)| value).filter(|value| !value.is_empty()).collect();
    let mut written = form_urlencoded::Serializer::new(String::new());
    let folded = written.append_pair(NAME, &json!(sent).to_string()).finish();
    rest.push(&folded);
    Cow::Owned(rest.join("&"))
}

/// Reads what `fold` wrote.
pub fn folded<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    match Option::<String>::deserialize(from)? {
        None => Ok(Vec::new()),
        Some(text) => serde_json::from_str(&text).map_err(serde::de::Error::custom),
    }
}

/// The resources that a client asks for, each once, all of which must be among `allowed`.
///
/// # Errors
/// `invalid_target`.
pub fn check(sent: &[String], allowed: &[String], cause: Cause) -> Result<Vec<String>, OAuthError> {
    let mut asked: Vec<String> = Vec::new();
    for one in sent {
        if !asked.contains(one) {
            asked.push(one.clone());
        }
    }
    let strange = asked.iter().find(|one| !is_resource(one) || !allowed.contains(one));
    match strange {
        Some(one) => Err(refused(cause, (one, allowed))),
        None if asked.len() > MOST => Err(refused(cause, ("too many", allowed))),
        None => Ok(asked),
    }
}

/// The resources of a token: those that it is asked for, which must be among those granted, or all
/// of these; the client may have lost some since (RFC 8707 2.2).
///
/// # Errors
/// `invalid_target`.
pub fn narrow(
    client: &Client,
    granted: &[String],
    sent: &[String],
) -> Result<Vec<String>, OAuthError> {
    let allowed = &client.settings.resources;
    if granted.is_empty() {
        return check(sent, allowed, Cause::ResourceNotAllowed);
    }
    let left = still(client, granted);
    if left.is_empty() {
        let first = granted.first().map(String::as_str).unwrap_or_default();
        return Err(refused(Cause::ResourceNotAllowed, (first, allowed)));
    }
    match check(sent, &left, Cause::ResourceExceeded)? {
        asked if asked.is_empty() => Ok(left),
        asked => Ok(asked),
    }
}

/// Those that the client may still have.
pub fn still(client: &Client, granted: &[String]) -> Vec<String> {
    granted.iter().filter(|one| client.settings.resources.contains(one)).cloned().collect()
}

fn refused(cause: Cause, (sent, allowed): (&str, &[String])) -> OAuthError {
    let text = "the resource is unknown, malformed, or not one that may be asked for here";
    let allowed = match allowed {
        [] => "none".to_owned(),
        some => some.join(", "),
    };
    OAuthError::new(ErrorCode::InvalidTarget, cause, text).compared("resource", (sent, &allowed))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Cause, check, fold};

    fn pairs(form: &str) -> Vec<(String, String)> {
        url::form_urlencoded::parse(form.as_bytes()).into_owned().collect()
    }

    #[test]
    fn resources_become_one_parameter_and_the_rest_stays() {
        assert_eq!(fold("a=1&b=%zz&a=2"), "a=1&b=%zz&a=2");
        let folded = fold("a=1&resource=https%3A%2F%2Fx&%72esource=y&b=2&resource=");
        let expected = [("a", "1"), ("b", "2"), ("resource", r#"["https://x","y"]"#)];
        assert_eq!(pairs(&folded), expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    proptest! {
        #[test]
        fn whatever_is_sent_comes_through_once(
            sent in proptest::collection::vec("\\PC{1,12}", 0..5),
            other in "\\PC{0,12}",
        ) {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            form.append_pair("other", &other);
            sent.iter().for_each(|one| { form.append_pair("resource", one); });
            let form = form.finish();
            let read = pairs(&fold(&form));
            prop_assert_eq!(&read[0], &("other".to_owned(), other));
            prop_assert_eq!(read.len(), if sent.is_empty() { 1 } else { 2 });
            if let Some((_, value)) = read.get(1) {
                let back: Vec<String> = serde_json::from_str(value).unwrap();
                prop_assert_eq!(&back, &sent);
            }
        }

        #[test]
        fn nothing_that_is_not_allowed_is_granted(
            sent in proptest::collection::vec("https://[a-c]/", 0..4),
            allowed in proptest::collection::vec("https://[a-c]/", 0..3),
        ) {
            let within = sent.iter().all(|one| allowed.contains(one));
            let checked = check(&sent, &allowed, Cause::ResourceNotAllowed);
            prop_assert_eq!(checked.is_ok(), within);
        }
    }
}
