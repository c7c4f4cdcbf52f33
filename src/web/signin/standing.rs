//! What a person allows on one device for another: it hangs off no session, and stands when the
//! browser in which they said so is closed. It ends when they withdraw it or are signed out everywhere.

use sqlx::types::Json;

use crate::app::App;
use crate::domain::{
    ClientId, FlowRef, Grant, Layout, RequestedClaims, Scopes, Session, Target, UserId,
};

/// Such a grant, of whoever is signed in.
pub fn grant(
    app: &App,
    (client, user, session): (&ClientId, &UserId, &Session),
    scopes: Scopes,
    (layout, flow): (Layout, &FlowRef),
) -> Grant {
    Grant {
        id: app.random.selector(&app.clock),
        client_id: client.clone(),
        user_id: user.clone(),
        session_id: None,
        sid: app.random.uuid(),
        layout,
        scopes: Json(scopes),
        claims: Json(RequestedClaims::default()),
        target: Json(Target::default()),
        nonce: None,
        auth_time: session.auth_time,
        acr: session.acr().to_owned(),
        amr: session.amr.clone(),
        flow: flow.clone(),
        created_at: app.clock.now(),
        revoked_at: None,
    }
}
