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
        assert!(page.body.contains("<span>root</span>"), "{}", page.body);
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
        assert!(
            first.body.contains("<span>u49</span>") && !first.body.contains("<span>u50</span>")
        );
        let second = root.get(&format!("{}?after=u49", at(&crew))).await;
        assert!(second.body.contains("<span>u50</span>") && !second.body.contains(">u49</span>"));
    })
    .await;
}
