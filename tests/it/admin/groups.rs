//! Groups in the console.

use super::{Visitor, of};
use crate::harness::each_database;

fn at(group: &keystead::domain::Group) -> String {
    format!("/admin/groups/{}", group.id)
}

#[tokio::test]
async fn a_group_is_made_filled_nested_and_deleted() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let alice = app.user("alice").await;
        let form = [("name", "staff"), ("description", "Works here")];
        let page = root.done("/admin/groups/new", &form).await;
        assert_eq!(page.text("toast"), "Created the group staff.");
        assert_eq!(root.post("/admin/groups/new", &form).await.status, 422);
        let staff = app.registry().group_by_name("staff").unwrap().clone();
        let team = app.group("team", &[&alice]).await;
        let page = root.done(&at(&staff), &[("user", "root@example.com"), ("action", "add")]).await;
        assert!(page.body.contains(">root</a>"), "{}", page.body);
        let page = root.done(&at(&staff), &[("group", "team"), ("action", "add")]).await;
        assert!(page.text("inside").contains("team"), "{}", page.body);
        assert!(page.body.contains("1: alice"), "inherited: {}", page.body);
        let tree = root.get("/admin/groups/tree").await;
        assert!(tree.body.contains("class=\"depth-1\""), "{}", tree.body);
        let tab = root.get(&of(&alice, "/groups")).await;
        assert!(tab.body.contains("<li>staff</li>"), "{}", tab.body);
        let circle = root.post(&at(&team), &[("group", "staff"), ("action", "add")]).await;
        assert_eq!(circle.status, 422);
        assert!(circle.body.contains("cannot be put into"), "{}", circle.body);
        let asked = root.get(&format!("{}/delete", at(&staff))).await;
        assert!(asked.body.contains("<li>1 membership</li>"), "{}", asked.body);
        assert!(asked.body.contains("<li>1 group inside it</li>"), "{}", asked.body);
        root.done(&at(&staff), &[("group", "team"), ("action", "remove")]).await;
        let wrong = root.post(&format!("{}/delete", at(&staff)), &[("confirm", "team")]).await;
        assert_eq!(wrong.status, 422);
        root.done(&format!("{}/delete", at(&staff)), &[("confirm", "staff")]).await;
        assert!(app.registry().group_by_name("staff").is_none());
    })
    .await;
}

#[tokio::test]
async fn a_person_is_added_and_removed_by_name_from_their_own_page() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let alice = app.user("alice").await;
        app.group("crew", &[]).await;
        let path = of(&alice, "/groups");
        let near = root.post(&path, &[("group", "crw"), ("action", "add")]).await;
        assert_eq!(near.status, 422);
        assert!(near.body.contains("did you mean &#39;crew&#39;?"), "{}", near.body);
        let page = root.done(&path, &[("group", "crew"), ("action", "add")]).await;
        assert_eq!(page.text("toast"), "Added to crew.");
        let page = root.done(&path, &[("group", "crew"), ("action", "remove")]).await;
        assert_eq!(page.text("toast"), "Removed from crew.");
        let builtin = root.post(&path, &[("group", "everyone"), ("action", "add")]).await;
        assert_eq!(builtin.status, 422);
    })
    .await;
}

#[tokio::test]
async fn members_of_a_large_group_come_in_pages() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let mut all = Vec::new();
        for n in 0..60 {
            let user = crate::harness::samples::user(&format!("u{n:02}"));
            app.write(async |tx| keystead::store::users::insert(tx, &user, None).await).await;
            all.push(user);
        }
        let crew = app.group("crew", &all.iter().collect::<Vec<_>>()).await;
        let first = root.get(&at(&crew)).await;
        assert_eq!(first.text("list-count"), "60 people put into it");
        assert!(first.body.contains(">u49</a>") && !first.body.contains(">u50</a>"));
        let second = root.get(&super::lists::next(&first).unwrap()).await;
        assert!(second.body.contains(">u50</a>") && !second.body.contains(">u49</a>"));
        let found = root.get(&format!("{}?q=u5", at(&crew))).await;
        assert_eq!(found.text("list-count"), "10 people put into it");
        let youngest = root.get(&format!("{}?sort=-created", at(&crew))).await;
        assert!(youngest.body.contains(">u59</a>"), "{}", youngest.body);
        let file = root.get(&format!("{}?format=csv", at(&crew))).await;
        assert_eq!(file.body.lines().count(), 61);
    })
    .await;
}

#[tokio::test]
async fn a_renamed_group_keeps_its_maps_and_says_who_sees_the_new_name() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let crew = app.group("crew", &[]).await;
        app.group("staff", &[]).await;
        app.client("shop").await;
        let edit = format!("{}/edit", at(&crew));
        let shown = root.get(&edit).await;
        assert!(shown.body.contains("from the next sign-in on: &#39;shop&#39;"), "{}", shown.body);
        let revision = |page: &crate::harness::http::Answer| {
            page.inputs().into_iter().find(|(name, _)| name == "revision").unwrap().1
        };
        let (first, second) = (revision(&shown), revision(&root.get(&edit).await));
        let form = |name, revision| [("name", name), ("description", "x"), ("revision", revision)];
        let taken = root.post(&edit, &form("staff", &first)).await;
        assert_eq!(taken.status, 422);
        assert!(taken.body.contains("is taken"), "{}", taken.body);
        let page = root.done(&edit, &form("team", &first)).await;
        assert!(page.text("toast").starts_with("Saved team. Applications"), "{}", page.body);
        assert_eq!(app.registry().group_by_name("team").unwrap().id, crew.id);
        let late = root.post(&edit, &form("gang", &second)).await;
        assert_eq!(late.status, 409);
        assert!(late.body.contains("Somebody else changed this group"), "{}", late.body);
        assert!(late.body.contains("<td>team</td><td>gang</td>"), "{}", late.body);
        let page = root.done(&edit, &form("gang", &revision(&late))).await;
        assert!(page.body.contains("<h1>gang</h1>"), "{}", page.body);
        let everyone = format!("/admin/groups/{}/edit", keystead::domain::EVERYONE);
        assert_eq!(root.get(&everyone).await.status, 409);
        let log = root.get("/admin/events?kind=group.updated").await;
        assert_eq!(log.text("list-count"), "2 events");
    })
    .await;
}
