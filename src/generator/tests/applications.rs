//! The files for known applications, as a parser of each syntax reads them.

use serde_json::{Value, json};

use super::*;
use crate::domain::Pkce;
use crate::generator::templates;

const DISCOVERY: &str = "https://id.example.com/.well-known/openid-configuration";

/// Application, its URL, redirect URIs from there on, where sign-out leads, whether PKCE is demanded.
type Known = (&'static str, &'static [&'static str], &'static [&'static str], Pkce);

const KNOWN: [Known; 11] = [
    ("argocd", &["/auth/callback"], &["/"], Pkce::Optional),
    ("gitea", &["/user/oauth2/keystead/callback"], &[], Pkce::Optional),
    ("gitlab", &["/users/auth/openid_connect/callback"], &[], Pkce::Required),
    ("grafana", &["/login/generic_oauth"], &["/"], Pkce::Required),
    (
        "immich",
        &["/auth/login", "/user-settings", "/api/oauth/mobile-redirect"],
        &[],
        Pkce::Optional,
    ),
    ("jenkins", &["/securityRealm/finishLogin"], &["/OicLogout"], Pkce::Required),
    (
        "nextcloud",
        &["/apps/user_oidc/code", "/index.php/apps/user_oidc/code"],
        &["/"],
        Pkce::Required,
    ),
    ("oauth2-proxy", &["/oauth2/callback"], &[], Pkce::Required),
    ("paperless", &["/accounts/oidc/keystead/login/callback/"], &["/"], Pkce::Required),
    ("portainer", &[""], &["/"], Pkce::Optional),
    ("proxmox", &[""], &[], Pkce::Required),
];

fn of(name: &str) -> Client {
    client(name, Some("https://app.example.com"))
}

/// Where signing out leads: here, and back to the application.
fn logout(name: &str) -> String {
    format!(
        "https://id.example.com/oauth2/end-session?client_id={name}\
         &post_logout_redirect_uri=https%3A%2F%2Fapp.example.com%2F"
    )
}

/// The arguments of the one command in a script, as a shell splits them.
fn arguments(script: &str, command: &str) -> Vec<String> {
    let script = format!("{command}() {{ printf '%s\\n' \"$@\"; }}\n{script}");
    run(Command::new("sh").args(["-euc", &script]), "").lines().map(str::to_owned).collect()
}

/// What a shell that reads an env file has in `name`.
fn variable(env: &str, name: &str) -> String {
    let script = format!("{env}\nprintf %s \"${name}\"");
    run(Command::new("sh").args(["-euc", &script]), "")
}

#[test]
fn each_application_gets_the_addresses_it_sends() {
    for (name, redirects, logouts, pkce) in KNOWN {
        let plan = template(name).unwrap().plan(Some("https://app.example.com/")).unwrap();
        let from = |paths: &[&str]| -> Vec<String> {
            paths.iter().map(|path| format!("https://app.example.com{path}")).collect()
        };
        assert_eq!(plan.redirect_uris, from(redirects), "{name}");
        assert_eq!(plan.post_logout_redirect_uris, from(logouts), "{name}");
        assert_eq!((plan.public, plan.settings.pkce), (false, pkce), "{name}");
        assert!(plan.scopes.contains(&"openid".to_owned()), "{name}");
    }
    let known = templates().iter().filter(|template| template.rank == 1).count();
    assert_eq!(known, KNOWN.len(), "each has its line here");
}

#[test]
fn a_secret_that_would_break_out_is_kept_in_or_refused() {
    for (name, ..) in KNOWN {
        for hostile in HOSTILE {
            let mut client = of(name);
            client.name = hostile.to_owned();
            let calm = generate(&client, Some(SECRET), PUBLIC_URL, &Format::All).unwrap();
            assert!(calm.iter().all(|file| !file.contents.contains(hostile)), "{name}");
            match generate(&client, Some(hostile), PUBLIC_URL, &Format::All) {
                Err(error) => {
                    assert!(error.to_string().contains("cannot hold the client secret"), "{error}");
                }
                Ok(files) => {
                    let lines = |files: &[crate::generator::GeneratedFile]| {
                        files.iter().map(|file| file.contents.lines().count()).sum::<usize>()
                    };
                    assert_eq!(lines(&files), lines(&calm), "{name}: {hostile:?}");
                }
            }
        }
    }
}

#[test]
fn hostile_values_mean_themselves_to_a_shell_and_to_json() {
    for hostile in HOSTILE.iter().filter(|text| !text.chars().any(char::is_control)) {
        let files = generate(&of("gitea"), Some(hostile), PUBLIC_URL, &Format::All).unwrap();
        let given = arguments(&files[0].contents, "gitea");
        let at = given.iter().position(|argument| argument == "--secret").unwrap();
        assert_eq!(given[at + 1], *hostile);
    }
    for hostile in HOSTILE {
        let format = "json".parse().unwrap();
        let files = generate(&of("immich"), Some(hostile), PUBLIC_URL, &format).unwrap();
        let read: Value = serde_json::from_str(&files[0].contents).unwrap();
        assert_eq!(read["oauth"]["clientSecret"], hostile);
    }
}

#[test]
fn grafana_reads_its_ini_and_its_environment_alike() {
    let ini = file(&of("grafana"), "ini");
    let script = "import configparser, json, sys\n\
                  read = configparser.ConfigParser(interpolation=None)\n\
                  read.read_file(sys.stdin)\n\
                  print(json.dumps({name: dict(read[name]) for name in read.sections()}))";
    let read: Value = serde_json::from_str(&python(script, &ini)).unwrap();
    let role = "contains(groups[*], 'grafana-admins') && 'Admin' \
                || contains(groups[*], 'grafana-editors') && 'Editor'";
    let expected = json!({
        "server": { "root_url": "https://app.example.com/" },
        "auth": { "signout_redirect_url": logout("grafana") },
        "auth.generic_oauth": {
            "enabled": "true",
            "name": "Keystead",
            "allow_sign_up": "true",
            "client_id": "grafana",
            "client_secret": SECRET,
            "scopes": "openid profile email groups",
            "auth_url": "https://id.example.com/oauth2/authorize",
            "token_url": "https://id.example.com/oauth2/token",
            "api_url": "https://id.example.com/oauth2/userinfo",
            "use_pkce": "true",
            "login_attribute_path": "preferred_username",
            "name_attribute_path": "name",
            "groups_attribute_path": "groups",
            "role_attribute_path": role,
        },
    });
    assert_eq!(read, expected);
    let env = file(&of("grafana"), "env");
    for (section, values) in expected.as_object().unwrap() {
        for (name, value) in values.as_object().unwrap() {
            let name = format!("GF_{section}_{name}").replace('.', "_").to_uppercase();
            assert_eq!(variable(&env, &name), value.as_str().unwrap(), "{name}");
        }
    }
}

#[test]
fn commands_say_what_the_application_is_to_store() {
    let gitea = arguments(&file(&of("gitea"), "command"), "gitea");
    assert_eq!(gitea[..3], ["admin", "auth", "add-oauth"]);
    let options: Vec<(&str, &str)> =
        gitea[3..].chunks(2).map(|pair| (pair[0].as_str(), pair[1].as_str())).collect();
    assert_eq!(
        options,
        [
            ("--provider", "openidConnect"),
            ("--name", "keystead"),
            ("--key", "gitea"),
            ("--secret", SECRET),
            ("--auto-discover-url", DISCOVERY),
            ("--scopes", "openid"),
            ("--scopes", "profile"),
            ("--scopes", "email"),
            ("--scopes", "groups"),
            ("--group-claim-name", "groups"),
        ]
    );
    let nextcloud = arguments(&file(&of("nextcloud"), "command"), "php");
    assert_eq!(nextcloud[..3], ["occ", "user_oidc:provider", "keystead"]);
    for option in [
        "--clientid=nextcloud",
        &format!("--clientsecret={SECRET}"),
        &format!("--discoveryuri={DISCOVERY}"),
        "--postlogouturi=https://app.example.com/",
        "--scope=openid profile email groups",
        "--mapping-uid=preferred_username",
    ] {
        assert!(nextcloud.contains(&option.to_owned()), "{option}: {nextcloud:?}");
    }
    let proxmox = arguments(&file(&of("proxmox"), "command"), "pveum");
    let expected = format!(
        "realm add keystead --type openid --issuer-url {PUBLIC_URL} --client-id proxmox \
         --client-key {SECRET} --username-claim preferred_username \
         --scopes openid profile email groups --autocreate 1"
    );
    assert_eq!(proxmox.join(" "), expected);
}
