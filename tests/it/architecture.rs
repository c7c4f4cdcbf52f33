//! The rules of the house that no compiler keeps: which way modules lean, and how files look.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules each module may use. A new edge is a decision: make it here, and let it lean the
/// way the others do, from what serves and asks (below) to what only knows (above).
const MAY_USE: &[(&str, &str)] = &[
    ("domain", ""),
    ("protocol", "domain"),
    ("jose", "domain"),
    ("layouts", "domain protocol"),
    ("generator", "domain"),
    // What relying parties need is known, not asked: asking is the trade of `outbound`.
    ("integration", "domain"),
    ("outbound", "clock domain integration"),
    ("config", ""),
    // What clients name is asked by `web`, and the server itself by the command line.
    ("fetch", "config"),
    ("clock", "domain"),
    ("random", "clock domain"),
    ("seal", "random"),
    ("metrics", ""),
    ("renewal", ""),
    // It sends what it is given, through the server that it is told of.
    ("mail", "domain"),
    ("telemetry", "config"),
    ("server", "config"),
    ("store", "domain"),
    ("secret_key", "config random seal store"),
    ("registry", "domain jose seal store"),
    // What every request needs is put together here, from every side; those who forgot their
    // password wait here, too.
    (
        "app",
        "clock config directory explain fetch jose metrics random registry renewal seal secret_key signin store web",
    ),
    // What is known of a relying party explains why it failed.
    ("explain", "app clock domain integration random seal store"),
    ("signin", "app config domain explain metrics protocol random registry seal store"),
    // It replaces the secret key, for which everything sealed is sealed anew; and restores a backup
    // where nothing runs that an `App` could be made of. The public URL is read as the settings read
    // it, and mail goes out for what was changed.
    (
        "directory",
        "app clock config domain explain jose mail random registry seal secret_key signin store",
    ),
    // Clients are told of sign-outs that wait in the database, with nobody asking.
    ("logout", "app domain explain fetch layouts protocol registry store"),
    ("jobs", "app directory domain explain logout signin store"),
    (
        "web",
        // The console makes applications from the same templates as the command line, and plays
        // them against the public URL in the same way; the address that is set up is asked whether
        // it is we who answer there.
        "app config directory domain explain generator integration jose layouts mail metrics outbound protocol registry seal server signin store",
    ),
    ("serve", "app config directory domain jobs server telemetry web"),
    (
        "cli",
        "app clock config directory domain explain generator integration layouts outbound random registry serve store telemetry",
    ),
];

/// What a module may not speak of at all.
const NEVER: &[(&[&str], &[&str])] = &[
    // They decide, and neither wait nor answer.
    (
        &[
            "domain",
            "protocol",
            "jose",
            "layouts",
            "generator",
            "integration",
            "config",
            "seal",
            "random",
        ],
        &["async fn", ".await", "axum::", "sqlx::query", "tokio::"],
    ),
    (&["protocol", "layouts", "generator", "integration", "config", "seal", "random"], &["sqlx::"]),
    (&["store", "signin", "directory", "explain", "jobs", "cli"], &["axum::"]),
];

/// How a statement begins. Only `store` writes any.
const SQL: &[&str] = &["\"select ", "\"insert into ", "\"delete from ", "sqlx::query", ".execute("];

const LONGEST: usize = 400;

/// A source file.
struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    /// The files under `folder`, each with its text.
    fn all(folder: &str) -> Vec<Source> {
        let mut files = Vec::new();
        let mut folders = vec![PathBuf::from(folder)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    files.push(Source { text: fs::read_to_string(&path).unwrap(), path });
                }
            }
        }
        files
    }

    /// The top module it belongs to: `src/store/codes.rs` is of `store`, `src/app.rs` of `app`.
    fn module(&self) -> String {
        let part = self.path.iter().nth(1).unwrap();
        Path::new(part).file_stem().unwrap().to_str().unwrap().to_owned()
    }

    /// What is compiled into the program; its tests may use what they like.
    fn program(&self) -> &str {
        if self.path.file_name().is_some_and(|name| name == "tests.rs") {
            return "";
        }
        self.text.split("#[cfg(test)]").next().unwrap()
    }

    /// The top modules it uses: `crate::a`, `crate::{a, b::c}`, and `super::a` beside `lib.rs`.
    fn uses(&self) -> BTreeSet<String> {
        let top = self.path.components().count() == 2 || self.path.ends_with("mod.rs");
        let up = if top && self.path.components().count() <= 3 { "super::" } else { "crate::" };
        ["crate::", up]
            .iter()
            .flat_map(|start| self.program().split(start).skip(1))
            .flat_map(|rest| match rest.strip_prefix('{') {
                Some(group) => group.split('}').next().unwrap().split(',').collect(),
                None => vec![rest],
            })
            .map(|path| path.trim_start().chars().take_while(|c| is_name(*c)).collect::<String>())
            .filter(|name| name.starts_with(char::is_lowercase))
            .collect()
    }

    fn at(&self) -> std::path::Display<'_> {
        self.path.display()
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[test]
fn modules_lean_one_way() {
    let modules: BTreeSet<&str> = MAY_USE.iter().map(|(module, _)| *module).collect();
    let map = fs::read_to_string("src/lib.rs").unwrap();
    let public = map.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    assert_eq!(public.collect::<BTreeSet<_>>(), modules, "lib.rs and this table know the same");
    for file in Source::all("src") {
        let module = file.module();
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module) else { continue };
        for used in file.uses().intersection(&modules.iter().map(|m| (*m).to_owned()).collect()) {
            let fine = *used == module || allowed.split(' ').any(|name| name == used);
            assert!(fine, "{}: {module} may not use {used}", file.at());
        }
    }
}

#[test]
fn modules_keep_to_their_trade() {
    for file in Source::all("src") {
        let module = file.module();
        let words = NEVER.iter().filter(|(modules, _)| modules.contains(&module.as_str()));
        for word in words.flat_map(|(_, words)| *words) {
            assert!(!file.program().contains(word), "{}: no {word} in {module}", file.at());
        }
    }
}

#[test]
fn only_the_store_speaks_sql() {
    for file in Source::all("src").iter().filter(|file| file.module() != "store") {
        for word in SQL {
            assert!(!file.program().contains(word), "{}: {word} belongs in store", file.at());
        }
    }
}

/// The functions of a table's file: `codes::take`.
fn store_functions() -> Vec<(String, String)> {
    let files = Source::all("src/store");
    let functions = files.iter().flat_map(|file| {
        let table = file.path.file_stem().unwrap().to_str().unwrap().to_owned();
        let heads = file.text.lines().filter_map(|line| line.strip_prefix("pub async fn "));
        heads.map(move |head| {
            (table.clone(), head.chars().take_while(|c| is_name(*c)).collect::<String>())
        })
    });
    functions.collect()
}

#[test]
fn every_function_of_the_store_is_told_of() {
    let stories: String = Source::all("tests/it").into_iter().map(|file| file.text).collect();
    let functions = store_functions();
    assert!(functions.len() > 80, "found {} functions", functions.len());
    for (table, name) in functions {
        let call = format!("{table}::{name}");
        let called = stories.split(&call).skip(1).any(|rest| !rest.starts_with(is_name));
        assert!(called, "no story calls {call}");
    }
}

#[test]
fn whoever_writes_takes_a_transaction() {
    for file in Source::all("src/store") {
        for function in file.text.split("\npub async fn ").skip(1) {
            let (head, body) = function.split_once('{').unwrap();
            let writes = ["\"update ", "\"insert into ", "\"delete from "];
            if writes.iter().any(|word| body.contains(word)) {
                assert!(head.contains("tx: &mut Tx"), "{}: {head}", file.at());
            }
        }
    }
}

#[test]
fn files_stay_small_and_say_what_they_are() {
    for file in ["src", "tests/it", "fuzz/src"].iter().flat_map(|folder| Source::all(folder)) {
        let lines = file.text.lines().count();
        assert!(lines <= LONGEST, "{} has {lines} lines", file.at());
        assert!(file.text.starts_with("//! "), "{} opens with //!", file.at());
    }
}

#[test]
fn lints_are_not_switched_off() {
    // In two parts, since this file is looked at too.
    let words = [["#[", "allow("].concat(), ["#![", "allow("].concat()];
    for file in ["src", "tests/it"].iter().flat_map(|folder| Source::all(folder)) {
        for word in &words {
            assert!(!file.text.contains(word), "{}: expect it, with a reason", file.at());
        }
    }
}
