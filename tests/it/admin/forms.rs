//! No other site can press a button of the console.

use keystead::domain::Role;

use super::Visitor;
use super::access::{filled_in, forms};
use crate::harness::{Browser, each_database};

#[test]
fn every_form_of_the_console_carries_the_token() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/admin");
    let mut folders = vec![std::path::PathBuf::from(root)];
    let mut found = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let html = std::fs::read_to_string(&path).unwrap();
            for form in html.split("<form").skip(1).filter(|f| f.contains("method=\"post\"")) {
                let form = form.split("</form>").next().unwrap();
                let token = "name=\"csrf\" value=\"{{ shell.page.csrf }}\"";
                assert!(form.contains(token), "{}: {form}", path.display());
                found += 1;
            }
        }
    }
    assert!(found > 10, "{found}");
}

#[tokio::test]
async fn a_form_from_elsewhere_is_refused_everywhere() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let mut mallory = Browser::new(&app.app);
        let page = mallory.get("/login").await;
        let theirs = page.inputs().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        for path in forms() {
            let at = filled_in(&app, path).await;
            for csrf in ["", theirs.as_str()] {
                let form =
                    [("csrf", csrf), ("action", "disable"), ("name", "x"), ("username", "x")];
                let answer = root.browser.post(&at, &form).await;
                let told = (answer.status, answer.text("error-code"));
                assert_eq!(told, (400, "form_rejected".to_owned()), "{path}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_makes_no_sense_is_a_page_and_not_a_fault() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        Visitor::new(&app, "second", Some(Role::Administrator)).await;
        for path in ["/admin/users/nobody", "/admin/users/%00", "/admin/groups/none"] {
            let answer = root.get(path).await;
            assert!((400..500).contains(&answer.status), "{path}: {}", answer.status);
        }
        for query in ["after=%21", "after=WyJ4Il0", "sort=-", "role=king", "q=%25%5f", "q=%ff"] {
            let answer = root.get(&format!("/admin/users?{query}")).await;
            assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        }
        let nul = "after=WyJhXHUwMDAwIiwiYiJd";
        assert_eq!(root.get(&format!("/admin/users?{nul}")).await.status, 200);
        for path in ["/admin/groups/new", "/admin/users/new"] {
            let answer = root.post(path, &[("name", "a\0"), ("username", "a\0")]).await;
            assert_eq!(answer.status, 400, "{path}");
        }
        let deep = "after=WyI5OTk5OTk5OTk5OTk5OTk5OTk5OTk5IiwieCJd&sort=created";
        assert_eq!(root.get(&format!("/admin/users?{deep}")).await.status, 200);
    })
    .await;
}
