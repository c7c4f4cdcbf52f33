//! What people say of themselves, what they cannot say, and the copy they may take along.

use keystead::domain::{Role, User};
use keystead::store::users;

use super::{events_of, person};
use crate::admin::Visitor;
use crate::harness::http::Answer;
use crate::harness::{TestApp, each_database};

const PATH: &str = "/account/profile";

async fn stored(app: &TestApp, visitor: &Visitor) -> User {
    app.read(async |conn| users::find(conn, &visitor.user.id).await).await.unwrap()
}

fn revision(page: &Answer) -> String {
    page.inputs().into_iter().find(|(name, _)| name == "revision").unwrap().1
}

#[tokio::test]
async fn people_change_what_they_say_of_themselves() {
    each_database(async |app| {
        let mut alice = person(&app, "alice").await;
        let at = revision(&alice.get(PATH).await);
        let form = [
            ("revision", at.as_str()),
            ("display_name", "Alice <Liddell>"),
            ("locale", "de_CH"),
            ("street_address", "Rue 1\r\n2nd floor"),
        ];
        let page = alice.done(PATH, &form).await;
        assert_eq!(page.text("toast"), "Saved your profile.");
        assert!(page.body.contains("Alice &#60;Liddell&#62;"), "{}", page.body);
        assert!(!page.body.contains("<Liddell>"));
        let user = stored(&app, &alice).await;
        assert_eq!(user.display_name.as_deref(), Some("Alice <Liddell>"));
        assert_eq!(user.profile.locale.as_deref(), Some("de-CH"));
        assert_eq!(events_of(&app, &alice).await[0], "user.updated");
    })
    .await;
}

#[tokio::test]
async fn nobody_makes_themselves_somebody_else() {
    each_database(async |app| {
        let mut alice = person(&app, "alice").await;
        let bob = app.user("bob").await;
        let page = alice.get(PATH).await;
        assert!(page.body.contains("Only an administrator can change these."));
        for taken in ["name=\"email\"", "name=\"nickname\"", "name=\"username\"", "name=\"role\""] {
            assert!(!page.body.contains(taken), "{taken}");
        }
        let form = [
            ("revision", revision(&page)),
            ("middle_name", "Ally".into()),
            ("nickname", "root".into()),
            ("username", "bob".into()),
            ("email", "root@example.com".into()),
            ("email_verified", "1".into()),
            ("phone_number_verified", "1".into()),
            ("role", "administrator".into()),
            ("id", bob.id.0.clone()),
            ("user_id", bob.id.0.clone()),
        ];
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
        alice.done(PATH, &form).await;
        let user = stored(&app, &alice).await;
        assert_eq!((user.username.as_str(), user.role), ("alice", None::<Role>));
        assert_eq!(user.email.as_deref(), Some("alice@example.com"));
        assert_eq!(user.profile.middle_name.as_deref(), Some("Ally"));
        assert_eq!(user.profile.nickname, None, "applications may know people by it");
        let bob = app.read(async |conn| users::find(conn, &bob.id).await).await.unwrap();
        assert_eq!(bob.profile.middle_name, None);
    })
    .await;
}

#[tokio::test]
async fn what_breaks_a_rule_or_comes_too_late_is_kept_on_the_form() {
    each_database(async |app| {
        let mut alice = person(&app, "alice").await;
        let at = revision(&alice.get(PATH).await);
        let form = [("revision", at.as_str()), ("given_name", "Al"), ("website", "javascript:x")];
        let answer = alice.post(PATH, &form).await;
        assert_eq!(answer.status, 422);
        assert!(answer.body.contains("href=\"#website\"") && answer.body.contains("<details open"));
        assert!(answer.inputs().contains(&("given_name".into(), "Al".into())));
        alice.done(PATH, &[("revision", &at), ("middle_name", "Ally")]).await;
        let late = alice.post(PATH, &[("revision", &at), ("middle_name", "Al")]).await;
        assert_eq!(late.status, 409, "{}", late.body);
        assert_eq!(stored(&app, &alice).await.profile.middle_name.as_deref(), Some("Ally"));
        let at = revision(&late);
        alice.done(PATH, &[("revision", &at), ("middle_name", "Al")]).await;
    })
    .await;
}

#[tokio::test]
async fn people_take_along_all_that_is_kept_of_them_and_no_secret() {
    each_database(async |app| {
        let mut alice = person(&app, "alice").await;
        app.group("staff", &[&alice.user]).await;
        app.user("bob").await;
        let answer = alice.get("/account/profile/export").await;
        assert_eq!(answer.header("content-type"), "application/json");
        let disposition = answer.header("content-disposition");
        assert_eq!(disposition, "attachment; filename=\"keystead-account.json\"");
        assert_eq!(answer.header("cache-control"), "no-store");
        let document = answer.json();
        assert_eq!(document["account"]["username"], "alice");
        assert_eq!(document["groups"]["direct"][0], "staff");
        assert_eq!(document["sessions"].as_array().unwrap().len(), 1);
        assert_eq!(document["events"][0]["event"], "alice signed in");
        for secret in ["hash", "argon2", "bob"] {
            assert!(!answer.body.contains(secret), "{secret}: {}", answer.body);
        }
    })
    .await;
}
