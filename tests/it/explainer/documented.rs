//! The page about troubles tells of every cause, in the words that the program uses.

use std::fs;

use keystead::domain::Cause;
use keystead::explain::explanation;

fn rows() -> String {
    let mut rows = String::from("| code | what it means | what to do |\n| --- | --- | --- |\n");
    for cause in Cause::ALL {
        let told = explanation(*cause);
        rows += &format!("| `{cause}` | **{}.** {} | {} |\n", told.title, told.meaning, told.fix);
    }
    rows
}

#[test]
fn the_page_about_troubles_knows_every_cause() {
    let page = fs::read_to_string("docs/troubleshooting.md").unwrap();
    let (_, table) = page.split_once("## Every cause\n\n").unwrap();
    for (found, expected) in table.lines().zip(rows().lines()) {
        assert_eq!(found, expected, "docs/troubleshooting.md");
    }
    assert_eq!(table.lines().count(), rows().lines().count(), "docs/troubleshooting.md");
}

#[test]
fn every_cause_has_a_story() {
    let folder = fs::read_dir("tests/it/explainer").unwrap();
    let stories: String =
        folder.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    for cause in Cause::ALL {
        let name = format!("Cause::{cause:?}");
        let told =
            stories.split(&name).skip(1).any(|rest| !rest.starts_with(char::is_alphanumeric));
        assert!(told, "no story of the explainer provokes {cause}");
    }
}
