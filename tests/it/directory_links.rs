//! Links that work once: set-up, invitation, reset.

use keystead::directory::links::{self, look, take_invite, take_reset, take_setup};
use keystead::directory::users::{self, FirstPassword, NewUser};
use keystead::directory::{DirectoryError, credentials};
use keystead::domain::{Actor, DAY, LinkPurpose, Role, Secret};
use keystead::signin::password::Check;
use keystead::store;

use crate::harness::{TestApp, each_database};

const ACTOR: Actor = Actor::CommandLine;

fn new(name: &str) -> NewUser {
    NewUser {
        username: name.to_owned(),
        password: FirstPassword::Given(Secret::sent("correct horse battery")),
        ..NewUser::default()
    }
}

fn token(link: &links::Link) -> String {
    link.url.split_once("token=").unwrap().1.to_owned()
}

async fn knows(app: &TestApp, name: &str, password: &str) -> bool {
    let mut conn = app.db.read().await.unwrap();
    let user = keystead::directory::find::user(&mut conn, name).await.unwrap();
    let hash = store::users::password_hash(&mut conn, &user.id).await.unwrap();
    let password = Secret::sent(password);
    app.passwords.check(&password, hash.as_deref(), &app.random).await.unwrap() == Check::Right
}

#[tokio::test]
async fn of_several_who_open_a_set_up_link_one_becomes_administrator() {
    each_database(async |app| {
        let link = token(&links::setup_link(&app, &keystead::domain::Actor::System).await.unwrap());
        let node = app.another_node().await;
        let (a, b, c) = tokio::join!(
            take_setup(&app, &link, new("anna"), None),
            take_setup(&node, &link, new("berta"), None),
            take_setup(&app, &link, new("clara"), None),
        );
        let outcomes = [a, b, c];
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        for late in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
            let told = matches!(late, DirectoryError::LinkExpired | DirectoryError::SetupDone(_));
            assert!(told, "{late}");
        }
        assert_eq!(app.read(async |conn| store::users::count(conn).await).await, 1);
        let done = links::setup_link(&app, &keystead::domain::Actor::System).await.err().unwrap();
        assert_eq!(done.code(), "setup_done");
    })
    .await;
}

#[tokio::test]
async fn a_fresh_set_up_link_withdraws_the_former_one() {
    each_database(async |app| {
        let first =
            token(&links::setup_link(&app, &keystead::domain::Actor::System).await.unwrap());
        let second =
            token(&links::setup_link(&app, &keystead::domain::Actor::System).await.unwrap());
        assert_eq!(
            take_setup(&app, &first, new("anna"), None).await.unwrap_err().code(),
            "link_expired"
        );
        take_setup(&app, &second, new("anna"), None).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn making_an_administrator_by_command_ends_the_set_up() {
    each_database(async |app| {
        let link = token(&links::setup_link(&app, &keystead::domain::Actor::System).await.unwrap());
        let admin = NewUser { role: Some(Role::Administrator), ..new("admin") };
        users::create(&app, &ACTOR, admin).await.unwrap();
        assert_eq!(
            take_setup(&app, &link, new("anna"), None).await.unwrap_err().code(),
            "link_expired"
        );
    })
    .await;
}

#[tokio::test]
async fn a_set_up_link_survives_a_bad_password_and_dies_of_age() {
    each_database(async |app| {
        let link = token(&links::setup_link(&app, &keystead::domain::Actor::System).await.unwrap());
        let weak = NewUser { password: FirstPassword::Given(Secret::sent("short")), ..new("anna") };
        assert_eq!(take_setup(&app, &link, weak, None).await.unwrap_err().code(), "weak_password");
        assert!(look(&app, &link, LinkPurpose::Setup).await.unwrap().is_none());
        assert_eq!(look(&app, &link, LinkPurpose::Reset).await.unwrap_err().code(), "link_expired");
        app.wait(DAY);
        assert_eq!(
            take_setup(&app, &link, new("anna"), None).await.unwrap_err().code(),
            "link_expired"
        );
    })
    .await;
}

#[tokio::test]
async fn an_invitation_sets_the_first_password_once() {
    each_database(async |app| {
        let invited = NewUser { password: FirstPassword::Invitation, ..new("alice") };
        let made = users::create(&app, &ACTOR, invited).await.unwrap();
        let link = token(&made.invitation.unwrap());
        let person = look(&app, &link, LinkPurpose::Invite).await.unwrap().unwrap();
        assert_eq!(person.id, made.user.id);
        let password = Secret::sent("correct horse battery");
        take_invite(&app, &link, &password).await.unwrap();
        assert!(knows(&app, "alice", "correct horse battery").await);
        assert_eq!(take_invite(&app, &link, &password).await.unwrap_err().code(), "link_expired");
    })
    .await;
}

#[tokio::test]
async fn a_reset_link_is_good_for_a_day_and_not_for_a_closed_account() {
    each_database(async |app| {
        app.user("alice").await;
        let password = Secret::sent("another horse battery");
        let link = token(&links::reset_link(&app, &ACTOR, "alice").await.unwrap());
        app.wait(DAY);
        assert_eq!(take_reset(&app, &link, &password).await.unwrap_err().code(), "link_expired");
        let link = token(&links::reset_link(&app, &ACTOR, "alice").await.unwrap());
        users::disable(&app, &ACTOR, "alice", keystead::directory::Force::No).await.unwrap();
        assert_eq!(take_reset(&app, &link, &password).await.unwrap_err().code(), "link_expired");
        users::enable(&app, &ACTOR, "alice").await.unwrap();
        assert_eq!(take_reset(&app, &link, &password).await.unwrap_err().code(), "link_expired");
        let link = token(&links::reset_link(&app, &ACTOR, "alice").await.unwrap());
        take_reset(&app, &link, &password).await.unwrap();
        assert!(knows(&app, "alice", "another horse battery").await);
    })
    .await;
}

#[tokio::test]
async fn a_password_set_by_hand_withdraws_links() {
    each_database(async |app| {
        app.user("alice").await;
        let link = token(&links::reset_link(&app, &ACTOR, "alice").await.unwrap());
        let password = Secret::sent("another horse battery");
        credentials::set_password(&app, &ACTOR, "alice", &password).await.unwrap();
        assert_eq!(take_reset(&app, &link, &password).await.unwrap_err().code(), "link_expired");
    })
    .await;
}
