//! What the form shows, reads and writes is what is stored.

use sqlx::types::Json;

use super::all;
use crate::domain::{Client, ClientId, ClientSettings, Timestamp};

fn client() -> Client {
    Client {
        id: ClientId("web".into()),
        slug: "web".into(),
        name: "Web".into(),
        public: false,
        trusted: false,
        disabled_at: None,
        secret_hash: None,
        secret_sealed: None,
        // Whoever has keys can be answered in encrypted form, too.
        settings: Json(ClientSettings {
            jwks_uri: Some("https://web.example.com/jwks".into()),
            ..ClientSettings::default()
        }),
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
    }
}

#[test]
fn every_option_can_be_chosen_and_comes_back() {
    for setting in all() {
        for (value, _) in setting.options {
            let mut client = client();
            setting.read(value).unwrap().write(&mut client);
            assert_eq!(setting.value(&client), *value, "{}", setting.field);
            assert!(!setting.flags(value).is_empty());
        }
    }
}

#[test]
fn what_is_stored_written_back_changes_nothing() {
    let before = client();
    let mut after = before.clone();
    for setting in all() {
        setting.read(&setting.value(&before)).unwrap().write(&mut after);
    }
    assert_eq!(format!("{before:?}"), format!("{after:?}"));
}

/// What is typed and checked when it is saved.
fn free(field: &str) -> bool {
    matches!(
        field,
        "slug" | "token_exchange" | "exchange_for" | "resources" | "authorization_details_types"
    )
}

#[test]
fn what_is_not_offered_is_not_taken() {
    for setting in all().filter(|setting| !free(setting.field)) {
        assert!(setting.read("nonsense").is_err(), "{}", setting.field);
    }
}

#[test]
fn grant_types_are_ticked_in_any_number_and_kept_in_one_order() {
    let grants = all().find(|setting| setting.field == "grant_types").unwrap();
    let mut client = client();
    grants.read("device_code  authorization_code").unwrap().write(&mut client);
    assert_eq!(grants.value(&client), "authorization_code device_code");
    assert_eq!(client.settings.grant_types.len(), 2);
    assert!(grants.read("authorization_code password").is_err());
}
