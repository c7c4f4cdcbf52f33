//! Flags for what is known of a person.

use crate::directory::profile::Details;

/// What applications may be told about the person. An empty value takes it away
#[derive(clap::Args, Default)]
#[command(next_help_heading = "About the person")]
pub(super) struct DetailFlags {
    /// E-mail address. Counts as unverified unless --email-verified is given
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// The address is known to be theirs: applications may link accounts by it. Only say so of
    /// addresses that you, not they, chose or checked
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    email_verified: Option<bool>,
    /// Full name, as applications show it
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    /// First name
    #[arg(long, value_name = "NAME")]
    given_name: Option<String>,
    /// Surname
    #[arg(long, value_name = "NAME")]
    family_name: Option<String>,
    /// Middle name
    #[arg(long, value_name = "NAME")]
    middle_name: Option<String>,
    /// What friends say
    #[arg(long, value_name = "NAME")]
    nickname: Option<String>,
    /// Phone number with the country's code, like +41446681800
    #[arg(long, value_name = "NUMBER")]
    phone_number: Option<String>,
    /// The number is known to be theirs
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    phone_number_verified: Option<bool>,
    /// Address of their profile page
    #[arg(long, value_name = "URL")]
    profile: Option<String>,
    /// Address of their picture
    #[arg(long, value_name = "URL")]
    picture: Option<String>,
    /// Address of their web site
    #[arg(long, value_name = "URL")]
    website: Option<String>,
    /// Gender
    #[arg(long, value_name = "TEXT")]
    gender: Option<String>,
    /// YYYY-MM-DD, 0000-MM-DD or YYYY
    #[arg(long, value_name = "DATE")]
    birthdate: Option<String>,
    /// Time zone, like Europe/Zurich
    #[arg(long, value_name = "ZONE")]
    zoneinfo: Option<String>,
    /// Language, like de-CH
    #[arg(long, value_name = "TAG")]
    locale: Option<String>,
    /// Postal address in full, as on a label
    #[arg(long = "address", value_name = "TEXT")]
    formatted: Option<String>,
    /// Street and number
    #[arg(long, value_name = "TEXT")]
    street_address: Option<String>,
    /// Town
    #[arg(long, value_name = "TEXT")]
    locality: Option<String>,
    /// State, canton, province
    #[arg(long, value_name = "TEXT")]
    region: Option<String>,
    /// Postal code
    #[arg(long, value_name = "TEXT")]
    postal_code: Option<String>,
    /// Country
    #[arg(long, value_name = "TEXT")]
    country: Option<String>,
    /// What another system calls them, for clients with --sub external:SOURCE: keycloak:corp=f:1:42.
    /// Give it once for each system
    #[arg(long = "external-id", value_name = "SOURCE=VALUE", value_parser = external_id)]
    external_ids: Vec<(String, String)>,
    /// Forget what this system called them
    #[arg(long = "no-external-id", value_name = "SOURCE")]
    no_external_ids: Vec<String>,
}

fn external_id(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((source, value)) => Ok((source.to_owned(), value.to_owned())),
        None => Err("name the system and what it calls the person: keycloak:corp=f:1:42"),
    }
}

impl DetailFlags {
    /// Whether nothing was given.
    pub fn is_empty(&self) -> bool {
        self.email_verified.is_none()
            && self.phone_number_verified.is_none()
            && self.external_ids.is_empty()
            && self.no_external_ids.is_empty()
            && self.fields().all(|(_, value)| value.is_none())
    }

    pub fn details(&self) -> Details {
        let given = self.fields().filter_map(|(name, value)| Some((name, value.clone()?)));
        let set = self.external_ids.iter().map(|(source, value)| (source, Some(value)));
        let taken = self.no_external_ids.iter().map(|source| (source, None));
        Details {
            external_ids: taken.chain(set).map(|(s, v)| (s.clone(), v.cloned())).collect(),
            fields: given.collect(),
            email_verified: self.email_verified,
            phone_number_verified: self.phone_number_verified,
        }
    }

    fn fields(&self) -> impl Iterator<Item = (&'static str, &Option<String>)> {
        [
            ("email", &self.email),
            ("display_name", &self.display_name),
            ("given_name", &self.given_name),
            ("family_name", &self.family_name),
            ("middle_name", &self.middle_name),
            ("nickname", &self.nickname),
            ("phone_number", &self.phone_number),
            ("profile", &self.profile),
            ("picture", &self.picture),
            ("website", &self.website),
            ("gender", &self.gender),
            ("birthdate", &self.birthdate),
            ("zoneinfo", &self.zoneinfo),
            ("locale", &self.locale),
            ("formatted", &self.formatted),
            ("street_address", &self.street_address),
            ("locality", &self.locality),
            ("region", &self.region),
            ("postal_code", &self.postal_code),
            ("country", &self.country),
        ]
        .into_iter()
    }
}
