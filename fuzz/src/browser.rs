//! What browsers carry: authorization requests in all their forms, and sign-outs.

use std::collections::BTreeSet;
use std::convert::Infallible;

use keystead::domain::{AuthorizationDetail, Cause, Client, FlowRef, Layout, ResponseType};
use keystead::protocol::authorize::{self, Arrival, Params, Request};
use keystead::protocol::callback::{Answer, Callback, Message};
use keystead::protocol::{authorization_details as details, end_session, request_object, resource};
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

use super::{ISSUER, NOW, client};

/// A query: answered at a registered address alone, and as sealed as it was checked.
pub fn authorize(input: &[u8]) {
    let Ok(query) = std::str::from_utf8(input) else { return };
    let folded = resource::fold(query);
    let others = |form: &str| {
        let pairs = form_urlencoded::parse(form.as_bytes()).filter(|(name, _)| name != "resource");
        pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect::<Vec<_>>()
    };
    assert_eq!(others(query), others(&folded), "what is not folded stays");
    let Ok(params) = serde_urlencoded::from_str(&folded) else { return };
    ask(&client(), params);
}

/// The claims of a request object that is the client's.
pub fn request_object(input: &[u8]) {
    let Ok(claims) = serde_json::from_slice::<Map<String, Value>>(input) else { return };
    let client = client();
    let Ok(params) = request_object::params(&client, &claims, &[ISSUER.to_owned()], NOW) else {
        return;
    };
    assert_eq!(params.client_id.as_deref(), Some(client.id.as_str()));
    assert!(params.request.is_none() && params.request_uri.is_none(), "one object, not two");
    ask(&client, params);
}

/// The `claims` parameter of a request that is well otherwise.
pub fn claims_parameter(input: &[u8]) {
    let Ok(claims) = std::str::from_utf8(input) else { return };
    let text = |value: &str| Some(value.to_owned());
    let params = Params {
        redirect_uri: text("https://web.example.com/cb"),
        response_type: text("code"),
        code_challenge: text("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        code_challenge_method: text("S256"),
        claims: text(claims),
        ..Params::default()
    };
    let Some(request) = ask(&client(), params) else { return };
    let sent: Map<String, Value> = serde_json::from_str(claims).expect("what is read is an object");
    let names = |place: &str| match sent.get(place) {
        Some(Value::Object(members)) => members.keys().cloned().collect(),
        _ => BTreeSet::new(),
    };
    assert_eq!(request.claims.id_token, names("id_token"));
    assert_eq!(request.claims.userinfo, names("userinfo"));
}

/// Checks a request as the endpoint does, and whatever it answers.
fn ask(client: &Client, params: Params) -> Option<Request> {
    let callback = Callback::of(client, &params, ISSUER.to_owned()).ok()?;
    assert!(client.redirect_uris.contains(&callback.redirect_uri), "registered as it is");
    let served = &ResponseType::ALL;
    let flow = FlowRef("K7QF-2M9X".to_owned());
    let arrival = Arrival { layout: Layout::Native, flow, at: NOW, served };
    let checked = authorize::validate(client, (params, callback.clone()), None, arrival);
    match checked {
        Err(error) => {
            answer(&callback, Message::error(&error));
            None
        }
        Ok(request) => {
            answer(&callback, Message::default().with("code", "abc"));
            assert!(request.challenge.is_some(), "the client must send one");
            assert!(request.nonce.is_some() || !request.response_type.has_id_token());
            assert!(request.max_age.is_none_or(|seconds| seconds >= 0));
            let prompt = request.prompt;
            assert!(!prompt.none || !(prompt.login || prompt.consent));
            let sealed = serde_json::to_string(&request).expect("a request is written");
            let read: Request = serde_json::from_str(&sealed).expect("and read again");
            assert_eq!(serde_json::to_string(&read).ok(), Some(sealed));
            assert!(authorize::recheck(&read, client, served).is_ok());
            Some(request)
        }
    }
}

/// The answer goes to the registered address, with the state that was sent.
fn answer(callback: &Callback, message: Message) {
    let sign =
        |claims: &Map<String, Value>| Ok::<_, Infallible>(Value::from(claims.clone()).to_string());
    let Ok(answer) = callback.answer(message, NOW, sign);
    let fields: Vec<(String, String)> = match answer {
        Answer::Post { action, fields } => {
            assert_eq!(action, callback.redirect_uri);
            fields
        }
        Answer::Redirect(to) => {
            let ours = Url::parse(&callback.redirect_uri).expect("it was registered");
            let there = Url::parse(&to).expect("a browser can follow it");
            assert_eq!((there.origin(), there.path()), (ours.origin(), ours.path()));
            let rest = to.strip_prefix(&callback.redirect_uri).expect("nothing comes before");
            form_urlencoded::parse(&rest.as_bytes()[1..]).into_owned().collect()
        }
    };
    let value = |wanted: &str| {
        fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone())
    };
    let (state, issuer) = match value("response") {
        None => (value("state"), value("iss")),
        Some(signed) => {
            let claims: Map<String, Value> = serde_json::from_str(&signed).expect("claims");
            let claim = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
            (claim("state"), claim("iss"))
        }
    };
    assert_eq!((state, issuer.as_deref()), (callback.state.clone(), Some(ISSUER)));
}

/// The parameter of RFC 9396: what is read stays the same, and is not more than was granted.
pub fn authorization_details(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let client = client();
    let Ok(all) = details::read(Some(text), &client) else { return };
    let known = &client.settings.authorization_details_types;
    let kind = |one: &AuthorizationDetail| {
        details::kind(one).is_some_and(|kind| known.iter().any(|own| own == kind))
    };
    assert!(all.iter().all(kind), "of a type that the client may use");
    let kept = serde_json::to_string(&all).expect("details are written");
    let granted: Vec<_> = serde_json::from_str(&kept).expect("and read again");
    assert_eq!(all, granted, "what was granted is what was asked for");
    let asked = details::narrow(&client, &granted, Some(text)).expect("the same again is no more");
    assert_eq!(asked, all);
    assert!(all.is_empty() || details::narrow(&client, &[], Some(text)).is_err());
}

/// The query of a sign-out: it leads to a registered address or nowhere.
pub fn logout(input: &[u8]) {
    let Ok(params) = serde_urlencoded::from_bytes::<end_session::Params>(input) else { return };
    let client = client();
    assert!(
        params.post_logout_redirect_uri.is_none()
            || end_session::destination(None, &params).is_err()
    );
    match end_session::destination(Some(&client), &params) {
        Err(cause) => assert_eq!(cause, Cause::PostLogoutUriMismatch),
        Ok(end_session::Return::Nowhere) => assert!(params.post_logout_redirect_uri.is_none()),
        Ok(end_session::Return::To(uri)) => {
            let own = &client.post_logout_redirect_uris[0];
            let rest = uri.strip_prefix(own.as_str()).expect("nothing comes before");
            let sent = form_urlencoded::parse(rest.as_bytes()).find(|(name, _)| name == "state");
            assert_eq!(sent.map(|(_, state)| state.into_owned()), params.state);
        }
    }
}
