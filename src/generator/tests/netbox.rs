//! The files for NetBox, as its Python reads them.

use serde_json::{Value, json};

use super::*;
use crate::domain::{Algorithm, AuthMethod, Pkce};

/// The upper-case names that a configuration file sets, as NetBox imports them.
const SETTINGS: &str = "
import json, sys
names = {}
exec(compile(sys.stdin.read(), 'configuration.py', 'exec'), names)
print(json.dumps({name: value for name, value in names.items() if name.isupper()}))
";

fn settings(client: &Client, secret: &str) -> Value {
    let format = "configuration.py".parse().unwrap();
    let files = generate(client, Some(secret), PUBLIC_URL, &format).unwrap();
    serde_json::from_str(&python(SETTINGS, &files[0].contents)).unwrap()
}

fn pipeline() -> Value {
    json!([
        "social_core.pipeline.social_auth.social_details",
        "social_core.pipeline.social_auth.social_uid",
        "social_core.pipeline.social_auth.social_user",
        "social_core.pipeline.user.get_username",
        "social_core.pipeline.user.create_user",
        "social_core.pipeline.social_auth.associate_user",
        "netbox.authentication.user_default_groups_handler",
        "social_core.pipeline.social_auth.load_extra_data",
        "social_core.pipeline.user.user_details",
        "netbox.keystead_roles.sync_roles",
    ])
}

fn expected() -> Value {
    json!({
        "REMOTE_AUTH_ENABLED": true,
        "REMOTE_AUTH_BACKEND": "social_core.backends.open_id_connect.OpenIdConnectAuth",
        "SOCIAL_AUTH_OIDC_OIDC_ENDPOINT": "https://id.example.com",
        "SOCIAL_AUTH_OIDC_KEY": "netbox",
        "SOCIAL_AUTH_OIDC_SECRET": SECRET,
        "SOCIAL_AUTH_OIDC_SCOPE": ["groups"],
        "SOCIAL_AUTH_PROTECTED_USER_FIELDS": ["groups"],
        "SOCIAL_AUTH_REDIRECT_IS_HTTPS": true,
        "SOCIAL_AUTH_PIPELINE": pipeline(),
        "LOGOUT_REDIRECT_URL": "https://id.example.com/oauth2/end-session?client_id=netbox\
            &post_logout_redirect_uri=https%3A%2F%2Fnetbox.example.com%2F",
    })
}

fn expected_with(name: &str, value: Value) -> Value {
    let mut settings = expected();
    settings[name] = value;
    settings
}

#[test]
fn the_configuration_sets_what_netbox_needs_and_no_more() {
    assert_eq!(settings(&netbox(), SECRET), expected());
}

#[test]
fn what_the_client_departs_from_is_told_to_netbox() {
    assert_eq!(
        settings(&with(netbox(), |settings| settings.alg = Algorithm::ES256), SECRET),
        expected_with("SOCIAL_AUTH_OIDC_JWT_ALGORITHMS", json!(["ES256"]))
    );
    assert_eq!(
        settings(&with(netbox(), |settings| settings.pkce = Pkce::Required), SECRET),
        expected_with("SOCIAL_AUTH_OIDC_USE_PKCE", json!(true))
    );
    let post = Some(AuthMethod::ClientSecretPost);
    assert_eq!(
        settings(&with(netbox(), |settings| settings.auth_method = post), SECRET),
        expected_with("SOCIAL_AUTH_OIDC_TOKEN_ENDPOINT_AUTH_METHOD", json!("client_secret_post"))
    );
}

#[test]
fn plain_http_is_left_as_it_is() {
    let plain = client("netbox", Some("http://127.0.0.1:8001"));
    assert_eq!(settings(&plain, SECRET)["SOCIAL_AUTH_REDIRECT_IS_HTTPS"], Value::Null);
}

#[test]
fn signing_out_leads_back_only_where_that_is_registered() {
    let mut client = netbox();
    client.post_logout_redirect_uris.insert(0, "https://elsewhere.example.com/".into());
    assert_eq!(settings(&client, SECRET), expected());
    client.post_logout_redirect_uris.clear();
    assert_eq!(
        settings(&client, SECRET)["LOGOUT_REDIRECT_URL"],
        "https://id.example.com/oauth2/end-session?client_id=netbox"
    );
}

#[test]
fn no_name_and_no_secret_breaks_out_of_the_configuration() {
    for hostile in HOSTILE {
        let mut client = netbox();
        client.id = ClientId(hostile.to_owned());
        client.name = hostile.to_owned();
        let settings = settings(&client, hostile);
        assert_eq!(settings["SOCIAL_AUTH_OIDC_KEY"], hostile);
        assert_eq!(settings["SOCIAL_AUTH_OIDC_SECRET"], hostile);
        assert_eq!(settings.as_object().unwrap().len(), expected().as_object().unwrap().len());
    }
}

#[test]
fn in_docker_the_environment_and_the_extra_file_say_the_same() {
    let script = format!(
        "import os, sys\nenv, configuration = sys.stdin.read().split('\\f')\n\
         pairs = [line.split('=', 1) for line in env.splitlines() if not line.startswith('#')]\n\
         os.environ.update(pairs)\nimport io\nsys.stdin = io.StringIO(configuration)\n{SETTINGS}"
    );
    let input = format!(
        "{}\u{c}{}",
        file_of(&netbox(), "docker-env", 0),
        file_of(&netbox(), "docker-env", 1)
    );
    let settings: Value = serde_json::from_str(&python(&script, &input)).unwrap();
    let mut expected = expected();
    for name in ["REMOTE_AUTH_ENABLED", "REMOTE_AUTH_BACKEND"] {
        expected.as_object_mut().unwrap().remove(name);
    }
    assert_eq!(settings, expected);
    assert!(input.contains("\nREMOTE_AUTH_ENABLED=True\nREMOTE_AUTH_BACKEND=social_core."));
}

#[test]
fn the_reverse_proxy_lines_tell_netbox_its_address() {
    let lines =
        file(&client("netbox", Some("https://tools.example.com:8443/netbox")), "reverse-proxy");
    assert!(lines.contains("proxy_set_header X-Forwarded-Host $http_host;"));
    assert!(lines.contains("proxy_set_header X-Forwarded-Proto $scheme;"));
    assert!(lines.contains("must hold 'tools.example.com'"), "{lines}");
}

#[test]
fn a_client_that_lost_its_url_has_it_in_its_redirect_uri() {
    let mut client = with(netbox(), |settings| settings.app_url = None);
    assert_eq!(settings(&client, SECRET), expected());
    client.redirect_uris.clear();
    assert_eq!(
        refused(&client, Some(SECRET), "reverse-proxy").to_string(),
        "client 'netbox' has no application URL, which netbox.nginx.conf needs; \
         register the application's redirect URI"
    );
}

/// Stand-ins for what the pipeline module touches of Django, and one sign-in after another.
const ROLES: &str = "
import json, sys, types

class Group:
    made = {}
    def __init__(self, name):
        self.name = name
    class objects:
        @staticmethod
        def get_or_create(name):
            new = name not in Group.made
            return Group.made.setdefault(name, Group(name)), new
        @staticmethod
        def filter(name__in):
            return [group for name, group in Group.made.items() if name in name__in]

class Groups(list):
    def set(self, groups):
        self[:] = groups

class Meta:
    def get_field(self, name):
        assert name == 'groups'
        return types.SimpleNamespace(related_model=Group)

class User:
    _meta = Meta()
    def __init__(self, staff=None):
        self.is_superuser, self.groups, self.saved = False, Groups(), 0
        if staff is not None:
            self.is_staff = staff
    def save(self):
        self.saved += 1

django, conf = types.ModuleType('django'), types.ModuleType('django.conf')
conf.settings = types.SimpleNamespace(REMOTE_AUTH_DEFAULT_GROUPS=['everyone', 'missing'])
sys.modules.update({'django': django, 'django.conf': conf})
Group.made['everyone'] = Group('everyone')

module = {}
exec(compile(sys.stdin.read(), 'keystead_roles.py', 'exec'), module)
sync, told = module['sync_roles'], []

def sign_in(user, response, id_token=None):
    backend = types.SimpleNamespace(id_token=id_token)
    assert sync(backend=backend, user=user, response=response, is_new=False, uid='1') is None
    told.append([sorted(group.name for group in user.groups), user.is_superuser,
                 getattr(user, 'is_staff', 'none'), user.saved])

user = User(staff=False)
sign_in(user, {'groups': ['netbox-superusers', 'netbox-staff', 'noc', 'noc', 7, '']})
sign_in(user, {'sub': '1'})                       # no claim: everything stays
sign_in(user, {'groups': None}, {'aud': 'x'})     # null is no claim either
sign_in(user, {'sub': '1'}, {'groups': ['ops']})  # only in the ID token
sign_in(user, {'groups': 'ops'})                  # a single name
sign_in(user, {'groups': []})                     # no groups: all revoked
newer = User()
sign_in(newer, {'groups': ['netbox-staff', 'noc']})
sync(backend=None, user=None, response={'groups': []})
print(json.dumps(told))
";

#[test]
fn the_pipeline_module_grants_changes_and_revokes() {
    let told: Value = serde_json::from_str(&python(ROLES, &file(&netbox(), "pipeline"))).unwrap();
    assert_eq!(
        told,
        json!([
            [["everyone", "noc"], true, true, 1],
            [["everyone", "noc"], true, true, 1],
            [["everyone", "noc"], true, true, 1],
            [["everyone", "ops"], false, false, 2],
            [["everyone", "ops"], false, false, 3],
            [["everyone"], false, false, 4],
            [["everyone", "noc"], false, "none", 1],
        ])
    );
}
