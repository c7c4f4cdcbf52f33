//! The right to a token of the API: whoever it acts for, and administrators, may end it.

use super::{Administers, Right};
use crate::directory::Result;
use crate::domain::{Actor, Selector, Staff};
use crate::store::{Conn, api_tokens};

/// May end one token.
#[derive(Debug, Clone)]
pub struct ManagesToken(Staff, Selector);

impl ManagesToken {
    /// Which.
    pub fn token(&self) -> Selector {
        self.1
    }

    /// Whoever uses the right, for what is changed by it.
    pub fn actor(&self) -> Actor {
        Actor::Staff(self.0.clone())
    }
}

impl Right for ManagesToken {
    async fn of(conn: &mut Conn, staff: &Staff, subject: &str) -> Result<Option<ManagesToken>> {
        // No token has this id, which administrators are told.
        let id = Selector(subject.parse().unwrap_or_default());
        if Administers::by_role(staff).is_some() {
            return Ok(Some(ManagesToken(staff.clone(), id)));
        }
        let found = api_tokens::find(conn, id).await?;
        let own = found.is_some_and(|token| token.user_id == *staff.id());
        Ok(own.then(|| ManagesToken(staff.clone(), id)))
    }
}
