//! The command line as whoever types it meets it: the real binary, in a folder of its own.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use keystead::store::Db;
use serde_json::Value;

use crate::harness::{Database, fresh_folder};

/// A folder to type commands in.
pub struct Shell {
    folder: PathBuf,
    database_url: String,
}

/// What a command answered.
pub struct Answer {
    /// Its exit status.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Tells a story on SQLite, and on PostgreSQL too where there is one.
pub async fn each_shell(story: impl Fn(&Shell)) {
    for database in Database::each().await {
        let shell = Shell::begun(database.url()).await;
        let outcome = catch_unwind(AssertUnwindSafe(|| story(&shell)));
        std::fs::remove_dir_all(&shell.folder).unwrap();
        let name = database.name();
        database.remove().await;
        if let Err(panic) = outcome {
            eprintln!("the story failed on {name}");
            resume_unwind(panic);
        }
    }
}

impl Shell {
    /// A folder of its own, and this database, on which somebody has run Keystead before.
    pub async fn begun(database_url: String) -> Shell {
        Db::open(&database_url, 2).await.unwrap().close().await;
        Shell::on(database_url)
    }

    /// A folder of its own, and this database.
    pub fn on(database_url: String) -> Shell {
        Shell { folder: fresh_folder(), database_url }
    }

    /// Where commands are typed.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs a command line; words with spaces stand in '.
    #[track_caller]
    pub fn run(&self, line: &str) -> Answer {
        self.run_with(line, "")
    }

    /// The same, with something on standard input.
    #[track_caller]
    pub fn run_with(&self, line: &str, input: &str) -> Answer {
        let mut command = self.command();
        let mut child = command
            .args(words(line))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Whoever refuses early does not read.
        child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
        let output = child.wait_with_output().unwrap();
        Answer {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The binary in this folder, with nothing of the machine's own settings.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keystead"));
        command
            .current_dir(&self.folder)
            .env_clear()
            .env("KEYSTEAD_CONFIG", "/dev/null")
            .env("KEYSTEAD_DATABASE_URL", &self.database_url)
            .env("KEYSTEAD_PUBLIC_URL", "https://id.example.com")
            .env("KEYSTEAD_PASSWORD__MEMORY_KIB", "8")
            .env("KEYSTEAD_PASSWORD__ITERATIONS", "1");
        command
    }

    /// Runs what must succeed, and gives its standard output.
    #[track_caller]
    pub fn done(&self, line: &str) -> String {
        let answer = self.run(line);
        assert_eq!(answer.code, 0, "keystead {line}: {}", answer.err);
        answer.out
    }

    /// Runs what must succeed, and gives the notes.
    #[track_caller]
    pub fn noted(&self, line: &str) -> String {
        let answer = self.run(line);
        assert_eq!(answer.code, 0, "keystead {line}: {}", answer.err);
        answer.err
    }

    /// Runs what prints a document.
    #[track_caller]
    pub fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.done(&format!("{line} --json"))).unwrap()
    }

    /// Runs what must be refused with exactly this error and nothing else.
    #[track_caller]
    pub fn refused(&self, line: &str, error: &str) {
        let answer = self.run(line);
        assert_eq!(answer.err, format!("Error: {error}\n"), "keystead {line}");
        assert_eq!((answer.code, answer.out.as_str()), (1, ""), "keystead {line}");
    }

    /// Runs what is spelt wrong: the error begins so, and the exit status is 2.
    #[track_caller]
    pub fn misused(&self, line: &str, error: &str) {
        let answer = self.run(line);
        assert!(answer.err.starts_with(error), "keystead {line}: {}", answer.err);
        assert_eq!((answer.code, answer.out.as_str()), (2, ""), "keystead {line}");
    }
}

fn words(line: &str) -> Vec<&str> {
    let quoted = line.split('\'').enumerate();
    quoted
        .flat_map(|(n, part)| match n % 2 {
            0 => part.split_whitespace().collect::<Vec<_>>(),
            _ => vec![part],
        })
        .collect()
}
