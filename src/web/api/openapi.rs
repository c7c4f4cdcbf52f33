//! `/api/openapi.json`: the routes as an OpenAPI 3.1 document, made from the table that makes them.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::operation::Operation;
use super::{message, operations, problem, schema};
use crate::app::AppState;

/// `GET /api/openapi.json`
pub async fn get(app: AppState) -> Response {
    static PATHS: LazyLock<Value> = LazyLock::new(paths);
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Keystead",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The administration of a Keystead instance. A PATCH is a JSON merge patch (RFC 7396). Every error is a problem document (RFC 9457) with a stable code.",
        },
        "servers": [{ "url": app.config.public_url.join("/api/v1") }],
        "security": [{ "token": [] }],
        "paths": *PATHS,
        "components": {
            "schemas": schema::all(),
            "securitySchemes": { "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "A token that `keystead token create` printed.",
            } },
        },
    });
    ([(header::CONTENT_TYPE, "application/json")], document.to_string()).into_response()
}

fn paths() -> Value {
    let mut paths = Map::new();
    for operation in operations() {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method] = described(&operation);
    }
    Value::Object(paths)
}

fn described(operation: &Operation) -> Value {
    let mut described = json!({
        "operationId": operation.id(),
        "summary": format!("{}.", operation.summary),
        "description": format!("Needs a token with the scope `{}`.", operation.scope.as_str()),
        "tags": [operation.tag()],
        "security": [{ "token": [operation.scope.as_str()] }],
        "parameters": parameters(operation),
        "responses": responses(operation),
    });
    if let Some(body) = operation.takes {
        let media = match operation.method {
            "patch" => "application/merge-patch+json",
            _ => "application/json",
        };
        described["requestBody"] = json!({
            "required": true,
            "content": { media: { "schema": schema::of(body) } },
        });
    }
    described
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let path = operation.parameters().map(|name| {
        json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string", "minLength": 1 } })
    });
    let query = operation.query.iter().map(|(name, kind)| {
        let mut schema = schema::of(kind);
        if *name == "limit" {
            schema["minimum"] = json!(1);
            schema["maximum"] = json!(message::LONGEST);
        }
        json!({ "name": name, "in": "query", "schema": schema })
    });
    let mut parameters: Vec<Value> = path.chain(query).collect();
    if operation.tagged && operation.method != "get" {
        parameters.push(json!({
            "name": "If-Match",
            "in": "header",
            "required": operation.method == "patch",
            "description": "The ETag of what you read, or *.",
            "schema": { "type": "string" },
        }));
    }
    parameters
}

fn responses(operation: &Operation) -> Value {
    let mut all = Map::new();
    all.insert(operation.status.to_string(), done(operation));
    let mut statuses = BTreeSet::from([400, 401, 403, 404, 405, 500, 503]);
    if operation.method != "get" {
        statuses.extend([409, 422]);
    }
    if operation.takes.is_some() {
        statuses.extend([413, 415, 422]);
    }
    if operation.tagged && operation.method != "get" {
        statuses.insert(412);
    }
    if operation.method == "patch" {
        statuses.insert(428);
    }
    for status in statuses {
        let titles: Vec<&str> = problem::CODES
            .iter()
            .filter(|(_, known, _)| *known == status)
            .map(|(code, ..)| *code)
            .collect();
        all.insert(
            status.to_string(),
            json!({
                "description": titles.join(", "),
                "content": { problem::MEDIA_TYPE: { "schema": schema::of("Problem") } },
            }),
        );
    }
    Value::Object(all)
}

fn done(operation: &Operation) -> Value {
    let Some(gives) = operation.gives else { return json!({ "description": "Done" }) };
    let schema = match operation.list {
        false => schema::of(gives),
        true => json!({
            "type": "object",
            "required": ["items", "next"],
            "properties": {
                "items": { "type": "array", "items": schema::of(gives) },
                "next": { "type": ["string", "null"], "description": "The address of the next page" },
            },
        }),
    };
    let mut done = json!({
        "description": "Done",
        "content": { "application/json": { "schema": schema } },
    });
    if operation.tagged {
        done["headers"] = json!({ "ETag": { "schema": { "type": "string" } } });
    }
    done
}
