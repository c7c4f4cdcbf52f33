//! Lists: each row once, found by how a word begins, and a file that runs nothing.

use std::collections::BTreeSet;

use super::Visitor;
use crate::harness::http::Answer;
use crate::harness::{TestApp, each_database, samples};

/// The usernames on a page of the list.
fn names(page: &Answer) -> Vec<String> {
    let links = page.body.split("<td><a href=\"/admin/users/").skip(1);
    links
        .map(|rest| rest.split_once("\">").unwrap().1.split("</a>").next().unwrap().to_owned())
        .collect()
}

/// Where the next page is.
pub fn next(page: &Answer) -> Option<String> {
    let rest = page.body.split_once("id=\"next-page\" href=\"")?.1;
    Some(rest.split('"').next().unwrap().replace("&#38;", "&"))
}

async fn people(app: &TestApp, count: i64) {
    app.write(async |tx| {
        for n in 0..count {
            let mut user = samples::user(&format!("user{n:03}"));
            user.display_name = Some(format!("Zoë{n} Quick{}", n % 3));
            user.created_at = samples::NOW + n % 7;
            keystead::store::users::insert(tx, &user, None).await?;
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn going_through_the_pages_meets_everybody_once_in_any_order() {
    each_database(async |app| {
        people(&app, 120).await;
        let mut root = Visitor::root(&app).await;
        for (query, expected) in [
            ("", 121),
            ("?sort=-username", 121),
            ("?sort=created", 121),
            ("?sort=-created", 121),
            ("?q=quick", 120),
            ("?q=QUICK1", 40),
            ("?q=zo%C3%AB&state=open", 120),
            ("?role=administrator", 1),
            ("?state=disabled", 0),
        ] {
            let (mut all, mut pages) = (Vec::new(), 1);
            let mut page = root.get(&format!("/admin/users{query}")).await;
            assert!(page.text("list-count").starts_with(&expected.to_string()), "{query}");
            loop {
                all.extend(names(&page));
                let Some(to) = next(&page) else { break };
                page = root.get(&to).await;
                pages += 1;
            }
            assert_eq!(all.len(), expected, "{query}");
            assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), expected, "{query}");
            assert_eq!(pages, expected.div_ceil(50).max(1), "{query}");
        }
        // A page cannot be made to begin before what was looked for.
        let before = "WyIwMCIsIiJd";
        let page = root.get(&format!("/admin/users?q=user119&after={before}")).await;
        assert_eq!(names(&page), ["user119"]);
        let down = names(&root.get("/admin/users?sort=-username").await);
        assert!(down.is_sorted_by(|a, b| a > b), "{down:?}");
    })
    .await;
}

#[tokio::test]
async fn somebody_is_found_by_any_of_their_names_and_no_more_by_former_ones() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let mut alice = app.user("alice").await;
        alice.display_name = Some("Alice Pleasance Liddell".into());
        alice.family_name = Some("Ölander".into());
        app.write(async |tx| keystead::store::users::update(tx, &alice).await).await;
        for q in ["ali", "ALICE@EX", "liddell", "alice+pl", "%C3%96LAND", "o%CC%88l"] {
            let page = root.get(&format!("/admin/users?q={q}")).await;
            assert_eq!(names(&page), ["alice"], "{q}");
            assert!(root.get(&format!("/admin/search?q={q}")).await.body.contains(">alice</a>"));
        }
        for q in ["lice", "example", "%25", "_"] {
            assert!(names(&root.get(&format!("/admin/users?q={q}")).await).is_empty(), "{q}");
        }
        alice.family_name = None;
        app.write(async |tx| keystead::store::users::update(tx, &alice).await).await;
        assert!(names(&root.get("/admin/users?q=%C3%96l").await).is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_filter_is_a_chip_that_takes_it_away_again() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let page = root.get("/admin/users?q=ro&role=administrator&sort=-created").await;
        assert!(page.body.contains("Role: Administrator"), "{}", page.body);
        assert!(page.body.contains("href=\"/admin/users?q=ro&#38;sort=-created\""));
        assert!(page.body.contains("href=\"/admin/users?sort=-created&#38;role=administrator\""));
        let clear = "id=\"clear-filters\" href=\"/admin/users?sort=-created\"";
        assert!(page.body.contains(clear), "{}", page.body);
        let one = root.get("/admin/users?q=ro").await;
        assert!(!one.body.contains("clear-filters"), "one chip is its own way back");
        let typed = root.get("/admin/events?user=root&kind=sign_in.succeeded").await;
        for chip in ["User: root", "What happened: sign in succeeded"] {
            assert!(typed.body.contains(chip), "{chip}: {}", typed.body);
        }
    })
    .await;
}

#[tokio::test]
async fn the_file_has_everybody_and_no_formula() {
    each_database(async |app| {
        people(&app, 60).await;
        let mut root = Visitor::root(&app).await;
        let mut evil = samples::user("evil");
        evil.display_name = Some("=HYPERLINK(\"x\")".into());
        app.write(async |tx| keystead::store::users::insert(tx, &evil, None).await).await;
        let file = root.get("/admin/users?format=csv").await;
        assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
        assert_eq!(file.body.lines().count(), 63);
        assert!(file.body.contains("\"'=HYPERLINK(\"\"x\"\")\""), "{}", file.body);
        let some = root.get("/admin/users?format=csv&q=quick1").await;
        assert_eq!(some.body.lines().count(), 21);
    })
    .await;
}

#[tokio::test]
async fn every_list_is_searched_counted_and_taken_along() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let alice = app.user("alice").await;
        app.group("crew", &[&alice]).await;
        app.group("staff", &[]).await;
        app.client("shop").await;
        let tab = |tab: &str| super::of(&alice, tab);
        for (path, counted) in [
            ("/admin/groups?q=cr", "1 group"),
            ("/admin/groups?used=yes", "1 group"),
            ("/admin/applications?q=sh&sort=-created", "1 application"),
            ("/admin/keys?state=signs&alg=RS256", "1 key"),
            ("/admin/scopes?q=open", "1 scope"),
            ("/admin/scopes?kind=own", "0 scopes"),
            ("/admin/sessions?q=root", "1 session"),
            ("/admin/failures", "0 kinds of failures"),
            (&tab("/applications?q=shop"), "1 application"),
            (&tab("/consents"), "0 consents"),
            (&tab("/sessions"), "0 sessions"),
            (&tab("/events?failed=1"), "0 events"),
            (&super::at("shop", "/activity"), "0 attempts"),
        ] {
            let page = root.get(path).await;
            assert_eq!(page.text("list-count"), counted, "{path}: {}", page.body);
            let file = root
                .get(&format!("{path}{}format=csv", if path.contains('?') { "&" } else { "?" }))
                .await;
            assert_eq!(file.header("content-type"), "text/csv; charset=utf-8", "{path}");
            let lines: usize = counted.split(' ').next().unwrap().parse().unwrap();
            assert_eq!(file.body.lines().count(), lines + 1, "{path}: {}", file.body);
        }
        let groups = root.get("/admin/groups").await;
        let row = groups.body.split("<tr>").find(|row| row.contains(">crew</a>")).unwrap();
        assert!(row.contains("<td>1</td><td>0</td><td>0</td>"), "{row}");
        let apps = root.get("/admin/applications").await;
        assert!(apps.body.contains("<td>everybody</td>"), "{}", apps.body);
    })
    .await;
}
