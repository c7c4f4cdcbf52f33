//! What is taken for authorization details, and what is not.

use proptest::prelude::*;
use serde_json::{Value, json};
use sqlx::types::Json;

use super::{narrow, read};
use crate::domain::{Cause, Client, ClientId, ClientSettings, Timestamp};

fn client(types: &[&str]) -> Client {
    let settings = ClientSettings {
        authorization_details_types: types.iter().map(|one| (*one).to_owned()).collect(),
        ..ClientSettings::default()
    };
    Client {
        id: ClientId("web".into()),
        slug: "web".into(),
        name: "Web".into(),
        public: false,
        trusted: false,
        disabled_at: None,
        secret_hash: None,
        secret_sealed: None,
        settings: Json(settings),
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
    }
}

fn told(sent: &Value) -> Result<usize, Cause> {
    let read = read(Some(&sent.to_string()), &client(&["payment"]));
    read.map(|all| all.len()).map_err(|error| error.cause)
}

#[test]
fn the_example_of_rfc_9396_section_2() {
    let sent = json!([{
        "type": "payment",
        "locations": ["https://example.com/payments"],
        "actions": ["initiate", "status", "cancel"],
        "instructedAmount": { "currency": "EUR", "amount": "123.50" },
        "creditorName": "Merchant A",
        "creditorAccount": { "iban": "DE02100100109307118603" },
    }]);
    assert_eq!(told(&sent), Ok(1));
}

#[test]
fn what_is_not_as_it_must_be_is_refused() {
    let malformed = Err(Cause::AuthorizationDetailsMalformed);
    let nested = (0..6).fold(json!("x"), |inner, _| json!([inner]));
    for sent in [
        json!({ "type": "payment" }),
        json!(["payment"]),
        json!([{ "actions": ["read"] }]),
        json!([{ "type": "" }]),
        json!([{ "type": 7 }]),
        json!([{ "type": "payment", "actions": "read" }]),
        json!([{ "type": "payment", "locations": [1] }]),
        json!([{ "type": "payment", "identifier": ["x"] }]),
        json!([{ "type": "payment", "deep": nested }]),
        json!([{ "type": "payment", "to": "A\u{202e}B" }]),
        json!([{ "type": "payment", "to": "A\u{3164}B" }]),
        json!([{ "type": "payment", "to": "A\u{e0041}" }]),
        json!([{ "type": "payment", "to\nline": "A" }]),
        json!([{ "type": "payment", "long": "x".repeat(4000) }]),
        json!(vec![json!({ "type": "payment" }); 11]),
    ] {
        assert_eq!(told(&sent), malformed, "{sent}");
    }
    assert_eq!(told(&json!([{ "type": "other" }])), Err(Cause::AuthorizationDetailsType));
}

#[test]
fn a_token_gets_no_more_than_was_granted() {
    let client = client(&["payment"]);
    let read = json!({ "type": "payment", "actions": ["read"] });
    let write = json!({ "type": "payment", "actions": ["write"] });
    let gone = json!({ "type": "gone" });
    let granted = [&read, &gone].map(|one| one.as_object().unwrap().clone());
    let ask = |text: Option<String>| narrow(&client, &granted, text.as_deref());
    assert_eq!(ask(None).unwrap().len(), 1, "a type that was taken away opens nothing");
    assert_eq!(ask(Some(json!([read]).to_string())).unwrap(), granted[..1]);
    let more = ask(Some(json!([read, write]).to_string())).unwrap_err();
    assert_eq!(more.cause, Cause::AuthorizationDetailsExceeded);
}

proptest! {
    #[test]
    fn no_text_breaks_it(text in "\\PC{0,200}") {
        let read = read(Some(&text), &client(&["payment"]));
        if let Ok(all) = read {
            prop_assert!(serde_json::from_str::<Value>(&text).unwrap().is_array());
            prop_assert!(all.iter().all(|one| one["type"] == "payment"));
        }
    }

    #[test]
    fn any_plain_detail_comes_through_unchanged(
        actions in proptest::collection::vec("[a-z ]{0,10}", 0..4),
        name in "[a-zA-Z_]{1,10}",
        value in "[\\p{L}\\p{N} .,:-]{0,30}",
        number in any::<i64>(),
    ) {
        let sent = json!({ "type": "payment", "actions": actions, "more": { name: [value, number] } });
        let read = read(Some(&json!([sent]).to_string()), &client(&["payment"])).unwrap();
        prop_assert_eq!(Value::Object(read[0].clone()), sent);
    }
}
