//! Two who change one profile at once lose nothing.

use super::{Visitor, of};
use crate::harness::http::Answer;
use crate::harness::{TestApp, each_database};
use keystead::domain::{Role, User};

/// What a browser would send of the profile's form, with these values.
fn filled(page: &Answer, values: &[(&str, &str)]) -> Vec<(String, String)> {
    let form = page.body.split("<form class=\"panel\"").nth(1).unwrap();
    let form = Answer {
        status: 200,
        headers: page.headers.clone(),
        body: form.split("</form>").next().unwrap().to_owned(),
        bytes: Vec::new(),
    };
    let mut all: Vec<_> = form.inputs().into_iter().filter(|(name, _)| name != "csrf").collect();
    all.retain(|(name, _)| !values.iter().any(|(other, _)| other == name));
    all.extend(values.iter().map(|(name, value)| ((*name).into(), (*value).into())));
    all
}

fn pairs(form: &[(String, String)]) -> Vec<(&str, &str)> {
    form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

async fn now(app: &TestApp, user: &User) -> User {
    app.read(async |conn| keystead::store::users::find(conn, &user.id).await).await.unwrap()
}

#[tokio::test]
async fn who_saves_second_is_shown_what_changed_and_decides() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let mut second = Visitor::new(&app, "second", Some(Role::Administrator)).await;
        let alice = app.user("alice").await;
        let path = of(&alice, "");
        let (page, theirs) = (root.get(&path).await, second.get(&path).await);
        let first = filled(&page, &[("display_name", "Alice First"), ("email_verified", "1")]);
        let saved = root.done(&path, &pairs(&first)).await;
        assert_eq!(saved.text("toast"), "Saved alice.");
        let late = filled(&theirs, &[("display_name", "Alice Second"), ("email_verified", "1")]);
        let conflict = second.post(&path, &pairs(&late)).await;
        assert_eq!(conflict.status, 409);
        assert!(conflict.has("conflict"), "{}", conflict.body);
        assert!(conflict.body.contains("<td>Alice First</td><td>Alice Second</td>"));
        assert_eq!(now(&app, &alice).await.display_name.as_deref(), Some("Alice First"));
        let again = filled(&conflict, &[("email_verified", "1")]);
        second.done(&path, &pairs(&again)).await;
        let stored = now(&app, &alice).await;
        assert_eq!(stored.display_name.as_deref(), Some("Alice Second"));
        assert!(stored.email_verified);
    })
    .await;
}

#[tokio::test]
async fn a_bad_value_is_told_beside_its_field_with_everything_kept() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let alice = app.user("alice").await;
        app.user("bob").await;
        let path = of(&alice, "");
        let page = root.get(&path).await;
        for (field, value) in [
            ("email", "not an address"),
            ("email", "bob@example.com"),
            ("username", "al ice"),
            ("username", "bob"),
            ("phone_number", "letters"),
            ("given_name", &"x".repeat(200)),
        ] {
            let form = filled(&page, &[(field, value), ("nickname", "Al")]);
            let answer = root.post(&path, &pairs(&form)).await;
            assert_eq!(answer.status, 422, "{field}: {}", answer.body);
            let link = format!("href=\"#{field}\"");
            assert!(answer.body.contains(&link), "{field} {value}: {}", answer.body);
            let inputs = answer.inputs();
            assert!(inputs.contains(&("nickname".into(), "Al".into())), "kept");
            assert!(inputs.contains(&(field.into(), value.into())), "kept {field}");
        }
        assert_eq!(now(&app, &alice).await.email, alice.email);
    })
    .await;
}
