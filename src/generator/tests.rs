//! What the templates plan and what they write, the Python files run by a real Python.

mod applications;
mod documents;
mod files;
mod netbox;
mod plans;

use std::io::Write;
use std::process::{Command, Stdio};

use sqlx::types::Json;

use crate::domain::{Client, ClientId, ClientSettings, Timestamp};
use crate::generator::{Format, GeneratorError, files as generate, template};

const SECRET: &str = "Zm9v-YmFy_0123456789abcdefghijklmnopqrstuvw";
const PUBLIC_URL: &str = "https://id.example.com";

/// Names that break out of careless quoting.
const HOSTILE: [&str; 8] = [
    "it's",
    "\"\"\"'''",
    "back\\slash\\",
    "line\nimport os\r\u{2028}",
    "{{ client_secret }} {% x %} %(a)s {0}",
    "$(id)`id`$HOME ${X} #comment",
    "nul\0bell\u{7}esc\u{1b}",
    "Zoë 🌱 \u{202e}txet",
];

/// The client that a template makes for this URL.
fn client(name: &str, url: Option<&str>) -> Client {
    let plan = template(name).unwrap().plan(url).unwrap();
    Client {
        id: ClientId(name.to_owned()),
        slug: name.to_owned(),
        name: name.to_owned(),
        public: plan.public,
        trusted: false,
        disabled_at: None,
        secret_hash: None,
        secret_sealed: None,
        settings: Json(plan.settings),
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
        redirect_uris: plan.redirect_uris,
        post_logout_redirect_uris: plan.post_logout_redirect_uris,
    }
}

fn netbox() -> Client {
    client("netbox", Some("https://netbox.example.com"))
}

fn with(mut client: Client, change: impl FnOnce(&mut ClientSettings)) -> Client {
    change(&mut client.settings.0);
    client
}

/// The one file of a format.
fn file(client: &Client, format: &str) -> String {
    file_of(client, format, 0)
}

fn file_of(client: &Client, format: &str, n: usize) -> String {
    let format = format.parse().unwrap();
    generate(client, Some(SECRET), PUBLIC_URL, &format).unwrap()[n].contents.clone()
}

fn refused(client: &Client, secret: Option<&str>, format: &str) -> GeneratorError {
    let format: Format = format.parse().unwrap();
    generate(client, secret, PUBLIC_URL, &format).unwrap_err()
}

/// What `python3 -c script` prints for this input.
fn python(script: &str, input: &str) -> String {
    run(Command::new("python3").args(["-I", "-W", "error", "-c", script]), input)
}

fn run(command: &mut Command, input: &str) -> String {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?} is needed by this test: {error}"));
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}
