//! The explainer: each cause provoked through the front doors, and what an administrator reads.

mod assertions;
mod backchannel;
mod certificates;
mod devices;
mod documented;
mod dpop;
mod exchanges;
mod fixes;
mod groups;
mod logout;
mod notices;
mod person_assertions;
mod pushed;
mod refusals;
mod registration;
mod requests;
mod rich;
mod sign_outs;
mod tokens;

use keystead::app::App;
use keystead::directory::failures::{self, Told};
use keystead::domain::{Cause, Flow, FlowRef, FlowState};
use keystead::explain::{Compared, Story, Trouble};
use keystead::store::flows::{self, Filter};

use crate::harness::http::Answer;
use crate::harness::{Party, TestApp};

async fn flush(app: &App) {
    while app.flows.flush(&app.db).await.unwrap() {}
}

/// The newest flows first, as `flow list` shows them.
async fn all(app: &TestApp) -> Vec<Flow> {
    flush(app).await;
    app.read(async |conn| flows::list(conn, &Filter::default(), None, 10_000).await).await
}

/// The flow as `flow show` tells it.
async fn looked(app: &TestApp, reference: &FlowRef) -> Told {
    flush(app).await;
    failures::look(&app.app, reference).await.unwrap().unwrap()
}

/// The flow as `flow show` tells it.
async fn told(app: &TestApp, reference: &FlowRef) -> (Flow, Story) {
    let told = looked(app, reference).await;
    (told.flow, told.story)
}

/// What stopped the newest flow.
async fn newest(app: &TestApp) -> Trouble {
    let reference = all(app).await.remove(0).reference;
    let (_, story) = told(app, &reference).await;
    story.trouble.unwrap_or_else(|| panic!("{reference} has no trouble: {:#?}", story.timeline))
}

/// The one flow of the story so far: its state, its cause, and its story.
async fn only(app: &TestApp) -> (FlowState, Option<Cause>, Story) {
    let flows = all(app).await;
    assert_eq!(flows.len(), 1, "{flows:#?}");
    let (flow, story) = told(app, &flows[0].reference).await;
    (flow.state, story.trouble.as_ref().map(|trouble| trouble.cause), story)
}

/// The flow that a page's reference names.
async fn of_page(app: &TestApp, page: &Answer) -> Story {
    let reference = FlowRef(page.text("error-ref"));
    let (flow, story) = told(app, &reference).await;
    let cause = story.trouble.as_ref().expect("a refused flow").cause;
    assert_eq!(page.text("error-code"), cause.code());
    assert_eq!(flow.cause.as_deref(), Some(cause.code()));
    story
}

async fn web(app: &TestApp) -> Party {
    Party::new(&app.app, &app.client("web").await).await
}

/// What a trouble compares, in one line.
fn compared(trouble: &Trouble) -> String {
    let one = |c: &Compared| format!("{}: {} / {}", c.what, c.offered, c.registered);
    trouble.compared.iter().map(one).collect::<Vec<_>>().join("; ")
}
