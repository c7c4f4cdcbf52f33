//! Keystead under test: its own process, prepared through its command line.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;

use anyhow::{Context, Result, bail};

use super::browser::Browser;
use super::process::{Server, free_address, postmaster};
use super::provider::{CALLBACK, Client, Provider, metadata};
use super::signers::Signer;

const BINARY: &str = env!("CARGO_BIN_EXE_keystead");
const PASSWORD: &str = "four quiet words rhyme";

/// Where one Keystead lives.
pub struct Keystead {
    /// Its folder.
    pub folder: PathBuf,
    /// Its database, if it is not in that folder.
    pub database: Option<Postgres>,
    address: SocketAddr,
}

/// A PostgreSQL cluster.
#[derive(Clone)]
pub struct Postgres {
    /// How to reach it.
    pub url: String,
    /// Where its files are.
    pub cluster: PathBuf,
}

impl Keystead {
    /// In a folder that does not exist yet.
    pub fn new(folder: &Path, database: Option<Postgres>) -> Result<Keystead> {
        std::fs::create_dir(folder)?;
        Ok(Keystead { folder: folder.to_owned(), database, address: free_address()? })
    }

    /// The address of its database.
    pub fn database_url(&self) -> String {
        match &self.database {
            Some(database) => database.url.clone(),
            None => format!("sqlite://{}", self.folder.join("keystead.db").display()),
        }
    }

    fn command(&self) -> Result<Command> {
        let log =
            std::fs::File::options().create(true).append(true).open(self.folder.join("log"))?;
        let mut command = Command::new(BINARY);
        command
            .current_dir(&self.folder)
            .env("KEYSTEAD_DATA_DIR", &self.folder)
            .env("KEYSTEAD_DATABASE_URL", self.database_url())
            .env("KEYSTEAD_LISTEN", self.address.to_string())
            .env("KEYSTEAD_PUBLIC_URL", format!("http://{}", self.address))
            .stderr(log);
        Ok(command)
    }

    /// Serves.
    pub async fn serve(&self) -> Result<Server> {
        let mut command = self.command()?;
        command.arg("serve");
        let mut server = Server::start(command, self.address, "/readyz").await?;
        if let Some(database) = &self.database {
            server.database = Some(postmaster(&database.cluster)?);
        }
        Ok(server)
    }

    fn run(&self, arguments: &[&str], input: &str) -> Result<String> {
        let mut child = self
            .command()?
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the command cannot be started")?;
        if let Some(mut stdin) = child.stdin.take() {
            writeln!(stdin, "{input}")?;
        }
        let output = child.wait_with_output()?;
        if !output.status.success() {
            let log = std::fs::read_to_string(self.folder.join("log"))?;
            bail!("keystead {}: {}", arguments.join(" "), log.lines().last().unwrap_or_default());
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Makes clients and people, and returns what a relying party needs.
    pub async fn prepare(&self, server: Server, people: usize) -> Result<Provider> {
        let web = |id: &str, alg: &str| {
            self.run(
                &[
                    "client",
                    "create",
                    id,
                    "--name",
                    id,
                    "--redirect-uri",
                    CALLBACK,
                    "--alg",
                    alg,
                    "--trusted",
                ],
                "",
            )?;
            let scopes = ["openid", "profile", "email", "offline_access"];
            self.run(&[&["client", "scope-map", id, "everyone"], &scopes[..]].concat(), "")?;
            self.client(id)
        };
        let machine = |id: &str, alg: &str| {
            let create =
                ["client", "create", id, "--name", id, "--template", "machine", "--alg", alg];
            self.run(&create, "")?;
            self.client(id)
        };
        let web =
            [web("web-rs256", "RS256")?, web("web-es256", "ES256")?, web("offline", "ES256")?];
        let machine = [machine("machine-rs256", "RS256")?, machine("machine-es256", "ES256")?];
        let signer = Rc::new(Signer::new()?);
        let keys = self.folder.join("signer.json");
        std::fs::write(&keys, signer.jwks().to_string())?;
        let keys = keys.to_string_lossy().into_owned();
        self.run(
            &[
                "client",
                "create",
                "signer",
                "--name",
                "signer",
                "--template",
                "machine",
                "--auth-method",
                "private_key_jwt",
                "--jwks-file",
                &keys,
            ],
            "",
        )?;
        self.run(
            &["client", "create", "tv", "--name", "tv", "--public", "--grant-type", "device_code"],
            "",
        )?;
        self.run(&["client", "scope-map", "tv", "everyone", "openid"], "")?;
        let people = (0..people)
            .map(|n| {
                let name = format!("person{n}");
                self.create_user(&name, &[])?;
                Ok(self.browser(&name))
            })
            .collect::<Result<_>>()?;
        // Running servers notice a change within a second.
        tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
        let metadata = metadata(&server).await?;
        Ok(Provider {
            server,
            web,
            machine,
            machine_extra: "",
            signer: Some(("signer".to_owned(), signer)),
            people,
            metadata,
        })
    }

    /// Makes somebody who signs in with a password.
    pub fn create_user(&self, name: &str, flags: &[&str]) -> Result<()> {
        let create = [&["user", "create", name, "--password-stdin"], flags].concat();
        self.run(&create, PASSWORD).map(|_| ())
    }

    /// Their browser.
    pub fn browser(&self, name: &str) -> Browser {
        Browser::new(name, PASSWORD)
    }

    fn client(&self, id: &str) -> Result<Client> {
        let secret = self.run(&["client", "show-secret", id], "")?;
        Ok(Client::new(id, secret.trim()))
    }
}
