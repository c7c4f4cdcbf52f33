//! The flags every command takes.

use std::path::PathBuf;

use super::layers::{Given, Origin, Raw};

/// Settings given on the command line; they win over every other layer.
#[derive(clap::Args, Clone, Default)]
pub struct Flags {
    /// Settings file [default: ./keystead.toml, else /etc/keystead/keystead.toml]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Settings")]
    pub config: Option<PathBuf>,
    /// Where people and clients reach Keystead, such as https://sso.example.com
    #[arg(long, global = true, value_name = "URL", help_heading = "Settings")]
    pub public_url: Option<String>,
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "ADDRESS", help_heading = "Settings")]
    pub listen: Option<String>,
    /// Folder for everything Keystead writes [default: ./data]
    #[arg(long, global = true, value_name = "FOLDER", help_heading = "Settings")]
    pub data_dir: Option<String>,
    /// Database [default: sqlite://<data_dir>/keystead.db]
    #[arg(long, global = true, value_name = "URL", help_heading = "Settings")]
    pub database_url: Option<String>,
}

impl Flags {
    pub(super) fn given(&self) -> impl Iterator<Item = Given> {
        let flags = [
            ("public_url", "--public-url", &self.public_url),
            ("listen", "--listen", &self.listen),
            ("data_dir", "--data-dir", &self.data_dir),
            ("database_url", "--database-url", &self.database_url),
        ];
        flags.into_iter().filter_map(|(key, flag, value)| {
            let raw = Raw::Text(value.clone()?);
            Some(Given { key: key.to_owned(), raw, origin: Origin::Flag(flag) })
        })
    }
}
