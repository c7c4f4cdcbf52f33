//! The log: sentences with fields, to standard error, for people or for machines.

use std::io::IsTerminal;

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Log, LogFormat, LogLevel};

/// Modules that tell more than an operator wants; `log.level` can ask for more by name.
const QUIET: [&str; 9] = [
    "sqlx=warn",
    "hyper=error",
    "hyper_util=warn",
    "h2=warn",
    "rustls=warn",
    "reqwest=warn",
    "tower=warn",
    "tower_http=warn",
    "mio=warn",
];

/// Starts logging; a second call changes nothing.
pub fn init(log: &Log) {
    let colours = log.format == LogFormat::Text && std::io::stderr().is_terminal();
    let started = match log.format {
        LogFormat::Text => text(&log.level, colours, std::io::stderr).try_init(),
        LogFormat::Json => json(&log.level, std::io::stderr).try_init(),
    };
    if started.is_err() {
        tracing::debug!("logging had been started before");
    }
}

fn text<W>(level: &LogLevel, colours: bool, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .with_env_filter(filter(level))
        .with_ansi(colours)
        .with_writer(writer)
        .finish()
}

fn json<W>(level: &LogLevel, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let builder = tracing_subscriber::fmt().with_env_filter(filter(level)).with_writer(writer);
    builder.json().flatten_event(true).with_current_span(false).finish()
}

/// Later directives win, so that the operator's word is the last.
fn filter(level: &LogLevel) -> EnvFilter {
    let quieter = matches!(level.general(), "off" | "error");
    let quiet = if quieter { String::new() } else { QUIET.join(",") };
    EnvFilter::new(format!("{quiet},{}", level.as_str()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use tracing::subscriber::with_default;

    use super::*;
    use crate::config::{Config, Flags};

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn level(text: &str) -> LogLevel {
        let env = [("KEYSTEAD_LOG__LEVEL".to_owned(), text.to_owned())].into_iter();
        Config::load(&Flags::default(), env, std::env::temp_dir().as_path()).unwrap().log.level
    }

    fn logged<S: Subscriber + Send + Sync + 'static>(
        subscriber: impl FnOnce(Kept) -> S,
        act: impl FnOnce(),
    ) -> String {
        let kept = Kept::default();
        with_default(subscriber(kept.clone()), act);
        String::from_utf8(kept.0.lock().unwrap().clone()).unwrap()
    }

    fn text_of(level_text: &str, act: impl FnOnce()) -> String {
        let level = level(level_text);
        logged(|kept| text(&level, false, move || kept.clone()), act)
    }

    #[test]
    fn libraries_are_quiet_unless_asked_for() {
        let act = || {
            tracing::info!(target: "sqlx::query", "a query");
            tracing::warn!(target: "hyper::proto", "a slow peer");
            tracing::info!(target: "keystead::web", "a token was issued");
        };
        let log = text_of("info", act);
        assert!(log.contains("a token was issued"), "{log}");
        assert!(!log.contains("a query") && !log.contains("a slow peer"), "{log}");
        assert!(text_of("info,sqlx=info", act).contains("a query"));
        assert!(!text_of("info,keystead=warn", act).contains("a token"));
        assert_eq!(text_of("off", act), "");
    }

    #[test]
    fn nothing_is_louder_than_the_level() {
        assert_eq!(text_of("error", || tracing::warn!(target: "sqlx::query", "slow")), "");
    }

    #[test]
    fn a_json_line_is_one_flat_object() {
        let level = level("info");
        let act = || tracing::info!(client.id = "netbox", "a token was issued");
        let line = logged(|kept| json(&level, move || kept.clone()), act);
        let object: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(object["message"], "a token was issued");
        assert_eq!(object["client.id"], "netbox");
        assert_eq!(object["level"], "INFO");
    }
}
