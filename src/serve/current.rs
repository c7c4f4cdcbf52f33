//! What answers at the moment: the application under the settings in force. When the public URL
//! changes, a new one takes over between two requests: the socket stays open, no connection ends,
//! and what is being answered is answered to its end.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use tokio::task::JoinHandle;
use tower::Service;

use crate::app::{App, AppState, kept_public_url};
use crate::directory::announced;
use crate::jobs;
use crate::web::{self, Normalized};

/// How often changes made elsewhere are looked for: every one is seen within a second.
const LOOKED_AT: Duration = Duration::from_millis(500);

/// The application in force, for every connection.
#[derive(Clone)]
pub(super) struct Current(Arc<Inner>);

struct Inner {
    serving: ArcSwap<Serving>,
    jobs: Mutex<Vec<JoinHandle<()>>>,
}

struct Serving {
    app: Arc<App>,
    router: Normalized,
}

impl Serving {
    fn new(app: Arc<App>) -> Serving {
        Serving { router: web::router(AppState(app.clone())), app }
    }
}

impl Current {
    /// Begins with this application and its jobs.
    pub fn start(app: Arc<App>) -> Current {
        let jobs = Mutex::new(jobs::start(&app));
        Current(Arc::new(Inner { serving: ArcSwap::from_pointee(Serving::new(app)), jobs }))
    }

    /// Ends the jobs.
    pub fn stop(&self) {
        let mut jobs = self.0.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.drain(..).for_each(|job| job.abort());
    }

    /// Goes by the public URL that the database keeps, now and whenever it changes.
    pub async fn follow(&self) -> Infallible {
        loop {
            let app = self.0.serving.load().app.clone();
            app.renewal.asked(LOOKED_AT).await;
            if let Err(error) = self.look(&app).await {
                let error = format!("{error:#}");
                tracing::warn!(error, "the settings in the database could not be read");
            }
            app.renewal.done();
        }
    }

    async fn look(&self, app: &Arc<App>) -> anyhow::Result<()> {
        let config = app.config.with_public_url(kept_public_url(&app.db).await?.as_deref());
        if config.public_url == app.config.public_url {
            return Ok(());
        }
        for warning in config.warnings() {
            tracing::warn!("{warning}");
        }
        let (before, now) = (app.config.public_url.clone(), config.public_url.clone());
        let app = Arc::new(app.renewed(config).await?);
        self.stop();
        let jobs = jobs::start(&app);
        *self.0.jobs.lock().unwrap_or_else(PoisonError::into_inner) = jobs;
        self.0.serving.store(Arc::new(Serving::new(app.clone())));
        tracing::info!(%before, public_url = %now, "the public URL was changed");
        announced::announce(&app).await?;
        Ok(())
    }
}

impl Service<Request<Incoming>> for Current {
    type Response = Response;
    type Error = Infallible;
    type Future = <Normalized as Service<Request<Incoming>>>::Future;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // A router is always ready.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        self.0.serving.load().router.clone().call(request)
    }
}
