//! From a template and a URL to a client.

use crate::domain::{AccessTokenFormat, Algorithm, ClientSettings, GrantType, Pkce};
use crate::generator::template::{read, template_folders};
use crate::generator::{AppUrlUse, GeneratorError, Plan, template, templates};

fn plan(name: &str, url: &str) -> Plan {
    template(name).unwrap().plan(Some(url)).unwrap()
}

#[test]
fn every_template_in_the_tree_can_be_read() {
    let folders = template_folders();
    assert_eq!(folders.len(), templates().len());
    for folder in folders {
        let template = read(&folder).unwrap_or_else(|error| panic!("{error}"));
        assert!(template.summary.ends_with('.'), "{folder}");
        assert!(template.notes.iter().all(|note| note.ends_with('.')), "{folder}");
        assert!(!template.files.is_empty(), "{folder}");
        let url = (template.app_url != AppUrlUse::Unused).then_some("https://app.example.com");
        assert!(template.plan(url).is_ok(), "{folder}");
    }
}

/// `ClientSettings` reads what newer versions wrote, so a typing error would pass unseen.
#[test]
fn every_setting_of_a_template_is_one() {
    let known = serde_json::to_value(ClientSettings::default()).unwrap();
    for folder in template_folders() {
        let text = crate::generator::template::text(&format!("{folder}/template.toml")).unwrap();
        let table: toml::Table = text.parse().unwrap();
        for name in table.get("settings").and_then(toml::Value::as_table).unwrap().keys() {
            assert!(known.get(name).is_some(), "{folder}: {name}");
        }
    }
}

#[test]
fn netbox_needs_its_url_and_nothing_else() {
    let plan = plan("netbox", "https://netbox.example.com/");
    assert_eq!(plan.app_url.as_deref(), Some("https://netbox.example.com"));
    assert_eq!(plan.redirect_uris, ["https://netbox.example.com/oauth/complete/oidc/"]);
    assert_eq!(plan.post_logout_redirect_uris, ["https://netbox.example.com/"]);
    assert_eq!(plan.scopes, ["openid", "profile", "email", "groups"]);
    assert!(!plan.public);
    let expected = ClientSettings {
        alg: Algorithm::RS256,
        pkce: Pkce::Optional,
        access_token: AccessTokenFormat::Opaque,
        grant_types: vec![GrantType::AuthorizationCode],
        app_url: Some("https://netbox.example.com".into()),
        launch_url: Some("https://netbox.example.com/".into()),
        template: Some("netbox".into()),
        ..ClientSettings::default()
    };
    assert_eq!(plan.settings, expected);
    assert_eq!(
        plan.notes,
        ["PKCE is optional for this client: social-core before 4.8.7 (NetBox before 4.6) cannot \
          send PKCE."]
    );
}

#[test]
fn a_netbox_below_a_path_keeps_it_and_is_told_of_base_path() {
    let plan = plan("netbox", "https://tools.example.com/netbox/");
    assert_eq!(plan.redirect_uris, ["https://tools.example.com/netbox/oauth/complete/oidc/"]);
    assert_eq!(plan.post_logout_redirect_uris, ["https://tools.example.com/netbox/"]);
    assert!(plan.notes[1].contains("below /netbox: "), "{:?}", plan.notes);
    assert!(plan.notes[1].contains("BASE_PATH"), "{:?}", plan.notes);
}

#[test]
fn a_pasted_page_of_netbox_is_cut_off() {
    for url in [
        "https://netbox.example.com/login/?next=/".split('?').next().unwrap(),
        "https://netbox.example.com/oauth/complete/oidc/",
        "netbox.example.com/dcim/devices/",
    ] {
        let plan = plan("netbox", url);
        assert_eq!(plan.app_url.as_deref(), Some("https://netbox.example.com"), "{url}");
        assert!(plan.notes.last().unwrap().contains("is a page of the application"), "{url}");
    }
}

#[test]
fn plain_http_is_noted_unless_it_stays_on_the_machine() {
    let noted =
        |url| plan("netbox", url).notes.iter().any(|note| note.contains("X-Forwarded-Proto"));
    assert!(noted("http://netbox.example.com"));
    assert!(!noted("https://netbox.example.com"));
    assert!(!noted("http://127.0.0.1:8001"));
}

#[test]
fn a_missing_or_useless_url_is_refused() {
    let error = template("netbox").unwrap().plan(None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the template 'netbox' needs the application's URL; \
         give it like --url https://netbox.example.com"
    );
    let error = template("machine").unwrap().plan(Some("https://a.example")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the template 'machine' is for a program that acts for itself and takes no URL; \
         leave --url away"
    );
}

#[test]
fn generic_clients_follow_their_kind() {
    let web = plan("web", "https://app.example.com");
    assert_eq!(web.redirect_uris, ["https://app.example.com/callback"]);
    assert_eq!((web.public, web.settings.pkce), (false, Pkce::Required));
    let web = template("web").unwrap().plan(None).unwrap();
    assert!(web.redirect_uris.is_empty() && web.app_url.is_none());

    let spa = plan("spa", "https://app.example.com");
    assert!(spa.public && spa.settings.rotate_refresh_tokens);

    let native = template("native").unwrap().plan(None).unwrap();
    assert_eq!(native.redirect_uris, ["http://127.0.0.1/callback", "http://[::1]/callback"]);
    assert_eq!((native.public, native.settings.pkce), (true, Pkce::Required));

    let machine = template("machine").unwrap().plan(None).unwrap();
    assert_eq!(machine.settings.grant_types, [GrantType::ClientCredentials]);
    assert_eq!(machine.settings.access_token, AccessTokenFormat::Jwt);
    assert!(machine.redirect_uris.is_empty() && !machine.public);
}

#[test]
fn a_mistyped_template_names_the_near_miss() {
    assert_eq!(template(" NetBox ").unwrap().id, "netbox");
    assert_eq!(
        template("netbx").unwrap_err(),
        GeneratorError::UnknownTemplate {
            name: "netbx".into(),
            nearest: "netbox".into(),
            known: "netbox, argocd, gitea, gitlab, grafana, immich, jenkins, nextcloud, \
                    oauth2-proxy, paperless, portainer, proxmox, web, spa, native, machine"
                .into(),
        }
    );
}
