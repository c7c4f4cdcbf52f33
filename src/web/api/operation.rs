//! What a route does, said beside its handler.

use axum::routing::MethodRouter;

use crate::app::AppState;
use crate::domain::ApiScope;

/// A route and what it does.
pub struct Route {
    /// What it does.
    pub operation: Operation,
    /// What does it.
    pub handler: MethodRouter<AppState>,
}

/// What a route does.
#[derive(Debug, Clone)]
pub struct Operation {
    /// In lower case.
    pub method: &'static str,
    /// Below `/api/v1`.
    pub path: &'static str,
    /// The scope that a token needs.
    pub scope: ApiScope,
    /// A sentence without its full stop.
    pub summary: &'static str,
    /// The schema of the body.
    pub takes: Option<&'static str>,
    /// The schema of the answer, or of the items of a list.
    pub gives: Option<&'static str>,
    /// Whether it answers a page of a list.
    pub list: bool,
    /// The status when all is well.
    pub status: u16,
    /// Whether `ETag` and `If-Match` matter.
    pub tagged: bool,
    /// Parameters of the query, and their types.
    pub query: Vec<(&'static str, &'static str)>,
}

fn new(method: &'static str, path: &'static str, scope: ApiScope, status: u16) -> Operation {
    Operation {
        method,
        path,
        scope,
        summary: "",
        takes: None,
        gives: None,
        list: false,
        status,
        tagged: false,
        query: Vec::new(),
    }
}

/// `GET` of one thing.
pub fn get(path: &'static str, scope: ApiScope, summary: &'static str) -> Operation {
    Operation { summary, ..new("get", path, scope, 200) }
}

/// `GET` of a list, a page at a time.
pub fn list(path: &'static str, scope: ApiScope, summary: &'static str) -> Operation {
    let query = vec![("after", "string"), ("limit", "integer")];
    Operation { summary, list: true, query, ..new("get", path, scope, 200) }
}

/// `POST`, which makes something.
pub fn post(path: &'static str, scope: ApiScope, summary: &'static str) -> Operation {
    Operation { summary, ..new("post", path, scope, 201) }
}

/// `PUT`, which answers what is there then, or nothing.
pub fn put(path: &'static str, scope: ApiScope, summary: &'static str) -> Operation {
    Operation { summary, ..new("put", path, scope, 204) }
}

/// `PATCH` of what somebody read.
pub fn patch(path: &'static str, scope: ApiScope, summary: &'static str) -> Operation {
    Operation { summary, tagged: true, ..new("patch", path, scope, 200) }
}

/// `DELETE`
pub fn delete(path: &'static str, scope: ApiScope, summary: &'static str) -> Operation {
    Operation { summary, ..new("delete", path, scope, 204) }
}

impl Operation {
    /// The schema of the body.
    pub fn takes(self, schema: &'static str) -> Operation {
        Operation { takes: Some(schema), ..self }
    }

    /// The schema of the answer.
    pub fn gives(self, schema: &'static str) -> Operation {
        let status = if self.method == "put" { 200 } else { self.status };
        Operation { gives: Some(schema), status, ..self }
    }

    /// The schema of what is listed.
    pub fn of(self, schema: &'static str) -> Operation {
        Operation { gives: Some(schema), ..self }
    }

    /// Another status when all is well.
    pub fn with(self, status: u16) -> Operation {
        Operation { status, ..self }
    }

    /// With an `ETag`, or an `If-Match` that may be left out.
    pub fn tagged(self) -> Operation {
        Operation { tagged: true, ..self }
    }

    /// A parameter of the query.
    pub fn asks(mut self, name: &'static str, kind: &'static str) -> Operation {
        self.query.push((name, kind));
        self
    }

    /// With what does it.
    pub fn at(self, handler: MethodRouter<AppState>) -> Route {
        Route { operation: self, handler }
    }

    /// `users.list`: stable, for generated clients.
    pub fn id(&self) -> String {
        let parts = self.path.split('/').filter(|part| !part.is_empty() && !part.starts_with('{'));
        let noun = parts.collect::<Vec<_>>().join("_").replace('-', "_");
        let verb = if self.list { "list" } else { self.method };
        let one = self.path.ends_with('}');
        format!("{noun}.{verb}{}", if one && !self.list { "_one" } else { "" })
    }

    /// The names in the path.
    pub fn parameters(&self) -> impl Iterator<Item = &'static str> {
        let parts = self.path.split('/');
        parts.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// The noun it belongs to.
    pub fn tag(&self) -> &'static str {
        self.path.split('/').nth(1).unwrap_or_default()
    }
}
