//! The layers together, and the example file.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

/// A folder of its own for each test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("keystead-config-{}-{n}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn with(text: &str) -> Folder {
        let folder = Folder::new();
        fs::write(folder.file(), text).unwrap();
        folder
    }

    fn file(&self) -> PathBuf {
        self.0.join("keystead.toml")
    }

    fn load(&self, env: &[(&str, &str)]) -> Result<Config, ConfigError> {
        self.load_with(&Flags::default(), env)
    }

    fn load_with(&self, flags: &Flags, env: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let env = env.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        Config::load(flags, env, &self.0)
    }

    /// The error's text, with this folder's name cut off.
    fn refused(&self, env: &[(&str, &str)]) -> String {
        let text = self.load(env).unwrap_err().to_string();
        text.replace(&format!("{}/", self.0.display()), "")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn refused(text: &str) -> String {
    Folder::with(text).refused(&[])
}

fn shown(config: &Config, key: &str) -> (String, String) {
    let setting = config.settings().find(|setting| setting.key == key).unwrap();
    (setting.value.clone().unwrap_or_default(), setting.origin.to_string())
}

#[test]
fn an_empty_folder_gives_the_defaults() {
    let config = Folder::new().load(&[]).unwrap();
    assert_eq!(config.public_url.as_str(), "http://127.0.0.1:8080");
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.data_dir, PathBuf::from("./data"));
    assert_eq!(config.database_url.expose(), "sqlite://./data/keystead.db");
    assert_eq!(config.secret_key_file, PathBuf::from("./data/secret.key"));
    assert_eq!(config.session.idle.as_secs(), 8 * 3600);
    assert_eq!(config.session.absolute.as_secs(), 24 * 3600);
    assert_eq!(config.session.remember.as_secs(), 30 * 86400);
    assert!(config.tls.is_none() && config.metrics.listen.is_none() && config.file.is_none());
    assert!(config.settings().all(|setting| setting.origin == Origin::Default));
    assert!(config.warnings().is_empty());
}

#[test]
fn every_key_of_the_table_is_read_in_its_order() {
    let config = Folder::new().load(&[]).unwrap();
    let mut read: Vec<&str> = config.settings().map(|setting| setting.key).collect();
    let mut known: Vec<&str> = table::SETTINGS.iter().map(|(key, _)| *key).collect();
    assert_eq!(read, known);
    read.sort_unstable();
    known.sort_unstable();
    known.dedup();
    assert_eq!(read, known);
}

#[test]
fn a_flag_beats_the_environment_and_that_beats_the_file() {
    let folder = Folder::with("# ours\nlisten = \"127.0.0.1:1\"\n[log]\nlevel = \"warn\"\n");
    let env = [("KEYSTEAD_LISTEN", "127.0.0.1:2"), ("PATH", "/bin")];
    let flags = Flags { listen: Some("127.0.0.1:3".into()), ..Flags::default() };
    let line = format!("{}:2", folder.file().display());

    let config = folder.load(&[]).unwrap();
    assert_eq!(shown(&config, "listen"), ("127.0.0.1:1".into(), line));
    assert_eq!(config.log.level.as_str(), "warn");
    assert_eq!(config.file, Some(folder.file()));
    let config = folder.load(&env).unwrap();
    assert_eq!(shown(&config, "listen"), ("127.0.0.1:2".into(), "KEYSTEAD_LISTEN".into()));
    let config = folder.load_with(&flags, &env).unwrap();
    assert_eq!(shown(&config, "listen"), ("127.0.0.1:3".into(), "--listen".into()));
    assert_eq!(config.listen.port(), 3);
}

#[test]
fn the_database_and_the_key_follow_the_data_folder() {
    let config = Folder::new().load(&[("KEYSTEAD_DATA_DIR", "/var/lib/key?stead/")]).unwrap();
    assert_eq!(config.database_url.expose(), "sqlite:///var/lib/key%3Fstead/keystead.db");
    assert_eq!(config.secret_key_file, PathBuf::from("/var/lib/key?stead/secret.key"));
    assert_eq!(shown(&config, "secret_key_file").1, "default");
}

#[test]
fn a_list_is_an_array_or_comma_separated() {
    let folder = Folder::with("trusted_proxies = [\"10.0.0.0/8\", \"::1\"]");
    let config = folder.load(&[]).unwrap();
    assert_eq!(shown(&config, "trusted_proxies").0, "10.0.0.0/8,::1/128");
    for text in ["192.0.2.7, 10.0.0.0/8", "[\"192.0.2.7\", \"10.0.0.0/8\"]"] {
        let config = folder.load(&[("KEYSTEAD_TRUSTED_PROXIES", text)]).unwrap();
        assert_eq!(shown(&config, "trusted_proxies").0, "192.0.2.7/32,10.0.0.0/8");
    }
    let config = folder.load(&[("KEYSTEAD_TRUSTED_PROXIES", "[]")]).unwrap();
    assert!(config.trusted_proxies.is_empty());
}

#[test]
fn an_empty_value_counts_as_not_set() {
    let folder = Folder::with("listen = \"127.0.0.1:1\"\ntls.cert_file = \"\"");
    let config = folder.load(&[("KEYSTEAD_LISTEN", ""), ("KEYSTEAD_CONFIG", "")]).unwrap();
    assert_eq!(config.listen.port(), 1);
    assert!(config.tls.is_none());
}

#[test]
fn an_unknown_key_names_its_place_and_the_nearest_key() {
    let there_is_no =
        |name: &str, near: &str| format!("there is no setting {name}; did you mean {near}?");
    assert_eq!(refused("\nlistne = 1"), there_is_no("listne (keystead.toml:2)", "listen"));
    assert_eq!(
        refused("[tls]\n\ncertfile = \"a\""),
        there_is_no("tls.certfile (keystead.toml:3)", "tls.cert_file")
    );
    assert_eq!(refused("[logs]"), there_is_no("logs (keystead.toml:1)", "log.level"));
    assert_eq!(refused("log = 1.5"), there_is_no("log (keystead.toml:1)", "log.level"));
    assert_eq!(
        Folder::new().refused(&[("KEYSTEAD_TLS_CERT_FILE", "a")]),
        there_is_no("KEYSTEAD_TLS_CERT_FILE (environment variable)", "KEYSTEAD_TLS__CERT_FILE")
    );
}

#[test]
fn variables_that_kubernetes_adds_are_not_ours() {
    let env = [
        ("KEYSTEAD_PORT", "tcp://10.0.0.1:80"),
        ("KEYSTEAD_PORT_80_TCP_ADDR", "10.0.0.1"),
        ("KEYSTEAD_SERVICE_HOST", "10.0.0.1"),
        ("KEYSTEAD_SERVICE_PORT_HTTP", "80"),
    ];
    assert!(Folder::new().load(&env).is_ok());
}

#[test]
fn a_bad_value_names_its_place_and_the_fix() {
    assert_eq!(
        refused("listen = \"8080\""),
        "listen (keystead.toml:1) is \"8080\", not an address with a port; \
         write it like 127.0.0.1:8080"
    );
    assert_eq!(
        Folder::new().refused(&[("KEYSTEAD_PASSWORD__ITERATIONS", "0")]),
        "password.iterations (KEYSTEAD_PASSWORD__ITERATIONS) is 0; \
         write a whole number from 1 to 100"
    );
    assert_eq!(
        refused("[tls]\ncert_file = \"a.pem\""),
        "tls.cert_file (keystead.toml:2) is set without tls.key_file; set both or neither"
    );
    assert_eq!(
        refused("listen = [\"127.0.0.1:1\"]"),
        "listen (keystead.toml:1) holds a list; write one value in quotes"
    );
    assert_eq!(
        refused("listen = 1.5"),
        "listen (keystead.toml:1) holds a TOML float; \
         write text in quotes, a whole number or a list"
    );
    assert_eq!(
        refused("password.parallelism = 4\npassword.memory_kib = 16"),
        "password.memory_kib (keystead.toml:2) is 16, but argon2 needs 8 KiB for each of \
         password.parallelism's lanes; set at least 32"
    );
    assert_eq!(
        refused("password.max_concurrent = \"many\""),
        "password.max_concurrent (keystead.toml:1) is \"many\"; \
         write cores or a whole number from 1 to 1024"
    );
    assert_eq!(
        refused("trusted_proxies = [\"10.0.0.0/33\"]"),
        "trusted_proxies (keystead.toml:1) contains \"10.0.0.0/33\", not a network; \
         write it like 10.0.0.0/8 or 192.0.2.7"
    );
}

#[test]
fn a_file_that_cannot_be_used_is_named() {
    let syntax = refused("listen = \"a\"\ndatabase_url = \"postgres://k:hunter2@db");
    assert!(syntax.starts_with("keystead.toml:2 is not valid TOML ("), "{syntax}");
    assert!(!syntax.contains("hunter2"), "{syntax}");
    assert!(refused("listen = \"a\"\nlisten = \"b\"").starts_with("keystead.toml:2 "));

    let folder = Folder::new();
    let flags = Flags { config: Some(folder.0.join("none.toml")), ..Flags::default() };
    let text = folder.load_with(&flags, &[]).unwrap_err().to_string();
    assert!(text.starts_with("cannot read the settings file ") && text.ends_with("--config"));
    let text = folder.refused(&[("KEYSTEAD_CONFIG", "/none.toml")]);
    assert!(text.contains("/none.toml") && text.ends_with("correct KEYSTEAD_CONFIG"), "{text}");
}

#[test]
fn no_secret_is_shown() {
    let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let env = [
        ("KEYSTEAD_SECRET_KEY", key),
        ("KEYSTEAD_DATABASE_URL", "postgres://keystead:hunter2@db.example/keystead"),
    ];
    let config = Folder::new().load(&env).unwrap();
    let json = serde_json::to_string(&config.settings().collect::<Vec<_>>()).unwrap();
    for text in [json.clone(), format!("{config:?}")] {
        assert!(!text.contains(key) && !text.contains("hunter2"), "{text}");
    }
    assert!(
        json.contains(r#"{"key":"secret_key","value":"(hidden)","origin":"KEYSTEAD_SECRET_KEY"}"#)
    );
    assert!(json.contains(r#"{"key":"tls.cert_file","value":null,"origin":"default"}"#));
    assert_eq!(config.secret_key.unwrap().expose()[31], 31);
    assert_eq!(
        Folder::new().refused(&[("KEYSTEAD_SECRET_KEY", "hunter2")]),
        "secret_key (KEYSTEAD_SECRET_KEY) is not 32 bytes in base64; \
         make one with: openssl rand -base64 32"
    );
}

#[test]
fn warnings_name_what_works_but_should_not_stay() {
    let warnings = |text: &str| Folder::with(text).load(&[]).unwrap().warnings();
    assert!(warnings("public_url = \"http://sso.example.com\"")[0].contains("unencrypted"));
    assert!(warnings("public_url = \"https://sso.example.com\"")[0].contains("trusted_proxies"));
    assert!(warnings("tls = { cert_file = \"a\", key_file = \"b\" }")[0].contains("write https"));
    assert!(warnings("trusted_proxies = [\"0.0.0.0/0\"]")[0].contains("0.0.0.0/0"));
    let fine = "public_url = \"https://sso.example.com\"\ntrusted_proxies = \"10.0.0.1\"";
    assert!(warnings(fine).is_empty());
}

/// The lines of the example that set something, by number.
fn commented(example: &str) -> Vec<usize> {
    let is_setting = |line: &str| {
        let name = line.strip_prefix('#').and_then(|rest| rest.split_once(" = "));
        name.is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
    };
    example.lines().enumerate().filter(|(_, line)| is_setting(line)).map(|(n, _)| n).collect()
}

fn uncomment(example: &str, chosen: &[usize]) -> String {
    let lines = example.lines().enumerate();
    let lines = lines
        .map(|(n, line)| line.strip_prefix('#').filter(|_| chosen.contains(&n)).unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn each_line_of_the_example_is_a_default() {
    let example = include_str!("../../config.example.toml");
    let values = |text: &str| {
        let config = Folder::with(text).load(&[]).unwrap();
        config.settings().map(|setting| (setting.key, setting.value.clone())).collect::<Vec<_>>()
    };
    let defaults = values("");
    let lines = commented(example);
    assert_eq!(lines.len(), table::SETTINGS.len(), "a setting is missing or twice");
    for line in &lines {
        assert_eq!(values(&uncomment(example, &[*line])), defaults, "line {}", line + 1);
    }
    assert_eq!(values(&uncomment(example, &lines)), defaults);
    for (key, _) in table::SETTINGS {
        let name = key.rsplit('.').next().unwrap();
        assert!(example.contains(&format!("\n#{name} = ")), "{key} is missing");
    }
}
