//! What comes in and goes out: JSON bodies, queries, revisions, pages.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::problem::Problem;
use crate::app::AppState;
use crate::directory::forms::{self, Node};
use crate::directory::revision::Revision;
use crate::web::json::NoStore;

/// A JSON document.
pub struct Document(pub Value);

impl Document {
    /// Reads it with `read`.
    pub fn read<T>(
        &self,
        read: impl FnOnce(Node<'_>, &mut Vec<forms::Problem>) -> T,
    ) -> Result<T, Problem> {
        Ok(forms::read(&self.0, read)?)
    }
}

impl FromRequest<AppState> for Document {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &AppState) -> Result<Document, Problem> {
        let sent = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
        let kind = sent.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
        let known = ["application/json", "application/merge-patch+json"];
        if !known.iter().any(|known| kind.eq_ignore_ascii_case(known)) {
            let detail = "send JSON, with Content-Type: application/json";
            return Err(Problem::new("unsupported_media_type", detail));
        }
        let body = Bytes::from_request(request, app).await.map_err(|error| {
            match error.into_response().status() {
                StatusCode::PAYLOAD_TOO_LARGE => Problem::new("too_large", "send at most 64 KiB"),
                _ => Problem::new("malformed_request", "the body ended too early"),
            }
        })?;
        serde_json::from_slice(&body).map(Document).map_err(|error| {
            Problem::new("malformed_request", format!("the body is not JSON: {error}"))
        })
    }
}

/// A query without strange or doubled parameters.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Asked<T>, Problem> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(query)) => Ok(Asked(query)),
            Err(error) => Err(Problem::new("malformed_request", error.body_text())),
        }
    }
}

/// The names in a path.
pub struct Named<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Named<T>, Problem> {
        match Path::from_request_parts(parts, app).await {
            Ok(Path(names)) => Ok(Named(names)),
            Err(error) => Err(Problem::new("malformed_request", error.body_text())),
        }
    }
}

/// Which page of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PageQuery {
    /// What the last page ended with.
    pub after: Option<String>,
    /// How many at most.
    pub limit: Option<i64>,
}

/// The usual length of a page.
const USUAL: i64 = 50;
/// The greatest length of a page.
pub const LONGEST: i64 = 200;

/// How long a page is to be.
pub fn limit(asked: Option<i64>) -> Result<i64, Problem> {
    match asked.unwrap_or(USUAL) {
        limit @ 1..=LONGEST => Ok(limit),
        _ => Err(Problem::new("malformed_request", format!("limit is 1 to {LONGEST}"))),
    }
}

/// A page of a list on its way: one more than asked for shows that there is another.
pub struct Paged<'a> {
    /// The address that was asked.
    pub uri: &'a Uri,
    /// How long the page is.
    pub limit: i64,
}

impl Paged<'_> {
    /// The answer; `key` is what the next page begins after.
    pub fn answer<T>(
        &self,
        mut items: Vec<T>,
        key: impl Fn(&T) -> String,
        view: impl Fn(T) -> Value,
    ) -> Response {
        let length = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = items.len() > length;
        items.truncate(length);
        let last = items.last().filter(|_| more).map(key);
        let next = last.map(|last| self.next(&last));
        let items: Vec<Value> = items.into_iter().map(view).collect();
        let mut response = NoStore(json!({ "items": items, "next": next })).into_response();
        if let Some(next) = next
            && let Ok(link) = HeaderValue::from_str(&format!("<{next}>; rel=\"next\""))
        {
            response.headers_mut().insert(header::LINK, link);
        }
        response
    }

    /// The answer from a whole list in order, of which `key` tells the place.
    pub fn part<T>(
        &self,
        all: impl IntoIterator<Item = T>,
        after: Option<&str>,
        key: impl Fn(&T) -> String,
        view: impl Fn(T) -> Value,
    ) -> Response {
        let rest =
            all.into_iter().filter(|item| after.is_none_or(|after| key(item).as_str() > after));
        let one_more = usize::try_from(self.limit + 1).unwrap_or(usize::MAX);
        let items = rest.take(one_more).collect();
        self.answer(items, key, view)
    }

    fn next(&self, after: &str) -> String {
        let query = self.uri.query().unwrap_or_default();
        let kept =
            url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "after");
        let mut next = url::form_urlencoded::Serializer::new(String::new());
        next.extend_pairs(kept).append_pair("after", after);
        format!("{}?{}", self.uri.path(), next.finish())
    }
}

/// Which revisions may be changed: what `If-Match` names (RFC 9110 13.1.1).
pub struct IfMatch(Option<Vec<Revision>>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<IfMatch, Problem> {
        let mut named = Vec::new();
        for value in parts.headers.get_all(header::IF_MATCH) {
            let text = value.to_str().unwrap_or_default();
            for tag in text.split(',').map(str::trim) {
                let quoted = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
                match quoted {
                    Some(tag) => named.push(Revision::sent(tag)),
                    None if tag == "*" => return Ok(IfMatch(None)),
                    // A weak one never matches; it was not ours.
                    None if tag.starts_with("W/\"") => {}
                    None => {
                        let detail = "If-Match holds ETags in double quotes, or *";
                        return Err(Problem::new("malformed_request", detail));
                    }
                }
            }
        }
        Ok(IfMatch(parts.headers.contains_key(header::IF_MATCH).then_some(named)))
    }
}

impl IfMatch {
    /// The revisions of which one must stand; `None` if any may.
    pub fn revisions(&self) -> Option<&[Revision]> {
        self.0.as_deref()
    }
}

/// `If-Match` where a change without it could overwrite what somebody else did meanwhile.
pub struct MustMatch(pub IfMatch);

impl<S: Send + Sync> FromRequestParts<S> for MustMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<MustMatch, Problem> {
        if !parts.headers.contains_key(header::IF_MATCH) {
            let detail =
                "send If-Match with the ETag that you read, or * to change whatever is there";
            return Err(Problem::new("revision_required", detail));
        }
        Ok(MustMatch(IfMatch::from_request_parts(parts, state).await?))
    }
}

/// A document with its revision as `ETag`.
pub fn tagged(status: StatusCode, document: &impl Serialize) -> Response {
    tagged_as(status, document, json!(document))
}

/// A document that says more than what its revision is of.
pub fn tagged_as(status: StatusCode, revised: &impl Serialize, document: Value) -> Response {
    let mut response = (status, NoStore(document)).into_response();
    let tag = format!("\"{}\"", Revision::of(revised).as_str());
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// `201` with the address of what was made.
pub fn created(mut response: Response, path: &[&str]) -> Response {
    let encoded: Vec<String> = path
        .iter()
        .map(|part| url::form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>())
        .map(|part| part.replace('+', "%20"))
        .collect();
    *response.status_mut() = StatusCode::CREATED;
    if let Ok(location) = HeaderValue::from_str(&format!("/api/v1/{}", encoded.join("/"))) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
