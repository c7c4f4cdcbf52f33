//! A setting of the form as it is to be, written over a client's.

use serde_json::{Value, json};

use super::Setting;
use crate::domain::Client;

/// A setting as it is to be.
pub struct Edit {
    setting: &'static Setting,
    value: Value,
    text: String,
}

impl Edit {
    /// What was read from what was typed.
    pub fn new(setting: &'static Setting, value: Value, text: &str) -> Edit {
        Edit { setting, value, text: text.to_owned() }
    }

    /// Writes it over the client's. What does not concern a client stays as it is.
    pub fn write(&self, client: &mut Client) {
        match self.setting.field {
            "slug" => client.slug.clone_from(&self.text),
            "trusted" => client.trusted = self.text == "yes",
            field if self.setting.concerns(client) => {
                let mut all = json!(client.settings.0);
                all[field] = self.value.clone();
                // Each was read by itself before, and they do not depend on each other.
                if let Ok(settings) = serde_json::from_value(all) {
                    client.settings.0 = settings;
                }
            }
            _ => {}
        }
    }
}
