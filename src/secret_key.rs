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
use crate::seal::{NotOurs, Purpose, Sealer};
use crate::store::{self, Conn, Db, Tx, settings};

const CHECK: &str = "secret_key_check";
/// The key of pairwise subjects, once it is another than follows from the secret key.
const PAIRWISE: &str = "pairwise_key";
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
    /// Something else has its name.
    #[error(
        "the data folder {0} cannot be made, since a file is in its place; name another folder with data_dir"
    )]
    NoFolder(PathBuf),
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
    let folder = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists | ErrorKind::NotADirectory => {
            SecretKeyError::NoFolder(config.data_dir.clone())
        }
        _ => SecretKeyError::Folder { path: config.data_dir.clone(), error },
    };
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

/// What works with this key on this database. The first one leaves a sealed value there, by which
/// any other is noticed.
///
/// # Errors
/// `Wrong` if the database was made with another key.
pub async fn sealer(db: &Db, key: &[u8; 32], random: &Random) -> Result<Sealer, SecretKeyError> {
    let sealer = Sealer::new(key);
    let mut conn = db.read().await?;
    match fits(&mut conn, &sealer).await? {
        Some(true) => {}
        Some(false) => return Err(SecretKeyError::Wrong),
        None => {
            drop(conn);
            let mut tx = db.write().await?;
            // Another process may have been faster, with another key.
            match fits(&mut tx, &sealer).await? {
                Some(true) => {}
                Some(false) => return Err(SecretKeyError::Wrong),
                None => {
                    leave(&mut tx, &sealer, ((Purpose::Check, CHECK), KNOWN), random).await?;
                }
            }
            tx.commit().await?;
            return Ok(sealer);
        }
    }
    let context = (Purpose::KeptKey, PAIRWISE);
    match find(&mut conn, PAIRWISE).await? {
        None => Ok(sealer),
        Some(sealed) => {
            let kept = sealer.open(context, &sealed).map_err(|NotOurs| SecretKeyError::Wrong)?;
            let kept = kept.try_into().map_err(|_| SecretKeyError::Wrong)?;
            Ok(sealer.with_pairwise(kept))
        }
    }
}

/// Whether the database belongs to this key; `None` if it belongs to no key yet.
///
/// # Errors
/// When the database refuses.
pub async fn fits(conn: &mut Conn, sealer: &Sealer) -> store::Result<Option<bool>> {
    let sealed = find(conn, CHECK).await?;
    let opens = |sealed: Vec<u8>| {
        sealer.open((Purpose::Check, CHECK), &sealed).is_ok_and(|plain| plain == KNOWN)
    };
    Ok(sealed.map(opens))
}

/// Gives the database to another key, which calls people by the pairwise subjects they have.
///
/// # Errors
/// When the database refuses.
pub async fn hand_over(
    tx: &mut Tx,
    (from, to): (&Sealer, &Sealer),
    random: &Random,
) -> Result<(), SecretKeyError> {
    let pairwise = from.pairwise_key();
    leave(tx, to, ((Purpose::KeptKey, PAIRWISE), pairwise.as_slice()), random).await?;
    leave(tx, to, ((Purpose::Check, CHECK), KNOWN), random).await
}

async fn find(conn: &mut Conn, name: &str) -> store::Result<Option<Vec<u8>>> {
    let stored = settings::find(conn, name).await?;
    Ok(stored.map(|stored| {
        let sealed = stored.get("sealed").and_then(Value::as_str).unwrap_or_default();
        BASE64_STANDARD.decode(sealed).unwrap_or_default()
    }))
}

async fn leave(
    tx: &mut Tx,
    sealer: &Sealer,
    (context, plain): ((Purpose, &str), &[u8]),
    random: &Random,
) -> Result<(), SecretKeyError> {
    let sealed = sealer.seal(context, plain, random).map_err(|NotOurs| SecretKeyError::Wrong)?;
    let value = Map::from_iter([("sealed".into(), Value::String(BASE64_STANDARD.encode(sealed)))]);
    Ok(settings::put(tx, context.1, value).await?)
}
