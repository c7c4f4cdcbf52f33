//! Bringing settings about.

use serde_json::Value;

use super::apply::{At, DeclaredError, Work, wrong};
use crate::directory::forms::{SecretSource, SettingsForm};
use crate::directory::settings::{self, Wish, Wishes};
use crate::domain::settings::{KNOWN, known};

const PASSWORD: [&str; 3] = ["settings", "mail", "password"];

impl Work<'_> {
    pub(super) async fn settings(
        &mut self,
        form: &SettingsForm<SecretSource>,
    ) -> Result<(), DeclaredError> {
        let mut wishes: Wishes = Vec::new();
        for (known, value) in &form.values {
            wishes.push((known, Wish::Value(value.clone())));
        }
        if self.options.prune {
            let unnamed = KNOWN.iter().filter(|known| {
                !known.is_secret() && !form.values.iter().any(|(named, _)| named == known)
            });
            wishes.extend(unnamed.map(|known| (known, Wish::Value(Value::Null))));
        }
        if let (Some(password), Some(known)) = (&form.password, known("mail.password")) {
            let wish = match password {
                None => Wish::Value(Value::Null),
                Some(source) => {
                    let found = (self.options.secret)(source);
                    Wish::Secret(found.map_err(|problem| wrong(&PASSWORD, problem))?)
                }
            };
            wishes.push((known, wish));
        }
        let sealed = self.mail_password.clone();
        let done = settings::update(self.app, self.actor, &wishes, None).await.at(&["settings"])?;
        if done.value.mail.password != sealed {
            self.secrets.push(("settings", "mail".to_owned(), "password"));
        }
        self.noted(done);
        Ok(())
    }
}
