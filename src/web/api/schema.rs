//! What documents of the API look like, as JSON Schema: members and their types in a line each.

use serde_json::{Map, Value, json};

/// Each schema: its name, the members that a document must have, and all members with their types.
/// A type is `string`, `boolean`, `integer`, `date-time`, `uri`, `object`, `strings`, or the name
/// of a schema; `?` after it allows null, and `a|b` are the only texts allowed.
const SCHEMAS: &[(&str, &str, &str)] = &[
    (
        "Address",
        "",
        "formatted:string? street_address:string? locality:string? region:string? postal_code:string? country:string?",
    ),
    (
        "User",
        "id username display_name given_name family_name email email_verified role administrator disabled has_password password_changed_at created_at updated_at",
        "id:string username:string display_name:string? given_name:string? family_name:string? email:string? email_verified:boolean middle_name:string? nickname:string? profile:string? picture:string? website:string? gender:string? birthdate:string? zoneinfo:string? locale:string? phone_number:string? phone_number_verified:boolean? address:Address? role:administrator|auditor|helpdesk|application_owner? administrator:boolean disabled:boolean has_password:boolean password_changed_at:date-time? created_at:date-time updated_at:date-time invitation:Link",
    ),
    ("NewUser", "username", "username:string password:string invite:boolean +UserFields"),
    ("UserChange", "", "username:string +UserFields"),
    (
        "UserFields",
        "",
        "display_name:string? given_name:string? family_name:string? email:string? email_verified:boolean? middle_name:string? nickname:string? profile:string? picture:string? website:string? gender:string? birthdate:string? zoneinfo:string? locale:string? phone_number:string? phone_number_verified:boolean? address:Address? role:administrator|auditor|helpdesk|application_owner? disabled:boolean?",
    ),
    ("Link", "url expires_at", "url:uri expires_at:date-time"),
    (
        "Session",
        "id created_at last_seen_at expires_at address user_agent amr remember",
        "id:string created_at:date-time last_seen_at:date-time expires_at:date-time address:string? user_agent:string? amr:strings remember:boolean",
    ),
    (
        "Group",
        "id name description builtin created_at",
        "id:string name:string description:string? builtin:boolean created_at:date-time",
    ),
    ("NewGroup", "name", "name:string description:string?"),
    ("GroupChange", "", "name:string description:string?"),
    ("Member", "username", "username:string"),
    (
        "Scope",
        "name sentence claims builtin",
        "name:string sentence:string claims:strings builtin:boolean",
    ),
    (
        "Settings",
        "branding languages legal mail profile sign_in",
        "branding:SettingsOfBranding languages:SettingsOfLanguages legal:SettingsOfLegal mail:SettingsOfMail profile:SettingsOfProfile sign_in:SettingsOfSignIn",
    ),
    (
        "SettingsChange",
        "",
        "branding:BrandingChange languages:LanguagesChange legal:LegalChange mail:MailChange profile:ProfileChange sign_in:SignInChange",
    ),
    (
        "SettingsOfBranding",
        "name accent",
        "name:string accent:string logo:string? sentence:string? support:string?",
    ),
    (
        "BrandingChange",
        "",
        "name:string? accent:string? logo:string? sentence:string? support:string?",
    ),
    ("SettingsOfLanguages", "default offered", "default:en|de|fr offered:strings"),
    ("LanguagesChange", "", "default:en|de|fr? offered:strings?"),
    ("SettingsOfLegal", "", "imprint:string? privacy:string? terms:string?"),
    ("LegalChange", "", "imprint:string? privacy:string? terms:string?"),
    (
        "SettingsOfMail",
        "port security has_password",
        "host:string? port:integer security:starttls|tls|none username:string? from:string? has_password:boolean",
    ),
    (
        "MailChange",
        "",
        "host:string? port:integer? security:starttls|tls|none? username:string? from:string? password:string?",
    ),
    ("SettingsOfProfile", "editable", "editable:strings"),
    ("ProfileChange", "", "editable:strings?"),
    (
        "SettingsOfSignIn",
        "idle_minutes absolute_hours remember_days remember least_password recovery consent_days",
        "idle_minutes:integer absolute_hours:integer remember_days:integer remember:boolean least_password:integer recovery:boolean consent_days:integer",
    ),
    (
        "SignInChange",
        "",
        "idle_minutes:integer? absolute_hours:integer? remember_days:integer? remember:boolean? least_password:integer? recovery:boolean? consent_days:integer?",
    ),
    ("NewScope", "name sentence", "name:string sentence:string claims:strings?"),
    ("ScopeChange", "", "sentence:string claims:strings?"),
    (
        "ClientSettings",
        "",
        "alg:RS256|ES256|EdDSA|PS256|ES384? access_token:opaque|jwt? pkce:required|optional? auth_method:client_secret_basic|client_secret_post|client_secret_jwt|private_key_jwt|tls_client_auth|self_signed_tls_client_auth|none? assertion_audience:endpoints|issuer? client_algs:any|fapi? jwks:object? jwks_uri:string? grant_types:strings? response_types:strings? pushed_requests:optional|required? signed_requests:optional|required|encrypted? request_object_encryption_alg:RSA-OAEP-256|ECDH-ES|ECDH-ES+A128KW|ECDH-ES+A256KW? dpop:optional|required|nonce? certificate_subject:string? certificate_bound_tokens:boolean? request_uris:strings? userinfo_signed_response_alg:RS256|PS256|ES256|ES384|EdDSA? introspection_signed_response_alg:RS256|PS256|ES256|ES384|EdDSA? id_token_encrypted_response_alg:RSA-OAEP-256|ECDH-ES|ECDH-ES+A128KW|ECDH-ES+A256KW? id_token_encrypted_response_enc:A128CBC-HS256|A256GCM? userinfo_encrypted_response_alg:RSA-OAEP-256|ECDH-ES|ECDH-ES+A128KW|ECDH-ES+A256KW? userinfo_encrypted_response_enc:A128CBC-HS256|A256GCM? resources:strings? authorization_details_types:strings? token_exchange:strings? exchange_for:strings? may_act:delegate|impersonate? trusted_issuers:objects? sub:string? username:short|spn? iat_backdate:integer? code_lifetime:integer? access_token_lifetime:integer? id_token_lifetime:integer? refresh_token_lifetime:integer? rotate_refresh_tokens:boolean? refresh_grace:integer? backchannel_logout_uri:string? backchannel_logout_session_required:boolean? frontchannel_logout_uri:string? frontchannel_logout_session_required:boolean? launch_url:string? app_url:string? template:string? logo_uri:string? policy_uri:string? tos_uri:string? contact:string? initiate_login_uri:string? default_max_age:integer? sector_identifier_uri:string?",
    ),
    (
        "Client",
        "client_id slug name public trusted disabled redirect_uris post_logout_redirect_uris settings created_at updated_at",
        "client_id:string slug:string name:string public:boolean trusted:boolean disabled:boolean redirect_uris:strings post_logout_redirect_uris:strings settings:ClientSettings created_at:date-time updated_at:date-time",
    ),
    (
        "ClientWithSecret",
        "client_id slug name public trusted disabled redirect_uris post_logout_redirect_uris settings created_at updated_at",
        "client_id:string client_secret:string slug:string name:string public:boolean trusted:boolean disabled:boolean redirect_uris:strings post_logout_redirect_uris:strings settings:ClientSettings created_at:date-time updated_at:date-time",
    ),
    ("NewClient", "client_id", "client_id:string +ClientFields"),
    ("ClientChange", "", "+ClientFields"),
    (
        "ClientFields",
        "",
        "name:string slug:string public:boolean? trusted:boolean? disabled:boolean? redirect_uris:strings? post_logout_redirect_uris:strings? settings:ClientSettings?",
    ),
    ("ClientSecret", "client_id client_secret", "client_id:string client_secret:string"),
    (
        "RegistrationToken",
        "id name group grant_types scopes redirect_hosts uses_left created_by created_at expires_at last_used_at works",
        "id:string name:string group:string? grant_types:strings scopes:strings redirect_hosts:strings uses_left:integer created_by:string created_at:date-time expires_at:date-time last_used_at:date-time? works:boolean",
    ),
    (
        "RegistrationTokenShown",
        "id name group grant_types scopes redirect_hosts uses_left created_by created_at expires_at last_used_at works token",
        "token:string id:string name:string group:string? grant_types:strings scopes:strings redirect_hosts:strings uses_left:integer created_by:string created_at:date-time expires_at:date-time last_used_at:date-time? works:boolean",
    ),
    (
        "NewRegistrationToken",
        "name",
        "name:string group:string? uses:integer? expires_in:integer? grant_types:strings? scopes:strings? redirect_hosts:strings?",
    ),
    ("ScopeMap", "group scopes default", "group:string scopes:strings default:boolean"),
    ("ScopeMapChange", "scopes", "scopes:strings"),
    (
        "ClaimMap",
        "claim group values join",
        "claim:string group:string values:strings join:array|csv|ssv",
    ),
    ("ClaimMapChange", "", "values:strings? join:array|csv|ssv"),
    (
        "Key",
        "kid alg state created_at activates_at retired_at public",
        "kid:string alg:RS256|PS256|ES256|ES384|EdDSA|RSA-OAEP-256|ECDH-ES state:next|active|retired created_at:date-time activates_at:date-time retired_at:date-time? public:object",
    ),
    ("Rotation", "alg", "alg:string at_once:boolean?"),
    (
        "Event",
        "id at kind actor user_id client_id target failed reason flow address detail sentence",
        "id:string at:date-time kind:string actor:string user_id:string? client_id:string? target:string? failed:boolean reason:string? flow:string? address:string? detail:object sentence:string",
    ),
    (
        "Flow",
        "ref client_id user_id layout state cause group_id address started_at updated_at",
        "ref:string client_id:string? user_id:string? layout:string state:open|done|failed cause:string? group_id:string? address:string? started_at:date-time updated_at:date-time",
    ),
    (
        "FlowStory",
        "ref client_id user_id layout state cause group_id address started_at updated_at story steps fixes",
        "ref:string client_id:string? user_id:string? layout:string state:open|done|failed cause:string? group_id:string? address:string? started_at:date-time updated_at:date-time story:object steps:objects fixes:objects",
    ),
    (
        "Failure",
        "id cause client_id value others times first_at last_at solved back solved_at solved_by title sentence",
        "id:string cause:string client_id:string? value:string? others:boolean times:integer first_at:date-time last_at:date-time solved:boolean back:boolean solved_at:date-time? solved_by:string? title:string sentence:string",
    ),
    (
        "LogoutToken",
        "ref queued_at client_id sub sid delivery attempts next_at done_at problem answered",
        "ref:string queued_at:date-time client_id:string sub:string? sid:string? delivery:waiting|delivered|given_up attempts:integer next_at:date-time? done_at:date-time? problem:string? answered:string?",
    ),
    ("Mended", "applied notes", "applied:boolean notes:strings"),
    (
        "Problem",
        "type title status code",
        "type:string title:string status:integer code:string detail:string errors:objects",
    ),
];

/// All of them by name.
pub fn all() -> Map<String, Value> {
    let schema = |(name, required, members): &(&str, &str, &str)| {
        let mut properties = Map::new();
        add(members, &mut properties);
        let mut schema = json!({ "type": "object", "properties": properties });
        // What goes in is checked for strange members; what comes out may grow.
        if takes(name) {
            schema["additionalProperties"] = json!(false);
        }
        if !required.is_empty() {
            schema["required"] = required.split(' ').collect();
        }
        ((*name).to_owned(), schema)
    };
    SCHEMAS.iter().filter(|(name, ..)| !name.ends_with("Fields")).map(schema).collect()
}

fn takes(name: &str) -> bool {
    let endings = ["Change", "Settings", "Address", "Rotation"];
    name.starts_with("New") || endings.iter().any(|ending| name.ends_with(ending))
}

fn add(members: &str, properties: &mut Map<String, Value>) {
    for member in members.split_whitespace() {
        if let Some(other) = member.strip_prefix('+') {
            let found = SCHEMAS.iter().find(|(name, ..)| *name == other);
            add(found.map_or("", |(.., members)| members), properties);
        } else if let Some((name, kind)) = member.split_once(':') {
            properties.insert(name.to_owned(), of(kind));
        }
    }
}

/// The schema of a type.
pub fn of(kind: &str) -> Value {
    if let Some(kind) = kind.strip_suffix('?') {
        let mut schema = of(kind);
        return match schema["type"].take() {
            Value::String(kind) => {
                schema["type"] = json!([kind, "null"]);
                if let Some(Value::Array(allowed)) = schema.get_mut("enum") {
                    allowed.push(Value::Null);
                }
                schema
            }
            _ => json!({ "anyOf": [of(kind), { "type": "null" }] }),
        };
    }
    match kind {
        "string" | "boolean" | "integer" | "object" => json!({ "type": kind }),
        "date-time" | "uri" => json!({ "type": "string", "format": kind }),
        "strings" => json!({ "type": "array", "items": { "type": "string" } }),
        "objects" => json!({ "type": "array", "items": { "type": "object" } }),
        name if SCHEMAS.iter().any(|(known, ..)| *known == name) => {
            json!({ "$ref": format!("#/components/schemas/{name}") })
        }
        texts => json!({ "type": "string", "enum": texts.split('|').collect::<Vec<_>>() }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{all, of};
    use crate::directory::forms::{ClientForm, UserForm};
    use crate::domain::ClientSettings;

    fn members(schema: &str) -> Vec<String> {
        let all = all();
        let members = all[schema]["properties"].as_object().unwrap();
        members.keys().cloned().collect()
    }

    #[test]
    fn a_type_is_a_schema() {
        assert_eq!(of("string?"), json!({ "type": ["string", "null"] }));
        let either = json!({ "type": ["string", "null"], "enum": ["a", "b", null] });
        assert_eq!(of("a|b?"), either);
        assert_eq!(of("Link"), json!({ "$ref": "#/components/schemas/Link" }));
        assert_eq!(of("Link?")["anyOf"][1], json!({ "type": "null" }));
    }

    #[test]
    fn what_is_taken_is_what_is_read() {
        let mut read = [UserForm::known(), vec!["username"]].concat();
        read.sort_unstable();
        assert_eq!(members("UserChange"), read);
        let mut read = ClientForm::KNOWN;
        read.sort_unstable();
        assert_eq!(members("ClientChange"), read);
        let settings = json!(ClientSettings::default());
        let known: Vec<&String> = settings.as_object().unwrap().keys().collect();
        assert_eq!(members("ClientSettings").iter().collect::<Vec<_>>(), known);
    }
}
