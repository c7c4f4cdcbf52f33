//! Every page that tells of an error has its code, and a reference that leads to the log.

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::Request;

use crate::harness::http::{self, Answer};
use crate::harness::steps::closed_client;
use crate::harness::{Browser, Party, TestApp, each_database};

type Form = &'static [(&'static str, &'static str)];

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// What anybody can open or send: a path, a form if one is sent, and the code of the page.
const WRONG: &[(&str, Option<Form>, &str)] = &[
    ("/oauth2/authorize?client_id=nobody", None, "unknown_client"),
    ("/oauth2/authorize?client_id=web&client_id=web", None, "malformed_request"),
    ("/oauth2/authorize?client_id=web&redirect_uri=https://x/", None, "redirect_uri_mismatch"),
    ("/application/o/authorize/?client_id=nobody", None, "unknown_client"),
    ("/ui/oauth2?client_id=nobody", None, "unknown_client"),
    ("/oauth2/authorize?resume=x", None, "request_expired"),
    ("/login?resume=x", None, "request_expired"),
    ("/login?next=a&next=b", None, "malformed_request"),
    ("/login", Some(&[("username", "alice")]), "form_rejected"),
    ("/login", Some(&[("username", "a"), ("username", "b")]), "malformed_request"),
    ("/consent?resume=x", None, "request_expired"),
    ("/consent", Some(&[("resume", "x")]), "form_rejected"),
    ("/device", Some(&[("user_code", "x")]), "form_rejected"),
    ("/device?asked=a&asked=b", None, "malformed_request"),
    ("/setup?token=x", None, "link_expired"),
    ("/setup", Some(&[("token", "x")]), "form_rejected"),
    ("/invite?token=x", None, "link_expired"),
    ("/invite", Some(&[("token", "x")]), "form_rejected"),
    ("/recover?token=x", None, "link_expired"),
    ("/recover", Some(&[("token", "x")]), "form_rejected"),
    ("/logout", Some(&[]), "form_rejected"),
    ("/oauth2/end-session?client_id=nobody", None, "unknown_client"),
    ("/oauth2/end-session?id_token_hint=x", None, "bad_id_token_hint"),
    (
        "/oauth2/end-session?post_logout_redirect_uri=https://x/",
        None,
        "post_logout_redirect_uri_mismatch",
    ),
    ("/oauth2/end-session", Some(&[("state", "a"), ("state", "b")]), "malformed_request"),
];

/// Checks a page, and returns its reference.
#[track_caller]
fn referred(answer: &Answer, code: &str, whence: &str) -> String {
    assert_eq!(answer.text("error-code"), code, "{whence}: {} {}", answer.status, answer.body);
    let reference = answer.text("error-ref");
    let well_formed = reference.len() == 9 && reference.as_bytes()[4] == b'-';
    assert!(well_formed, "{whence}: '{reference}'");
    reference
}

async fn no_such_page(app: &TestApp) -> Answer {
    let request = Request::get("/nowhere").header("accept", "text/html").body(Body::empty());
    http::send(&app.app, request.unwrap()).await
}

#[tokio::test]
async fn each_page_of_an_error_has_a_reference_of_its_own_that_the_log_knows() {
    let log = Log::default();
    let kept = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_ansi(false).with_writer(move || kept.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    each_database(async |app| {
        app.client("web").await;
        app.user("alice").await;
        let mut references = Vec::new();
        for (path, form, code) in WRONG {
            let mut browser = Browser::new(&app.app);
            let answer = match form {
                None => browser.get(path).await,
                Some(form) => browser.post(path, form).await,
            };
            references.push((*path, referred(&answer, code, path)));
        }
        references.push(("/nowhere", referred(&no_such_page(&app).await, "not_found", "/nowhere")));
        let closed = closed_client(&app, "closed", |_| ()).await;
        let party = Party::new(&app.app, &closed).await;
        let mut browser = Browser::new(&app.app);
        let page = browser.authorize(&party.ask(&[]), "alice").await;
        references.push(("no access", referred(&page, "no_scope_map", "no access")));
        app.sql("alter table sessions rename to elsewhere").await;
        let broken = browser.get("/").await;
        references.push(("broken", referred(&broken, "server_error", "broken")));
        let told = log.text();
        for (n, (whence, reference)) in references.iter().enumerate() {
            assert!(told.contains(reference.as_str()), "{whence}: {reference} is not in the log");
            assert!(!references[..n].iter().any(|(_, other)| other == reference), "{whence}");
        }
    })
    .await;
}
