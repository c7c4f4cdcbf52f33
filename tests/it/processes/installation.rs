//! A folder, a database, and the processes that work on them.

use std::io::Write;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::eventually;
use crate::harness::{Database, PASSWORD};

/// The secret of the client `web`.
pub const SECRET: &str = "a-secret-of-the-client-web";
const KEY: &str = "a2V5c3RlYWQta2V5c3RlYWQta2V5c3RlYWQtMTIzNDU=";

/// One installation of Keystead, of one or several nodes.
pub struct Installation {
    /// The folder that processes run in and write to.
    pub folder: PathBuf,
    /// `database_url`.
    pub database_url: String,
    /// The port of the first node, and so of the public URL.
    pub port: u16,
    secret_key: String,
    database: Option<Database>,
    /// Whether the environment names the public URL.
    names_url: bool,
}

/// A running server; killed when dropped.
pub struct Server {
    /// Where this node listens.
    pub url: String,
    child: Child,
    output: PathBuf,
}

/// A port that is free now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Installation {
    /// On each kind of database there is.
    pub async fn each() -> Vec<Installation> {
        Database::each().await.into_iter().map(Installation::on).collect()
    }

    fn on(database: Database) -> Installation {
        let folder = match &database {
            Database::Sqlite(folder) => folder.clone(),
            Database::Postgres { schema, .. } => std::env::temp_dir().join(schema),
        };
        std::fs::create_dir_all(&folder).unwrap();
        Installation {
            folder,
            database_url: database.url(),
            port: free_port(),
            secret_key: KEY.to_owned(),
            database: Some(database),
            names_url: true,
        }
    }

    /// On PostgreSQL, where a server is named.
    pub async fn on_postgres() -> Option<Installation> {
        let all = Installation::each().await;
        all.into_iter().find(|one| one.database_url.starts_with("postgres"))
    }

    /// The same with another secret key.
    pub fn with_key(&self, key: &str) -> Installation {
        Installation {
            folder: self.folder.clone(),
            database_url: self.database_url.clone(),
            port: free_port(),
            secret_key: key.to_owned(),
            database: None,
            names_url: true,
        }
    }

    /// The same where nothing but the database names the public URL.
    pub fn without_public_url(self) -> Installation {
        Installation { names_url: false, ..self }
    }

    /// The program on this installation, with the cheapest password hashes.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keystead"));
        command.env_clear().current_dir(&self.folder).args(arguments);
        for (name, value) in [
            ("PUBLIC_URL", format!("http://127.0.0.1:{}", self.port).as_str()),
            ("DATABASE_URL", &self.database_url),
            ("SECRET_KEY", &self.secret_key),
            ("PASSWORD__MEMORY_KIB", "8"),
            ("PASSWORD__ITERATIONS", "1"),
            ("LOG__LEVEL", "debug"),
        ] {
            command.env(format!("KEYSTEAD_{name}"), value);
        }
        if !self.names_url {
            command.env_remove("KEYSTEAD_PUBLIC_URL");
        }
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str], stdin: &str) -> Output {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Runs a command that must succeed and returns what it printed.
    #[track_caller]
    pub fn cli(&self, arguments: &[&str], stdin: &str) -> String {
        let output = self.run(arguments, stdin);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Makes the person `alice` and the client `web`, which everybody may use.
    pub fn populate(&self) {
        self.cli(&["user", "create", "alice", "--admin", "--password-stdin"], PASSWORD);
        let client = ["client", "create", "web", "--template", "web", "--trusted"];
        let more = ["--url", "https://web.example.com", "--secret-stdin", "--alg", "ES256"];
        self.cli(&[client.as_slice(), more.as_slice()].concat(), SECRET);
        let scopes = ["openid", "profile", "email", "offline_access"];
        self.cli(&[["client", "scope-map", "web", "everyone"], scopes].concat(), "");
    }

    /// Starts a server without waiting for it.
    pub fn start(&self, port: u16) -> Server {
        let output = self.folder.join(format!("output-{port}"));
        let file = |end: &str| {
            let path = output.with_extension(end);
            std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap()
        };
        let mut command = self.command(&["serve", "--listen", &format!("127.0.0.1:{port}")]);
        command.stdin(Stdio::null()).stdout(file("stdout")).stderr(file("stderr"));
        Server { url: format!("http://127.0.0.1:{port}"), child: command.spawn().unwrap(), output }
    }

    /// Starts the first node and waits until it answers.
    pub async fn serve(&self) -> Server {
        let mut server = self.start(self.port);
        server.ready().await;
        server
    }

    /// Deletes everything.
    pub async fn remove(mut self) {
        if let Some(database) = self.database.take() {
            database.remove().await;
        }
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

impl Server {
    /// Waits until it answers.
    pub async fn ready(&mut self) {
        let url = format!("{}/readyz", self.url);
        eventually("the server answers", async || {
            assert!(self.is_running(), "{}", self.printed("stderr"));
            reqwest::get(&url).await.is_ok_and(|answer| answer.status() == 200)
        })
        .await;
    }

    /// Whether the process is still there.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// What it wrote to `stdout` or `stderr`.
    pub fn printed(&self, to: &str) -> String {
        std::fs::read_to_string(self.output.with_extension(to)).unwrap_or_default()
    }

    /// `kill -9`
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop.
    pub fn terminate(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
    }

    /// Waits for its end and tells its exit status.
    pub async fn ended(&mut self) -> Option<i32> {
        let mut status = None;
        eventually("the server ends", async || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        })
        .await;
        status.and_then(|status| status.code())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
