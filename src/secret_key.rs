//! Where the secret key comes from, and whether it is the right one.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::config::{Config, SecretKey};
use crate::random::Random;
use crate::seal::{Purpose, Sealer};
use crate::store::{self, Db, settings};

const CHECK: &str = "secret_key_check";
const KNOWN: &[u8] = b"keystead";

/// Why there is no usable secret key.
#[derive(Debug, thiserror::Error)]
pub enum SecretKeyError {
    /// The folder cannot be made.
    #[error(
        "the data folder {path} cannot be written: {error}; give Keystead's user the right to write there, or name another folder with data_dir"
    )]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The file cannot be read or made.
    #[error(
        "the secret key file {path} cannot be used: {error}; check its owner and mode, or name another with secret_key_file"
    )]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The file holds something else.
    #[error(
        "{0} does not hold a secret key; it must be 32 bytes in base64: restore it from a backup"
    )]
    Malformed(PathBuf),
    /// The database was sealed under a key that is gone.
    #[error(
        "there is no secret key at {0}, but this database was made with one; restore secret.key from a backup, or set KEYSTEAD_SECRET_KEY"
    )]
    Missing(PathBuf),
    /// The database was sealed under another key.
    #[error(
        "the secret key is not the one this database was made with; restore the original secret.key (or KEYSTEAD_SECRET_KEY), since without it signing keys and client secrets cannot be opened"
    )]
    Wrong,
    /// The database.
    #[error("the database cannot be read: {0}")]
    Store(#[from] store::Error),
}

/// Makes the data folder, if it is not there.
///
/// # Errors
/// `Folder`.
pub fn make_folder(config: &Config) -> Result<(), SecretKeyError> {
    let folder = |error| SecretKeyError::Folder { path: config.data_dir.clone(), error };
    if config.data_dir.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&config.data_dir).map_err(folder)
}

/// The key from the settings or the file; `None` if there is neither.
///
/// # Errors
/// When the file cannot be read or holds something else.
pub fn load(config: &Config) -> Result<Option<SecretKey>, SecretKeyError> {
    if let Some(key) = &config.secret_key {
        return Ok(Some(key.clone()));
    }
    let path = &config.secret_key_file;
    match fs::read_to_string(path) {
        Ok(text) => read(Zeroizing::new(text), path).map(Some),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(SecretKeyError::File { path: path.clone(), error }),
    }
}

/// Makes the key of a new database. For one that was made with another key it is refused before
/// anything is written.
///
/// # Errors
/// `Missing` if the database was sealed already.
pub async fn create(
    config: &Config,
    db: &Db,
    random: &Random,
) -> Result<SecretKey, SecretKeyError> {
    let path = &config.secret_key_file;
    if settings::find(&mut db.read().await?, CHECK).await?.is_some() {
        return Err(SecretKeyError::Missing(path.clone()));
    }
    let file = |error| SecretKeyError::File { path: path.clone(), error };
    let text = Zeroizing::new(BASE64_STANDARD.encode(random.bytes::<32>()));
    match write(path, &text) {
        // Another process was faster: its key is the key.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            read(Zeroizing::new(fs::read_to_string(path).map_err(file)?), path)
        }
        Err(error) => Err(file(error)),
        Ok(()) => read(text, path),
    }
}

fn read(text: Zeroizing<String>, path: &Path) -> Result<SecretKey, SecretKeyError> {
    SecretKey::parse(&text).ok_or_else(|| SecretKeyError::Malformed(path.to_owned()))
}

/// Written beside and moved into place, so that nobody ever reads half a key.
fn write(path: &PathBuf, text: &str) -> std::io::Result<()> {
    let beside = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    let written = writeln!(file, "{text}").and_then(|()| file.sync_all());
    let linked = written.and_then(|()| fs::hard_link(&beside, path));
    fs::remove_file(&beside)?;
    linked
}

/// Compares with the value sealed at the first start; makes it then.
///
/// # Errors
/// `Wrong` if the database was made with another key.
pub async fn check(db: &Db, sealer: &Sealer, random: &Random) -> Result<(), SecretKeyError> {
    let mut conn = db.read().await?;
    let stored = settings::find(&mut conn, CHECK).await?;
    drop(conn);
    if let Some(stored) = stored {
        let sealed = stored.get("sealed").and_then(Value::as_str).unwrap_or_default();
        let sealed = BASE64_STANDARD.decode(sealed).unwrap_or_default();
        return match sealer.open((Purpose::Check, CHECK), &sealed) {
            Ok(plain) if plain == KNOWN => Ok(()),
            _ => Err(SecretKeyError::Wrong),
        };
    }
    let sealed =
        sealer.seal((Purpose::Check, CHECK), KNOWN, random).map_err(|_| SecretKeyError::Wrong)?;
    let value = Map::from_iter([("sealed".into(), Value::String(BASE64_STANDARD.encode(sealed)))]);
    let mut tx = db.write().await?;
    if settings::find(&mut tx, CHECK).await?.is_none() {
        settings::put(&mut tx, CHECK, value).await?;
    }
    tx.commit().await?;
    Ok(())
}
