//! What is made once for every process of every run, because making it takes long: each story runs in
//! a process of its own.

use std::path::{Path, PathBuf};

/// The file or folder of this name, which `make` makes where it is not there yet.
pub fn kept(name: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if !kept.exists() {
        let made = kept.with_extension(std::process::id().to_string());
        make(&made);
        // Of several processes one is the first, and what it made is kept whole.
        if std::fs::rename(&made, &kept).is_err() {
            std::fs::remove_dir_all(&made).unwrap();
        }
    }
    kept
}
