//! The form with the mail server, as the set-up and the settings show it, and what came of a test.

use serde::Deserialize;

use super::admin::console::{Console, sentence};
use super::signin::form::FieldError;
use crate::app::AppState;
use crate::directory::rights::Administers;
use crate::directory::settings::{self, Wish, Wishes};
use crate::directory::{DirectoryError, mail};
use crate::domain::Secret;
use crate::domain::settings::{MailSecurity, Settings};

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct MailForm {
    /// The mail server.
    pub host: String,
    /// Its port.
    pub port: String,
    /// How the connection is protected.
    pub security: String,
    /// Whom it knows us as.
    pub username: String,
    /// The password, where another one is typed.
    password: String,
    /// Who mail is from.
    pub from: String,
    /// Where the test message goes.
    pub to: String,
    /// Which button.
    pub action: String,
}

/// What came of the form.
#[derive(Default)]
pub struct Outcome {
    /// What is wrong with a field, or went wrong.
    pub errors: Vec<FieldError>,
    /// What the mail server said to the test message.
    pub said: Option<String>,
}

impl MailForm {
    /// As it is set, with the test message for whoever looks.
    pub fn stored(app: &AppState, console: &Console<Administers>) -> MailForm {
        let settings = app.registry().settings();
        let mail = &settings.mail;
        MailForm {
            host: mail.host.clone().unwrap_or_default(),
            port: mail.port.to_string(),
            security: match mail.security {
                MailSecurity::Starttls => "starttls",
                MailSecurity::Tls => "tls",
                MailSecurity::None => "none",
            }
            .to_owned(),
            username: mail.username.clone().unwrap_or_default(),
            from: mail.from.clone().unwrap_or_default(),
            to: console.user.email.clone().unwrap_or_default(),
            ..MailForm::default()
        }
    }

    /// What there is to choose from, for the page.
    pub fn protections(&self) -> Vec<(&'static str, &'static str, bool)> {
        [
            ("starttls", "STARTTLS, usually on port 587"),
            ("tls", "TLS from the first byte, usually on port 465"),
            ("none", "None: only for a server on this machine"),
        ]
        .into_iter()
        .map(|(value, title)| (value, title, value == self.security))
        .collect()
    }

    /// Saves what is typed and, if that was asked for, sends the test message.
    ///
    /// # Errors
    /// Only what no form can mend.
    pub async fn take(
        &self,
        app: &AppState,
        console: &Console<Administers>,
    ) -> Result<Outcome, DirectoryError> {
        let actor = console.right.actor();
        let wishes = match self.wishes() {
            Ok(wishes) => wishes,
            Err(errors) => return Ok(Outcome { errors, said: None }),
        };
        let stored = app.registry().settings();
        if settings::asks_for_password(&stored, &wishes) {
            let error = "Type the password again: the stored one was given for another server, \
                         protection or username.";
            let errors = vec![FieldError::new("password", error.to_owned())];
            return Ok(Outcome { errors, said: None });
        }
        let problems = settings::problems(&stored, &wishes);
        if !problems.is_empty() {
            let errors = problems.into_iter().map(|(name, rule)| about(name, &rule)).collect();
            return Ok(Outcome { errors, said: None });
        }
        settings::update(app, &actor, &wishes, None).await?;
        if self.action != "test" {
            return Ok(Outcome::default());
        }
        match mail::test(app, &actor, &self.to).await {
            Ok(said) => Ok(Outcome { errors: Vec::new(), said: Some(said) }),
            Err(error @ (DirectoryError::Mail(_) | DirectoryError::NoMail)) => {
                let error = FieldError::new("", sentence(&error));
                Ok(Outcome { errors: vec![error], said: None })
            }
            Err(error) => Err(error),
        }
    }

    /// Nothing of a form is half-read: every field that breaks its rule is told.
    fn wishes(&self) -> Result<Wishes, Vec<FieldError>> {
        let typed = [
            ("mail.host", &self.host),
            ("mail.port", &self.port),
            ("mail.security", &self.security),
            ("mail.username", &self.username),
            ("mail.from", &self.from),
        ];
        let (mut wishes, mut errors) = (Wishes::new(), Vec::new());
        for (name, text) in typed {
            let Ok(known) = settings::known(name) else { continue };
            match known.typed(text) {
                Ok(value) => wishes.push((known, Wish::Value(value))),
                Err(rule) => errors.push(about(name, &rule)),
            }
        }
        if let Ok(known) = settings::known("mail.password") {
            if !self.password.is_empty() {
                wishes.push((known, Wish::Secret(Secret::sent(self.password.clone()))));
            } else if self.username.trim().is_empty() {
                wishes.push((known, Wish::Value(serde_json::Value::Null)));
            }
        }
        if errors.is_empty() { Ok(wishes) } else { Err(errors) }
    }
}

/// Whether a password is stored, which no page shows.
pub fn has_password(settings: &Settings) -> bool {
    settings.mail.password.is_some()
}

fn about(name: &str, rule: &str) -> FieldError {
    let field = name.strip_prefix("mail.").unwrap_or(name);
    let mut letters = rule.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    FieldError::new(field, format!("{first}{}.", letters.as_str()))
}
