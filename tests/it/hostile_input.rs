//! Hostile input: what the fuzzer begins with and what it once found, given to every parser again.

#[path = "../../fuzz/src/lib.rs"]
mod targets;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use proptest::sample::Index;
use targets::{TARGETS, run};

/// The files of a folder.
fn files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder}: {error}"));
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Their names without what follows the dot.
fn names(folder: &str) -> BTreeSet<String> {
    let stem = |file: PathBuf| file.file_stem().unwrap().to_str().unwrap().to_owned();
    files(folder).into_iter().map(stem).collect()
}

#[test]
fn each_parser_keeps_its_promises_whatever_it_is_given() {
    for (target, _) in TARGETS {
        let inputs = files(&format!("fuzz/corpus/{target}"));
        assert!(inputs.len() >= 3, "{target} begins with too little");
        for input in inputs {
            // Shown where one fails.
            println!("{}", input.display());
            let bytes = fs::read(&input).unwrap();
            run(target, &bytes);
            // And whatever came too early to an end.
            for end in (0..bytes.len().min(512)).step_by(7) {
                run(target, &bytes[..end]);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn each_parser_keeps_them_for_what_is_put_together_from_pieces(
        (target, one, other) in any::<(Index, Index, Index)>(),
        (end, start) in any::<(Index, Index)>(),
        between in prop_oneof!["\\PC{0,8}", "[\\[\\]{}\",:.=&%0-9a-z \r\n-]{0,8}"],
    ) {
        let (target, _) = target.get(&TARGETS);
        let mut inputs = files(&format!("fuzz/corpus/{target}"));
        inputs.sort();
        let read = |input: &Index| fs::read(input.get(&inputs)).unwrap();
        let (one, other) = (read(&one), read(&other));
        let head = &one[..end.index(one.len() + 1)];
        let tail = &other[start.index(other.len() + 1)..];
        run(target, &[head, between.as_bytes(), tail].concat());
    }
}

#[test]
fn what_can_be_fuzzed_is_all_of_it() {
    let known: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names("fuzz/corpus"), known);
    assert_eq!(names("fuzz/targets"), known);
    let manifest = fs::read_to_string("fuzz/Cargo.toml").unwrap();
    for name in known {
        let program = fs::read_to_string(format!("fuzz/targets/{name}.rs")).unwrap();
        assert!(program.contains(&format!("run(\"{name}\", input)")), "{name}");
        assert!(manifest.contains(&format!("path = \"targets/{name}.rs\"")), "{name}");
    }
}
