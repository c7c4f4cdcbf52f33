//! Rights to what was observed at a client: whoever sees the client sees it, and where nothing of the
//! kind was observed, only those who see everything are told so.

use super::{Administers, Right, SeesAll, manages, sees};
use crate::directory::Result;
use crate::domain::{Actor, ClientId, FailureId, FlowRef, Staff};
use crate::explain::is_of_the_account;
use crate::store::{Conn, failures, flows, logout_tokens};

/// May read of one attempt to sign in.
#[derive(Debug, Clone)]
pub struct SeesFlow(FlowRef);

/// May mend what stopped one attempt to sign in.
#[derive(Debug, Clone)]
pub struct ManagesFlow(Staff, FlowRef);

/// May read of failures that are alike.
#[derive(Debug, Clone)]
pub struct SeesFailure(FailureId);

/// May say that failures are solved.
#[derive(Debug, Clone)]
pub struct ManagesFailure(Staff, FailureId);

/// May have an application told again of a sign-out.
#[derive(Debug, Clone)]
pub struct ManagesLogoutToken(Staff, FlowRef);

impl SeesFlow {
    /// Which.
    pub fn reference(&self) -> &FlowRef {
        &self.0
    }
}

impl ManagesFlow {
    /// Which.
    pub fn reference(&self) -> &FlowRef {
        &self.1
    }

    /// Whoever uses the right, for what is changed by it.
    pub fn actor(&self) -> Actor {
        Actor::Staff(self.0.clone())
    }
}

impl SeesFailure {
    /// Which.
    pub fn id(&self) -> &FailureId {
        &self.0
    }
}

impl ManagesFailure {
    /// Which.
    pub fn id(&self) -> &FailureId {
        &self.1
    }

    /// Whoever uses the right, for what is changed by it.
    pub fn actor(&self) -> Actor {
        Actor::Staff(self.0.clone())
    }
}

impl ManagesLogoutToken {
    /// Which.
    pub fn reference(&self) -> &FlowRef {
        &self.1
    }

    /// Whoever uses the right, for what is changed by it.
    pub fn actor(&self) -> Actor {
        Actor::Staff(self.0.clone())
    }
}

impl Right for SeesFlow {
    async fn of(conn: &mut Conn, staff: &Staff, subject: &str) -> Result<Option<SeesFlow>> {
        let reference = FlowRef::heard(subject);
        let client = at_flow(conn, &reference).await?;
        Ok(sees_at(conn, staff, client).await?.then_some(SeesFlow(reference)))
    }
}

impl Right for ManagesFlow {
    async fn of(conn: &mut Conn, staff: &Staff, subject: &str) -> Result<Option<ManagesFlow>> {
        let reference = FlowRef::heard(subject);
        let client = at_flow(conn, &reference).await?;
        let manages = manages_at(conn, staff, client).await?;
        Ok(manages.then(|| ManagesFlow(staff.clone(), reference)))
    }
}

impl Right for SeesFailure {
    async fn of(conn: &mut Conn, staff: &Staff, subject: &str) -> Result<Option<SeesFailure>> {
        let id = FailureId::heard(subject);
        let client = at_failure(conn, &id).await?;
        Ok(sees_at(conn, staff, client).await?.then_some(SeesFailure(id)))
    }
}

impl Right for ManagesFailure {
    async fn of(conn: &mut Conn, staff: &Staff, subject: &str) -> Result<Option<ManagesFailure>> {
        let id = FailureId::heard(subject);
        let client = at_failure(conn, &id).await?;
        let manages = manages_at(conn, staff, client).await?;
        Ok(manages.then(|| ManagesFailure(staff.clone(), id)))
    }
}

impl Right for ManagesLogoutToken {
    async fn of(conn: &mut Conn, staff: &Staff, subject: &str) -> Result<Option<Self>> {
        let reference = FlowRef::heard(subject);
        let found = logout_tokens::find(conn, &reference).await?;
        let manages = manages_at(conn, staff, found.map(|token| token.client_id)).await?;
        Ok(manages.then(|| ManagesLogoutToken(staff.clone(), reference)))
    }
}

async fn at_flow(conn: &mut Conn, reference: &FlowRef) -> Result<Option<ClientId>> {
    Ok(flows::find(conn, reference).await?.and_then(|flow| flow.client_id))
}

async fn at_failure(conn: &mut Conn, id: &FailureId) -> Result<Option<ClientId>> {
    let found = failures::find(conn, id).await?;
    // How often an account was met is for those who see people.
    let told = found.filter(|group| !is_of_the_account(&group.cause));
    Ok(told.and_then(|group| group.client_id))
}

async fn sees_at(conn: &mut Conn, staff: &Staff, client: Option<ClientId>) -> Result<bool> {
    match client {
        Some(client) => sees(conn, staff, &client).await,
        None => Ok(SeesAll::by_role(staff).is_some()),
    }
}

async fn manages_at(conn: &mut Conn, staff: &Staff, client: Option<ClientId>) -> Result<bool> {
    match client {
        Some(client) => manages(conn, staff, &client).await,
        None => Ok(Administers::by_role(staff).is_some()),
    }
}
