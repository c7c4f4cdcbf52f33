//! What people read on the pages of signing in, in each language: data files with the same messages
//! and the same places to fill.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::domain::Cause;
use crate::explain;

/// A language that pages speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// German.
    De,
    /// French.
    Fr,
}

/// A message, perhaps with places to fill: `Allow {client}?`.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Phrase(String);

/// A cause of `explain`, for whoever sees the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CauseWords {
    /// A heading.
    pub title: String,
    /// What they may know of it.
    pub person: String,
}

/// Every message of a language, by page.
macro_rules! words {
    ($($section:ident: $Type:ident { $($message:ident)* })*) => {
        /// Every message of a language.
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Words {
            $(pub $section: $Type,)*
            scopes: BTreeMap<String, String>,
            causes: BTreeMap<String, CauseWords>,
        }
        $(
            /// The messages of one page.
            #[derive(Debug, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub struct $Type {
                $(pub $message: Phrase,)*
            }
        )*
    };
}

words! {
    frame: Frame { legal imprint privacy terms error correct_one correct_many }
    login: Login {
        title again confirm confirm_for for_client username password remember submit cancel wait
        second seconds minutes
    }
    client: ClientWords { about website privacy terms }
    consent: Consent {
        title heading signed_in_as asks once for_days allow deny not_you switch details in_detail
        each_time resources actions locations datatypes privileges identifier
    }
    device: Device {
        title asks compare code submit phone picture heading only_yours shows stolen allow deny
        let_in go_on refused stays_out
    }
    error: ErrorWords {
        reference give_reference reason retry another_account sign_out applications help
    }
    logout: Logout {
        title asks here submit stay done done_title elsewhere telling back back_unnamed sign_in_again
    }
    password: Password {
        title welcome finish new replaces username password hint again submit differs short long
        guessable
    }
    post: Post { title almost by_hand submit }
}

static ENGLISH: LazyLock<Words> = LazyLock::new(|| read(include_str!("../../locales/en.toml")));
static GERMAN: LazyLock<Words> = LazyLock::new(|| read(include_str!("../../locales/de.toml")));
static FRENCH: LazyLock<Words> = LazyLock::new(|| read(include_str!("../../locales/fr.toml")));

fn read(text: &str) -> Words {
    match toml::from_str(text) {
        Ok(words) => words,
        // A test reads every file.
        Err(error) => unreachable!("a file of messages cannot be read: {error}"),
    }
}

impl Language {
    /// Every language.
    pub const ALL: [Language; 3] = [Language::En, Language::De, Language::Fr];

    /// `de`.
    pub fn tag(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::De => "de",
            Language::Fr => "fr",
        }
    }

    /// The language of a tag, whatever the region: `de-CH`.
    pub fn of(tag: &str) -> Option<Language> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        Language::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// Its messages.
    pub fn words(self) -> &'static Words {
        match self {
            Language::En => &ENGLISH,
            Language::De => &GERMAN,
            Language::Fr => &FRENCH,
        }
    }
}

impl Words {
    /// The heading of a cause, and what a person may know of it; in English where this language
    /// has no words for it.
    pub fn cause(&self, cause: Cause) -> (&str, &str) {
        match self.causes.get(cause.code()) {
            Some(words) => (&words.title, &words.person),
            None => {
                let words = explain::explanation(cause);
                (words.title, words.person)
            }
        }
    }

    /// The sentence of a built-in scope, where this language has its own.
    pub fn scope(&self, name: &str) -> Option<&str> {
        self.scopes.get(name).map(String::as_str)
    }

    /// So many seconds as people say it.
    pub fn span(&self, seconds: i64) -> String {
        match seconds {
            1 => self.login.second.to_string(),
            2..=90 => self.login.seconds.with("count", seconds),
            _ => self.login.minutes.with("count", (seconds + 59) / 60),
        }
    }
}

impl Phrase {
    /// With one place filled.
    pub fn with(&self, place: &str, value: impl fmt::Display) -> String {
        self.0.replace(&format!("{{{place}}}"), &value.to_string())
    }

    /// What stands before a place.
    pub fn before(&self, place: &str) -> &str {
        self.0.split(&format!("{{{place}}}")).next().unwrap_or_default()
    }

    /// What stands after a place.
    pub fn after(&self, place: &str) -> &str {
        self.0.split_once(&format!("{{{place}}}")).map_or("", |(_, after)| after)
    }
}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Language;
    use crate::domain::Cause;

    fn file(language: Language) -> BTreeMap<String, toml::Value> {
        let path = format!("locales/{}.toml", language.tag());
        toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    fn places(text: &str) -> Vec<String> {
        let parts = text.split('{').skip(1).map(|part| part.split('}').next().unwrap().to_owned());
        let mut all: Vec<String> = parts.collect();
        all.sort();
        all
    }

    #[test]
    fn every_language_has_every_message_with_the_same_places() {
        let english = file(Language::En);
        for language in Language::ALL {
            let words = file(language);
            language.words();
            for (section, messages) in &english {
                for (name, text) in messages.as_table().unwrap() {
                    let other = words[section][name].as_str().unwrap();
                    assert_eq!(places(other), places(text.as_str().unwrap()), "{section}.{name}");
                    assert!(!other.trim().is_empty(), "{language:?} {section}.{name}");
                }
            }
        }
    }

    #[test]
    fn german_and_french_know_the_same_scopes_and_causes() {
        let (german, french) = (Language::De.words(), Language::Fr.words());
        assert_eq!(
            german.scopes.keys().collect::<Vec<_>>(),
            french.scopes.keys().collect::<Vec<_>>()
        );
        assert_eq!(
            german.causes.keys().collect::<Vec<_>>(),
            french.causes.keys().collect::<Vec<_>>()
        );
        for code in german.causes.keys() {
            assert!(crate::explain::cause(code).is_some(), "{code} is no cause");
        }
    }

    #[test]
    fn whether_an_account_exists_is_told_in_no_language() {
        for language in Language::ALL {
            let said = |cause| language.words().cause(cause).1;
            for cause in [Cause::WrongPassword, Cause::NoPassword, Cause::UserDisabled] {
                assert_eq!(said(cause), said(Cause::UnknownUser), "{language:?}");
            }
        }
    }
}
