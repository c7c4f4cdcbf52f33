//! Who calls: a bearer token, its scope, and the right that its owner's role gives.

use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::ops::Deref;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;

use super::problem::Problem;
use crate::app::AppState;
use crate::directory::api_tokens;
use crate::directory::rights::Right;
use crate::domain::{ApiScope, Staff};
use crate::web::oidc::bearer;

/// A scope as a type, so that a handler cannot be reached without it.
pub trait Scoped: Send {
    /// Which.
    const SCOPE: ApiScope;
}

macro_rules! scopes {
    ($($name:ident: $doc:literal),* $(,)?) => {
        $(
            #[doc = $doc]
            pub struct $name;
            impl Scoped for $name {
                const SCOPE: ApiScope = ApiScope::$name;
            }
        )*
    };
}

scopes! {
    Read: "`read`",
    WriteUsers: "`users:write`",
    WriteGroups: "`groups:write`",
    WriteClients: "`clients:write`",
    WriteKeys: "`keys:write`",
    WriteSessions: "`sessions:write`",
    WriteFailures: "`failures:write`",
    WriteSettings: "`settings:write`",
}

/// A right, used through a token that has the scope for it.
pub struct By<S, R> {
    right: R,
    staff: Staff,
    held: BTreeSet<ApiScope>,
    scope: PhantomData<S>,
}

impl<S, R> Deref for By<S, R> {
    type Target = R;
    fn deref(&self) -> &R {
        &self.right
    }
}

impl<S, R> By<S, R> {
    /// Whom the token acts for, by their role.
    pub fn staff(&self) -> &Staff {
        &self.staff
    }

    /// Refuses to go on unless the token has this scope as well.
    pub fn also(&self, scope: ApiScope) -> Result<(), Problem> {
        match self.held.contains(&scope) {
            true => Ok(()),
            false => Err(Problem::insufficient_scope(scope)),
        }
    }
}

impl<S: Scoped, R: Right> FromRequestParts<AppState> for By<S, R> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<By<S, R>, Problem> {
        let sent = bearer::from_header(&parts.headers).map_err(|_| Problem::token_missing())?;
        let sent = sent.ok_or_else(Problem::token_missing)?;
        let known = api_tokens::resolve(app, sent).await?;
        let (staff, token) = known.ok_or_else(Problem::token_invalid)?;
        if !token.scopes.contains(&S::SCOPE) {
            return Err(Problem::insufficient_scope(S::SCOPE));
        }
        // The thing that a path is about comes first in it.
        let params = RawPathParams::from_request_parts(parts, app).await;
        let params =
            params.map_err(|_| Problem::new("malformed_request", "the path is not UTF-8"))?;
        let subject = params.iter().next().map(|(_, value)| value.to_owned()).unwrap_or_default();
        let right = R::of(&mut app.db.read().await?, &staff, &subject).await?;
        let right = right.ok_or_else(|| {
            let role = staff.role().title().to_lowercase();
            Problem::new("not_allowed", format!("the role {role} does not allow this"))
        })?;
        Ok(By { right, staff, held: token.scopes.0, scope: PhantomData })
    }
}
