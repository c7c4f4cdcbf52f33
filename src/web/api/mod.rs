//! The API: bearer tokens alone, no cookies, JSON. One table makes the routes and their description.

mod caller;
mod clients;
mod events;
mod failures;
mod flows;
mod groups;
mod keys;
mod logout_tokens;
mod maps;
mod message;
mod openapi;
mod operation;
mod page;
mod problem;
mod registration_tokens;
mod schema;
mod scopes;
mod sessions;
mod settings;
mod users;

pub use problem::clothe;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{any, delete, get, patch, post, put};

use crate::app::AppState;
use crate::domain::ApiScope::{
    Read, WriteClients, WriteFailures, WriteGroups, WriteKeys, WriteSessions, WriteSettings,
    WriteUsers,
};
use operation::{
    Operation, Route, delete as removes, get as reads, list, patch as changes, post as makes,
    put as sets,
};

/// Every route under `/api`.
pub fn routes() -> Router<AppState> {
    let mut all = Router::new().route("/api", get(page::get));
    all = all.route("/api/openapi.json", get(openapi::get));
    for Route { operation, handler } in table() {
        all = all.route(&format!("/api/v1{}", operation.path), handler);
    }
    // Whatever else is asked for here is refused in the form that programs understand.
    all.route("/api/v1", any(nothing)).route("/api/v1/{*path}", any(nothing))
}

async fn nothing() -> StatusCode {
    StatusCode::NOT_FOUND
}

/// What the routes do.
fn operations() -> Vec<Operation> {
    table().into_iter().map(|route| route.operation).collect()
}

fn table() -> Vec<Route> {
    [people(), groups_of_people(), clients_and_scopes(), maps_of_clients(), the_rest()]
        .into_iter()
        .flatten()
        .collect()
}

#[rustfmt::skip]
fn people() -> Vec<Route> {
    vec![
        list("/users", Read, "List people, by username").of("User").at(get(users::list)),
        makes("/users", WriteUsers, "Make an account; with invite, the answer holds the link").takes("NewUser").gives("User").at(post(users::create)),
        reads("/users/{user}", Read, "Read a person; the name is a username, an id or an e-mail address").gives("User").tagged().at(get(users::get)),
        changes("/users/{user}", WriteUsers, "Change a person").takes("UserChange").gives("User").at(patch(users::update)),
        removes("/users/{user}", WriteUsers, "Delete an account").tagged().at(delete(users::delete)),
        makes("/users/{user}/invitation", WriteUsers, "Make a link with which they choose a first password").gives("Link").at(post(users::invite)),
        makes("/users/{user}/reset-link", WriteUsers, "Make a link with which they choose a new password").gives("Link").at(post(users::reset)),
        list("/users/{user}/sessions", Read, "List where a person is signed in").of("Session").at(get(sessions::list)),
        removes("/users/{user}/sessions", WriteSessions, "Sign a person out everywhere").at(delete(sessions::end_all)),
        removes("/users/{user}/sessions/{session}", WriteSessions, "End one session").at(delete(sessions::end)),
    ]
}

#[rustfmt::skip]
fn groups_of_people() -> Vec<Route> {
    vec![
        list("/groups", Read, "List groups, by name").of("Group").at(get(groups::list)),
        makes("/groups", WriteGroups, "Make a group").takes("NewGroup").gives("Group").at(post(groups::create)),
        reads("/groups/{group}", Read, "Read a group, by name or id").gives("Group").tagged().at(get(groups::get)),
        changes("/groups/{group}", WriteGroups, "Rename or describe a group").takes("GroupChange").gives("Group").at(patch(groups::update)),
        removes("/groups/{group}", WriteGroups, "Delete a group, its memberships and its maps").tagged().at(delete(groups::delete)),
        list("/groups/{group}/members", Read, "List the people who were put into a group").of("Member").at(get(groups::members)),
        sets("/groups/{group}/members/{user}", WriteGroups, "Put a person into a group").at(put(groups::add_member)),
        removes("/groups/{group}/members/{user}", WriteGroups, "Take a person out of a group").at(delete(groups::remove_member)),
        list("/groups/{group}/groups", Read, "List the groups directly inside a group").of("Group").at(get(groups::inside)),
        sets("/groups/{group}/groups/{inner}", WriteGroups, "Put a group into another").at(put(groups::nest)),
        removes("/groups/{group}/groups/{inner}", WriteGroups, "Take a group out of another").at(delete(groups::unnest)),
    ]
}

#[rustfmt::skip]
fn clients_and_scopes() -> Vec<Route> {
    vec![
        list("/clients", Read, "List clients, by id: those that the role shows").of("Client").at(get(clients::list)),
        makes("/clients", WriteClients, "Register a client; the answer holds its secret, this once").takes("NewClient").gives("ClientWithSecret").at(post(clients::create)),
        reads("/clients/{client}", Read, "Read a client, by id or slug").gives("Client").tagged().at(get(clients::get)),
        changes("/clients/{client}", WriteClients, "Change a client; lists of addresses are whole lists").takes("ClientChange").gives("Client").at(patch(clients::update)),
        removes("/clients/{client}", WriteClients, "Delete a client and all that was issued to it").tagged().at(delete(clients::delete)),
        makes("/clients/{client}/secret", WriteClients, "Give a client a new secret; the former stops working at once").gives("ClientSecret").with(200).at(post(clients::rotate)),
        list("/registration-tokens", Read, "List tokens with which clients register themselves, by name").of("RegistrationToken").at(get(registration_tokens::list)),
        makes("/registration-tokens", WriteClients, "Make such a token; the answer holds it, this once").takes("NewRegistrationToken").gives("RegistrationTokenShown").at(post(registration_tokens::create)),
        removes("/registration-tokens/{token}", WriteClients, "Take such a token back; clients that came by it stay").at(delete(registration_tokens::revoke)),
        list("/clients/{client}/logout-tokens", Read, "List what a client was told of sign-outs, the newest first").of("LogoutToken").asks("failed", "boolean").at(get(logout_tokens::of_client)),
        list("/scopes", Read, "List scopes, by name").of("Scope").at(get(scopes::list)),
        makes("/scopes", WriteClients, "Make a scope").takes("NewScope").gives("Scope").at(post(scopes::create)),
        reads("/scopes/{scope}", Read, "Read a scope").gives("Scope").tagged().at(get(scopes::get)),
        changes("/scopes/{scope}", WriteClients, "Change a scope of your own").takes("ScopeChange").gives("Scope").at(patch(scopes::update)),
        removes("/scopes/{scope}", WriteClients, "Delete a scope of your own").tagged().at(delete(scopes::delete)),
    ]
}

#[rustfmt::skip]
fn maps_of_clients() -> Vec<Route> {
    vec![
        list("/clients/{client}/scope-maps", Read, "List who may use a client, with which scopes").of("ScopeMap").at(get(maps::scope_maps)),
        sets("/clients/{client}/scope-maps/{group}", WriteClients, "Let members of a group use a client").takes("ScopeMapChange").gives("ScopeMap").at(put(maps::put_scope_map)),
        removes("/clients/{client}/scope-maps/{group}", WriteClients, "Take that away").at(delete(maps::delete_scope_map)),
        list("/clients/{client}/claim-maps", Read, "List values in claims that follow from groups").of("ClaimMap").at(get(maps::claim_maps)),
        sets("/clients/{client}/claim-maps/{claim}/{group}", WriteClients, "Give members of a group values in a claim").takes("ClaimMapChange").gives("ClaimMap").at(put(maps::put_claim_map)),
        removes("/clients/{client}/claim-maps/{claim}/{group}", WriteClients, "Take them away").at(delete(maps::delete_claim_map)),
    ]
}

#[rustfmt::skip]
fn the_rest() -> Vec<Route> {
    vec![
        list("/keys", Read, "List signing keys, their public halves alone").of("Key").at(get(keys::list)),
        makes("/keys", WriteKeys, "Make the successor of the key that signs with an algorithm").takes("Rotation").gives("Key").at(post(keys::rotate)),
        reads("/keys/{kid}", Read, "Read a signing key").gives("Key").tagged().at(get(keys::get)),
        removes("/keys/{kid}", WriteKeys, "Take a key out of use; with at_once, tokens that it signed are refused").asks("at_once", "boolean").at(delete(keys::retire)),
        reads("/settings", Read, "Read what administrators set; the ETag is of all of it").gives("Settings").tagged().at(get(settings::get)),
        changes("/settings", WriteSettings, "Change settings, all that are named or none; null is the default").takes("SettingsChange").gives("Settings").at(patch(settings::update)),
        list("/events", Read, "List the audit log, the newest first").of("Event").asks("client", "string").asks("user", "string").asks("since", "date-time").asks("failed", "boolean").at(get(events::list)),
        list("/failures", Read, "List failures that are alike, counted together, by id").of("Failure").asks("solved", "boolean").at(get(failures::list)),
        reads("/failures/{failure}", Read, "Read failures that are alike").gives("Failure").at(get(failures::get)),
        makes("/failures/{failure}/solve", WriteFailures, "Mark failures as solved, until they happen again").gives("Failure").with(200).at(post(failures::solve)),
        makes("/failures/{failure}/reopen", WriteFailures, "Take back that failures are solved").gives("Failure").with(200).at(post(failures::reopen)),
        list("/logout-tokens", Read, "List what clients are told of sign-outs, the newest first").of("LogoutToken").asks("client", "string").asks("failed", "boolean").at(get(logout_tokens::list)),
        makes("/logout-tokens/{ref}/retry", WriteClients, "Have a client told again of a sign-out, at once").gives("Mended").with(200).at(post(logout_tokens::retry)),
        list("/flows", Read, "List sign-in attempts, the newest first").of("Flow").asks("failed", "boolean").at(get(flows::list)),
        reads("/flows/{ref}", Read, "Read a sign-in attempt step by step, what stopped it, and the fixes that are offered").gives("FlowStory").at(get(flows::get)),
        makes("/flows/{ref}/fixes/{fix}", WriteFailures, "Apply a fix as it was read; needs the scope for what it changes as well").gives("Mended").with(200).at(post(flows::mend)),
    ]
}
