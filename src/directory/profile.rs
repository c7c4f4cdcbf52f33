//! What may be said of a person: each standard claim with its rule, OpenID Connect Core 5.1.

use url::Url;

use super::{DirectoryError, Result};
use crate::domain::{Address, User};

/// A person's claim that is text.
pub struct Field {
    /// The claim's name; members of `address` stand for themselves, `display_name` for `name`.
    pub name: &'static str,
    most: usize,
    rule: fn(&str) -> std::result::Result<String, &'static str>,
    slot: fn(&mut User) -> &mut Option<String>,
}

/// What is to be changed about a person; what is not named stays.
#[derive(Debug, Clone, Default)]
pub struct Details {
    /// Fields by name; an empty value takes the field away.
    pub fields: Vec<(&'static str, String)>,
    /// Whether the e-mail address is known to be theirs. A new address is not, unless said so here.
    pub email_verified: Option<bool>,
    /// Whether the phone number is known to be theirs; like `email_verified`.
    pub phone_number_verified: Option<bool>,
    /// What other systems call the person, by system; `None` takes the name away.
    pub external_ids: Vec<(String, Option<String>)>,
}

/// Characters of a name: NetBox refuses to sign in people whose names are longer.
const NAME: usize = 150;
/// Characters of other text.
const TEXT: usize = 255;
/// Characters of an address on the web.
const LINK: usize = 2000;

/// Every field.
pub const FIELDS: &[Field] = &[
    field("display_name", NAME, line, |user| &mut user.display_name),
    field("given_name", NAME, line, |user| &mut user.given_name),
    field("family_name", NAME, line, |user| &mut user.family_name),
    field("middle_name", NAME, line, |user| &mut user.profile.middle_name),
    field("nickname", NAME, line, |user| &mut user.profile.nickname),
    field("email", 254, address, |user| &mut user.email),
    field("phone_number", 40, phone, |user| &mut user.profile.phone_number),
    field("profile", LINK, link, |user| &mut user.profile.profile),
    field("picture", LINK, link, |user| &mut user.profile.picture),
    field("website", LINK, link, |user| &mut user.profile.website),
    field("gender", TEXT, line, |user| &mut user.profile.gender),
    field("birthdate", 10, birthdate, |user| &mut user.profile.birthdate),
    field("zoneinfo", TEXT, zone, |user| &mut user.profile.zoneinfo),
    field("locale", 35, locale, |user| &mut user.profile.locale),
    field("formatted", LINK, lines, |user| &mut postal(user).formatted),
    field("street_address", TEXT, lines, |user| &mut postal(user).street_address),
    field("locality", TEXT, line, |user| &mut postal(user).locality),
    field("region", TEXT, line, |user| &mut postal(user).region),
    field("postal_code", TEXT, line, |user| &mut postal(user).postal_code),
    field("country", TEXT, line, |user| &mut postal(user).country),
];

const fn field(
    name: &'static str,
    most: usize,
    rule: fn(&str) -> std::result::Result<String, &'static str>,
    slot: fn(&mut User) -> &mut Option<String>,
) -> Field {
    Field { name, most, rule, slot }
}

/// Writes the details into the person, each checked and in its canonical form.
///
/// # Errors
/// `Value`, with the rule that is broken.
pub fn apply(user: &mut User, details: &Details) -> Result<()> {
    let former = (user.email.clone(), user.profile.phone_number.clone());
    for (name, value) in &details.fields {
        let Some(field) = FIELDS.iter().find(|field| field.name == *name) else {
            return Err(DirectoryError::value("a claim of a person", *name, "no such claim"));
        };
        *(field.slot)(user) = field.read(value)?;
    }
    if user.profile.address == Some(Address::default()) {
        user.profile.address = None;
    }
    if user.email != former.0 {
        user.email_verified = false;
    }
    if user.profile.phone_number != former.1 {
        user.profile.phone_number_verified = None;
    }
    verify(user, details)
}

fn verify(user: &mut User, details: &Details) -> Result<()> {
    if let Some(verified) = details.email_verified {
        if verified && user.email.is_none() {
            let rule = "there is no address; give one with it";
            return Err(DirectoryError::value("a verified e-mail address", "", rule));
        }
        user.email_verified = verified;
    }
    if let Some(verified) = details.phone_number_verified {
        if verified && user.profile.phone_number.is_none() {
            let rule = "there is no number; give one with it";
            return Err(DirectoryError::value("a verified phone number", "", rule));
        }
        user.profile.phone_number_verified = Some(verified);
    }
    Ok(())
}

impl Field {
    /// What the person has there.
    pub fn value(&self, user: &User) -> Option<String> {
        (self.slot)(&mut user.clone()).clone()
    }

    fn read(&self, value: &str) -> Result<Option<String>> {
        let value = value.trim();
        if value.is_empty() {
            return Ok(None);
        }
        let refused = |rule: String| {
            let what = match self.name {
                "email" => "an e-mail address".to_owned(),
                "phone_number" => "a phone number".to_owned(),
                name => format!("the {}", name.replace('_', " ")),
            };
            Err(DirectoryError::value(what, shortened(value), rule))
        };
        if value.chars().count() > self.most {
            return refused(format!("use at most {} characters", self.most));
        }
        match (self.rule)(value) {
            Ok(value) => Ok(Some(value)),
            Err(rule) => refused(rule.to_owned()),
        }
    }
}

fn postal(user: &mut User) -> &mut Address {
    user.profile.address.get_or_insert_default()
}

fn shortened(value: &str) -> String {
    match value.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

type Checked = std::result::Result<String, &'static str>;

fn line(value: &str) -> Checked {
    match value.chars().any(char::is_control) {
        true => Err("leave out line breaks and control characters"),
        false => Ok(value.to_owned()),
    }
}

fn lines(value: &str) -> Checked {
    match value.chars().any(|c| c.is_control() && c != '\n' && c != '\r') {
        true => Err("leave out control characters"),
        false => Ok(value.to_owned()),
    }
}

fn address(value: &str) -> Checked {
    const RULE: &str = "write it like alice@example.com";
    let value = User::canonical_email(value);
    let strange = |c: char| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c);
    let Some((local, domain)) = value.rsplit_once('@') else { return Err(RULE) };
    let dotted = |part: &str| !part.starts_with('.') && !part.ends_with('.');
    let fits = !local.is_empty() && !domain.is_empty() && !local.contains('@');
    if fits && dotted(local) && dotted(domain) && !value.chars().any(strange) {
        Ok(value)
    } else {
        Err(RULE)
    }
}

fn phone(value: &str) -> Checked {
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let known = |c: char| c.is_ascii_digit() || " ().-;=ext".contains(c);
    match value.strip_prefix('+') {
        Some(rest) if digits >= 3 && rest.chars().all(known) => Ok(value.to_owned()),
        _ => Err("write it with the country's code, like +41 44 668 18 00"),
    }
}

fn link(value: &str) -> Checked {
    match Url::parse(value) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(value.to_owned()),
        _ => Err("write a whole address that begins with https://"),
    }
}

fn birthdate(value: &str) -> Checked {
    let bytes = value.as_bytes();
    let digits = |range: std::ops::Range<usize>| bytes[range].iter().all(u8::is_ascii_digit);
    let fits = match bytes.len() {
        4 => digits(0..4),
        10 => {
            let date =
                if value.starts_with("0000") { &value.replacen("0000", "2000", 1) } else { value };
            let format = time::macros::format_description!("[year]-[month]-[day]");
            time::Date::parse(date, format).is_ok()
        }
        _ => false,
    };
    if fits { Ok(value.to_owned()) } else { Err("write YYYY-MM-DD, 0000-MM-DD or YYYY") }
}

/// The areas of the time zone database, beside which it has old names of countries and `UTC`.
const AREAS: &[&str] = &[
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Brazil",
    "Canada",
    "Chile",
    "Etc",
    "Europe",
    "Indian",
    "Mexico",
    "Pacific",
    "US",
];

fn zone(value: &str) -> Checked {
    let letters = |c: char| c.is_ascii_alphanumeric() || "_+-".contains(c);
    let mut parts = value.split('/');
    let area = parts.next().filter(|area| !value.contains('/') || AREAS.contains(area));
    let written = |part: &str| !part.is_empty() && part.chars().all(letters);
    match area.is_some_and(written) && parts.all(written) {
        true => Ok(value.to_owned()),
        false => Err("write a name of the time zone database, like Europe/Zurich"),
    }
}

fn locale(value: &str) -> Checked {
    let value = value.replace('_', "-");
    let subtag = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    let language = value.split('-').next().unwrap_or_default();
    if (2..=3).contains(&language.len()) && value.split('-').all(subtag) {
        Ok(value)
    } else {
        Err("write a language tag, like en or de-CH")
    }
}

#[cfg(test)]
mod tests {
    use sqlx::types::Json;

    use super::{Details, apply};
    use crate::domain::{Timestamp, User, UserId, Username};

    fn alice() -> User {
        User {
            id: UserId("1".into()),
            username: Username::parse("alice").unwrap(),
            display_name: None,
            given_name: None,
            family_name: None,
            email: None,
            email_verified: false,
            profile: Json::default(),
            role: None,
            password_changed_at: None,
            disabled_at: None,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        }
    }

    fn set(user: &mut User, name: &'static str, value: &str) -> Result<(), String> {
        let details = Details { fields: vec![(name, value.into())], ..Details::default() };
        apply(user, &details).map_err(|error| error.to_string())
    }

    #[test]
    fn an_address_has_one_spelling() {
        let mut user = alice();
        set(&mut user, "email", " Alice.B@Example.COM ").unwrap();
        assert_eq!(user.email.as_deref(), Some("alice.b@example.com"));
        for wrong in ["alice", "@example.com", "a b@example.com", "a@b@c", "<a@b.c>", "a@.b"] {
            let error = set(&mut user, "email", wrong).unwrap_err();
            let told =
                format!("'{wrong}' cannot be an e-mail address: write it like alice@example.com");
            assert_eq!(error, told);
        }
    }

    #[test]
    fn a_new_address_is_not_verified_unless_somebody_vouches_for_it() {
        let mut user = alice();
        let fields = vec![("email", "a@example.com".to_owned())];
        let vouched = Details { fields, email_verified: Some(true), ..Details::default() };
        apply(&mut user, &vouched).unwrap();
        assert!(user.email_verified);
        set(&mut user, "email", "a@EXAMPLE.com").unwrap();
        assert!(user.email_verified, "the same address stays verified");
        set(&mut user, "email", "b@example.com").unwrap();
        assert!(!user.email_verified);
        set(&mut user, "email", "").unwrap();
        assert_eq!(user.email, None);
        assert!(
            apply(&mut user, &Details { email_verified: Some(true), ..Details::default() })
                .is_err()
        );
    }

    #[test]
    fn names_fit_into_netbox() {
        let mut user = alice();
        assert!(set(&mut user, "given_name", &"é".repeat(150)).is_ok());
        let error = set(&mut user, "family_name", &"é".repeat(151)).unwrap_err();
        assert!(
            error.ends_with("cannot be the family name: use at most 150 characters"),
            "{error}"
        );
    }

    #[test]
    fn claims_have_the_form_the_specification_gives_them() {
        let mut user = alice();
        for (name, right) in [
            ("birthdate", "1985-02-28"),
            ("birthdate", "0000-02-29"),
            ("birthdate", "1985"),
            ("locale", "de_CH"),
            ("zoneinfo", "America/Argentina/Buenos_Aires"),
            ("zoneinfo", "UTC"),
            ("zoneinfo", "Etc/GMT+1"),
            ("phone_number", "+41 (44) 668-18-00"),
            ("picture", "https://example.com/a.png"),
            ("street_address", "Rue 1\n2nd floor"),
        ] {
            assert_eq!(set(&mut user, name, right), Ok(()), "{name} {right}");
        }
        for (name, wrong) in [
            ("birthdate", "28.02.1985"),
            ("birthdate", "1985-02-30"),
            ("locale", "german language"),
            ("zoneinfo", "Zurich time"),
            ("zoneinfo", "Mars/Phobos"),
            ("zoneinfo", "Europe/"),
            ("phone_number", "044 668 18 00"),
            ("picture", "javascript:alert(1)"),
            ("locality", "a\nb"),
        ] {
            assert!(set(&mut user, name, wrong).is_err(), "{name} {wrong}");
        }
        assert_eq!(user.profile.locale.as_deref(), Some("de-CH"));
    }

    #[test]
    fn an_address_without_members_is_none() {
        let mut user = alice();
        set(&mut user, "country", "CH").unwrap();
        assert!(user.profile.address.is_some());
        set(&mut user, "country", "").unwrap();
        assert!(user.profile.address.is_none());
    }
}
