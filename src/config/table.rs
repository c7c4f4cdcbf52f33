//! The one list of keys and their defaults; an empty default means not set.

/// What stands for a folder or a number known only at start.
pub(super) const DATA_DIR: &str = "{data_dir}";

/// Every key in the order of `config show`.
pub(super) const SETTINGS: &[(&str, &str)] = &[
    ("public_url", "http://127.0.0.1:8080"),
    ("listen", "127.0.0.1:8080"),
    ("data_dir", "./data"),
    ("database_url", "sqlite://{data_dir}/keystead.db"),
    ("secret_key_file", "{data_dir}/secret.key"),
    ("secret_key", ""),
    ("trusted_proxies", ""),
    ("tls.cert_file", ""),
    ("tls.key_file", ""),
    ("metrics.listen", ""),
    ("log.format", "text"),
    ("log.level", "info"),
    ("password.memory_kib", "19456"),
    ("password.iterations", "2"),
    ("password.parallelism", "1"),
    ("password.max_concurrent", "cores"),
    ("session.idle_minutes", "480"),
    ("session.absolute_hours", "24"),
    ("session.remember_days", "30"),
    ("oidc.front_channel_tokens", "false"),
    ("oidc.session_management", "false"),
    ("oidc.registration", "off"),
    ("oidc.registration_group", ""),
    ("oidc.registration_limit", "1000"),
    ("oidc.registration_per_hour", "20"),
    ("oidc.registration_unused_days", "30"),
    ("oidc.client_id_documents", "false"),
    ("oidc.software_statements", ""),
    ("mtls.mode", "off"),
    ("mtls.header", "client-cert"),
    ("mtls.ca_file", ""),
    ("outbound.allowed_networks", ""),
    ("outbound.ca_file", ""),
    ("flows.keep", "10000"),
    ("events.keep_days", "365"),
    ("keys.rotate_days", "90"),
    ("database.max_connections", "16"),
    ("backup.every_hours", ""),
    ("backup.keep", "7"),
];

/// The default of a key, as written.
pub(super) fn default(key: &str) -> &'static str {
    SETTINGS.iter().find(|(known, _)| *known == key).map_or("", |(_, default)| default)
}

/// The environment variable of a key: `tls.cert_file` is `KEYSTEAD_TLS__CERT_FILE`.
pub(super) fn variable(key: &str) -> String {
    format!("KEYSTEAD_{}", key.to_uppercase().replace('.', "__"))
}

pub(super) fn is_key(key: &str) -> bool {
    SETTINGS.iter().any(|(known, _)| *known == key)
}

pub(super) fn is_section(name: &str) -> bool {
    let under = format!("{name}.");
    SETTINGS.iter().any(|(key, _)| key.starts_with(&under))
}

/// The known key that looks most like `key`, with or without its section.
pub(super) fn nearest(key: &str) -> &'static str {
    let likeness = |known: &str| {
        let whole = strsim::normalized_damerau_levenshtein(key, known);
        let last = strsim::normalized_damerau_levenshtein(last(key), last(known));
        whole.max(last * 0.9)
    };
    let keys = SETTINGS.iter().map(|(known, _)| *known);
    keys.max_by(|a, b| likeness(a).total_cmp(&likeness(b))).unwrap_or_default()
}

fn last(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        assert_eq!(nearest("listne"), "listen");
        assert_eq!(nearest("tls_cert_file"), "tls.cert_file");
        assert_eq!(nearest("cert_file"), "tls.cert_file");
        assert_eq!(nearest("logs.format"), "log.format");
        assert_eq!(nearest("session.idle"), "session.idle_minutes");
        assert_eq!(nearest("database"), "database_url");
    }

    #[test]
    fn a_section_becomes_two_underscores() {
        assert_eq!(variable("tls.cert_file"), "KEYSTEAD_TLS__CERT_FILE");
        assert_eq!(variable("public_url"), "KEYSTEAD_PUBLIC_URL");
    }
}
