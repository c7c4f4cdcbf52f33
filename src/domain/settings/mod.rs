//! The settings that administrators change while the server runs: typed, each section kept apart.

mod accent;
mod known;
mod logo;
mod read;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub use accent::{Accent, Palette};
pub use known::{ACCENT, KNOWN, Kind, Known, OWN, PASSWORD, SECTIONS, known};
pub use logo::Logo;
pub use read::{is_address, is_this_machine};

/// Everything there is to set. What nobody set is at its default.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Settings {
    /// How pages look and what they say of whose they are.
    pub branding: Branding,
    /// What the law wants said.
    pub legal: Legal,
    /// Sessions, passwords, consent.
    pub sign_in: SignIn,
    /// What people say of themselves.
    pub profile: ProfilePolicy,
    /// In which languages we speak.
    pub languages: Languages,
    /// How mail is sent, as it was set; `Settings::mail` is what can be used.
    pub mail: MailSettings,
}

/// Settings under `branding`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Branding {
    /// What we are called.
    pub name: String,
    /// The colour of buttons and links.
    pub accent: Accent,
    /// Stands before the name, in place of our own icon.
    pub logo: Option<Logo>,
    /// Stands above the form of the sign-in page.
    pub sentence: Option<String>,
    /// Whom to ask: an e-mail address or a web address.
    pub support: Option<String>,
}

/// Settings under `legal`: each a web address, or a text that gets a page of its own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Legal {
    /// Who runs this.
    pub imprint: Option<String>,
    /// What becomes of people's data.
    pub privacy: Option<String>,
    /// What people agree to.
    pub terms: Option<String>,
}

/// Settings under `sign_in`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SignIn {
    /// Signed out after so long without a request. The file's `session.idle_minutes` wins.
    pub idle_minutes: u32,
    /// Signed out after so long in any case. The file's `session.absolute_hours` wins.
    pub absolute_hours: u32,
    /// Instead of both, for whoever stays signed in. The file's `session.remember_days` wins.
    pub remember_days: u32,
    /// Whether people may choose to stay signed in.
    pub remember: bool,
    /// Characters of a new password, at least.
    pub least_password: u32,
    /// Whether people may ask for a mail with which they choose a new password.
    pub recovery: bool,
    /// How long a consent is remembered; 0: until it is taken back.
    pub consent_days: u32,
}

/// Settings under `profile`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProfilePolicy {
    /// The claims that people change themselves; never more than `OWN`.
    pub editable: Vec<String>,
}

/// Settings under `languages`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Languages {
    /// For whoever asks for none that is offered.
    pub default: String,
    /// Which there are to choose from.
    pub offered: Vec<String>,
}

/// Settings under `mail`, as they were set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MailSettings {
    /// The mail server; without one, no mail is sent.
    pub host: Option<String>,
    /// Its port.
    pub port: u32,
    /// How the connection is protected.
    pub security: MailSecurity,
    /// Whom it knows us as.
    pub username: Option<String>,
    /// Who the mail is from: `Keystead <sso@example.com>`.
    pub from: Option<String>,
    /// The password, sealed, in base64.
    pub password: Option<String>,
}

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    /// In the clear until both agree on TLS, and nothing is sent if they do not.
    #[default]
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// None: only for a server on the same machine.
    None,
}

/// How mail is sent, complete.
#[derive(Debug, Clone, PartialEq)]
pub struct Mail {
    /// The mail server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: MailSecurity,
    /// Whom it knows us as, if it wants to know.
    pub username: Option<String>,
    /// Who the mail is from.
    pub from: String,
    /// The password, sealed; `directory::settings::mail_password` opens it.
    pub password: Option<String>,
}

impl Default for Branding {
    fn default() -> Branding {
        Branding {
            name: "Keystead".into(),
            accent: Accent::default(),
            logo: None,
            sentence: None,
            support: None,
        }
    }
}

impl Default for SignIn {
    fn default() -> SignIn {
        SignIn {
            idle_minutes: 480,
            absolute_hours: 24,
            remember_days: 30,
            remember: true,
            least_password: 12,
            recovery: false,
            consent_days: 0,
        }
    }
}

impl Default for ProfilePolicy {
    fn default() -> ProfilePolicy {
        ProfilePolicy { editable: OWN.iter().map(|name| (*name).to_owned()).collect() }
    }
}

impl Default for Languages {
    fn default() -> Languages {
        Languages {
            default: "en".into(),
            offered: known::LANGUAGES.iter().map(|tag| (*tag).to_owned()).collect(),
        }
    }
}

impl Default for MailSettings {
    fn default() -> MailSettings {
        MailSettings {
            host: None,
            port: 587,
            security: MailSecurity::default(),
            username: None,
            from: None,
            password: None,
        }
    }
}

impl MailSettings {
    /// Whether a password would go to the same server, on the same way, for the same account.
    pub fn is_same_account(&self, other: &MailSettings) -> bool {
        let told = |mail: &MailSettings| {
            (mail.host.clone(), mail.port, mail.security, mail.username.clone())
        };
        told(self) == told(other)
    }
}

impl Settings {
    /// What stored sections say; a section that cannot be read is at its defaults, and named.
    pub fn stored(sections: Vec<(String, Map<String, Value>)>) -> (Settings, Vec<String>) {
        let (mut settings, mut unread) = (Settings::default(), Vec::new());
        for (name, members) in sections.into_iter().filter(|(n, _)| SECTIONS.contains(&n.as_str()))
        {
            if !settings.put(&name, Value::Object(members)) {
                unread.push(name);
            }
        }
        (settings, unread)
    }

    fn put(&mut self, section: &str, value: Value) -> bool {
        fn read<T: for<'de> Deserialize<'de>>(slot: &mut T, value: Value) -> bool {
            serde_json::from_value(value).map(|read| *slot = read).is_ok()
        }
        match section {
            "branding" => read(&mut self.branding, value),
            "legal" => read(&mut self.legal, value),
            "sign_in" => read(&mut self.sign_in, value),
            "profile" => read(&mut self.profile, value),
            "languages" => read(&mut self.languages, value),
            "mail" => read(&mut self.mail, value),
            _ => false,
        }
    }

    /// One setting, as documents write it; `Null` where nothing is set.
    pub fn get(&self, known: &Known) -> Value {
        let (section, member) = known.path();
        json!(self)[section][member].take()
    }

    /// Sets one to a value that `Known::read` made; `Null` is its default.
    pub fn set(&mut self, known: &Known, value: Value) {
        let (section, member) = known.path();
        let mut all = json!(self)[section].take();
        match value {
            Value::Null => {
                all.as_object_mut().map(|members| members.remove(member));
            }
            value => all[member] = value,
        }
        self.put(section, all);
    }

    /// The members of a section that are not at their defaults: what is stored.
    pub fn section(&self, section: &str) -> Map<String, Value> {
        let usual = json!(Settings::default())[section].take();
        let Value::Object(members) = json!(self)[section].take() else { return Map::new() };
        members.into_iter().filter(|(name, value)| usual[name] != *value).collect()
    }

    /// What is set of what a key of the settings file could say too, by that key.
    pub fn for_file(&self) -> Vec<(&'static str, String)> {
        let usual = Settings::default();
        let set = KNOWN.iter().filter(|known| self.get(known) != usual.get(known));
        set.filter_map(|known| Some((known.file_key?, self.get(known).to_string()))).collect()
    }

    /// How mail is sent, if enough is set to send any.
    pub fn mail(&self) -> Option<Mail> {
        let mail = &self.mail;
        Some(Mail {
            host: mail.host.clone()?,
            port: u16::try_from(mail.port).ok()?,
            security: mail.security,
            username: mail.username.clone(),
            from: mail.from.clone()?,
            password: mail.password.clone(),
        })
    }

    /// The first setting that does not go with the others, and what to do.
    pub fn conflict(&self) -> Option<(&'static str, &'static str)> {
        let mail = &self.mail;
        if !self.languages.offered.contains(&self.languages.default) {
            return Some(("languages.default", "offer the language too, or choose one of those"));
        }
        if mail.host.is_some() && mail.from.is_none() {
            return Some((
                "mail.from",
                "mail needs a sender as well as a server; set mail.from first",
            ));
        }
        if mail.username.is_some() && mail.host.is_none() {
            return Some(("mail.username", "name the mail server in mail.host first"));
        }
        let far = mail.host.as_deref().is_some_and(|host| !is_this_machine(host));
        if mail.username.is_some() && mail.security == MailSecurity::None && far {
            return Some((
                "mail.security",
                "the password would travel in the clear; use starttls or tls, or take \
                 mail.username away",
            ));
        }
        if self.sign_in.recovery && self.mail().is_none() {
            return Some((
                "sign_in.recovery",
                "people get no mail while no mail server is set; set mail.host and mail.from too",
            ));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{KNOWN, Settings, known};

    #[test]
    fn every_member_has_its_line_in_the_table_and_its_default_passes_its_rule() {
        let usual = json!(Settings::default());
        let mut members: Vec<String> = Vec::new();
        for (section, value) in usual.as_object().unwrap() {
            members
                .extend(value.as_object().unwrap().keys().map(|name| format!("{section}.{name}")));
        }
        let mut names: Vec<&str> = KNOWN.iter().map(|known| known.name).collect();
        members.sort();
        names.sort_unstable();
        assert_eq!(members, names);
        for known in KNOWN {
            let value = Settings::default().get(known);
            if !value.is_null() {
                assert_eq!(known.read(&value), Ok(value), "{}", known.name);
            }
            assert!(known.help.ends_with('.'), "{}", known.name);
        }
    }

    #[test]
    fn only_what_was_set_is_stored_and_null_is_the_default() {
        let mut settings = Settings::default();
        let name = known("branding.name").unwrap();
        settings.set(name, json!("Acme"));
        let port = known("mail.port").unwrap();
        settings.set(port, json!(25));
        assert_eq!(json!(settings.section("branding")), json!({ "name": "Acme" }));
        let rows = ["branding", "mail"].map(|name| (name.to_owned(), settings.section(name)));
        assert_eq!(Settings::stored(rows.into()).0, settings);
        settings.set(name, Value::Null);
        assert_eq!(settings.branding, Settings::default().branding);
    }

    #[test]
    fn a_section_from_elsewhere_is_read_as_far_as_it_can_be() {
        let row = |value: Value| value.as_object().unwrap().clone();
        let (settings, unread) = Settings::stored(vec![
            ("branding".into(), row(json!({ "name": "Acme", "of_a_later_release": 1 }))),
            ("mail".into(), row(json!({ "port": "many" }))),
            ("public_url".into(), row(json!({ "url": "https://a.example" }))),
        ]);
        assert_eq!(settings.branding.name, "Acme");
        assert_eq!((settings.mail.port, unread), (587, vec!["mail".to_owned()]));
    }
}
