//! Noting the steps of a flow from the endpoints.

use super::token::Tokens;
use crate::app::App;
use crate::domain::{Cause, Client, ClientId, FlowRef, FlowState, Grant, Layout, UserId};
use crate::explain::FlowNote;
use crate::protocol::OAuthError;
use crate::protocol::authorize::Request;

/// The flow that a request belongs to, as far as it is known.
#[derive(Debug, Clone)]
pub struct Tracked {
    note: FlowNote,
}

impl Tracked {
    /// A flow that begins.
    pub fn begin(reference: FlowRef, layout: Layout, address: Option<String>) -> Tracked {
        Tracked {
            note: FlowNote {
                reference,
                client: None,
                user: None,
                layout,
                kind: "",
                state: FlowState::Open,
                cause: None,
                address,
                detail: Vec::new(),
            },
        }
    }

    /// The flow of a request that came back from a page.
    pub fn of_request(request: &Request, address: Option<String>) -> Tracked {
        Tracked::begin(request.flow.clone(), request.layout, address).client(&request.client_id)
    }

    /// A refusal at an endpoint that belongs to no flow that is known.
    pub fn stray(app: &App, layout: Layout, client: Option<&ClientId>) -> Tracked {
        let stray = Tracked::begin(app.random.flow_ref(), layout, None);
        match client {
            Some(client) => stray.client(client),
            None => stray,
        }
    }

    /// The flow that a grant came from.
    pub fn of_grant(grant: &Grant) -> Tracked {
        Tracked::begin(grant.flow.clone(), grant.layout, None)
            .client(&grant.client_id)
            .user(&grant.user_id)
    }

    /// Its reference.
    pub fn reference(&self) -> &FlowRef {
        &self.note.reference
    }

    /// Which client it is about.
    pub fn client(mut self, id: &ClientId) -> Tracked {
        self.note.client = Some(id.clone());
        self
    }

    /// Who it is about.
    pub fn user(mut self, id: &UserId) -> Tracked {
        self.note.user = Some(id.clone());
        self
    }

    /// Notes a step.
    pub fn step(&self, app: &App, kind: &'static str, detail: Vec<(&'static str, String)>) {
        self.note(app, (kind, FlowState::Open), None, detail);
    }

    /// Notes that tokens were issued.
    pub fn done(&self, app: &App, kind: &'static str, detail: Vec<(&'static str, String)>) {
        self.note(app, (kind, FlowState::Done), None, detail);
    }

    /// Notes the ID token among the tokens, if there is one.
    pub fn issued(&self, app: &App, tokens: &Tokens, client: &Client) {
        if tokens.id_token.is_some() {
            let alg = vec![("alg", client.settings.alg.as_str().to_owned())];
            self.done(app, "id_token_issued", alg);
        }
    }

    /// Notes a refusal.
    pub fn refused(&self, app: &App, error: &OAuthError) {
        self.note(app, ("refused", FlowState::Failed), Some(error.cause), error.detail.clone());
    }

    /// The refusal with the flow and the client, for the server's log.
    pub fn named(&self, mut error: OAuthError) -> OAuthError {
        error.detail.retain(|(name, _)| *name != "client_id");
        let client = self.note.client.as_ref().map(|id| ("client_id", id.0.clone()));
        error.detail.extend(client);
        error.with("flow", self.note.reference.0.clone())
    }

    /// Notes that somebody has to wait longer: the flow stays open.
    pub fn slowed(
        &self,
        app: &App,
        kind: &'static str,
        cause: Cause,
        detail: Vec<(&'static str, String)>,
    ) {
        self.note(app, (kind, FlowState::Open), Some(cause), detail);
    }

    /// Notes a sign-in that did not work; the person may try again, so the flow stays open.
    pub fn sign_in_refused(&self, app: &App, error: &OAuthError) {
        let what = ("sign_in_refused", FlowState::Open);
        self.note(app, what, Some(error.cause), error.detail.clone());
    }

    /// Notes a sign-out that was refused.
    pub fn sign_out_refused(&self, app: &App, error: &OAuthError) {
        let what = ("sign_out_refused", FlowState::Failed);
        self.note(app, what, Some(error.cause), error.detail.clone());
    }

    fn note(
        &self,
        app: &App,
        (kind, state): (&'static str, FlowState),
        cause: Option<Cause>,
        detail: Vec<(&'static str, String)>,
    ) {
        app.flows.note(FlowNote { kind, state, cause, detail, ..self.note.clone() }, &app.clock);
    }
}
