//! What goes on beside the requests: seeing changes made elsewhere, writing flows, deleting what
//! expired, rotating keys, chaining the audit log, telling clients of sign-outs.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::app::App;
use crate::domain::{DAY, HOUR, MINUTE, Selector};
use crate::explain::{chain, tally};
use crate::logout;
use crate::signin::throttle;
use crate::store::{
    self, access_tokens, api_tokens, backchannel_requests, codes, device_codes, flows, grants,
    links, logout_tokens, refresh_tokens, registration_tokens, sessions, spent,
};

/// How often changes made elsewhere are looked for: every one is seen within a second.
const REFRESH: Duration = Duration::from_millis(500);
/// How often flows are written.
const FLUSH: Duration = Duration::from_millis(250);
/// How often expired things are deleted and keys looked at.
const SWEEP: Duration = Duration::from_secs(60);
/// How often clients are told of sign-outs.
const TELL: Duration = Duration::from_secs(1);
/// How long used codes are remembered, so that their reuse is noticed.
const CODES_KEPT: i64 = HOUR;
/// The longest an access token's grant may be needed without a refresh token.
const GRANTS_KEPT: i64 = 30 * DAY;

/// Starts the jobs; they end with the returned handles.
pub fn start(app: &Arc<App>) -> Vec<tokio::task::JoinHandle<()>> {
    let at_start = app.clone();
    vec![
        tokio::spawn(async move {
            if let Err(error) = crate::directory::search::complete(&at_start).await {
                tracing::warn!(%error, "people could not all be made searchable");
            }
        }),
        tokio::spawn(crate::directory::recovery::attend(app.clone())),
        every(app, REFRESH, "the registry could not be refreshed", |app| async move {
            Ok(app.refresh_registry().await?)
        }),
        every(app, FLUSH, "flows could not be written", |app| async move {
            app.flows.flush(&app.db).await?;
            Ok(())
        }),
        every(app, SWEEP, "expired things could not be deleted", |app| async move {
            Ok(sweep(&app).await?)
        }),
        every(app, SWEEP, "keys could not be rotated", |app| async move {
            Ok(crate::directory::keys::advance(&app).await?)
        }),
        every(app, SWEEP, "registered clients could not be looked through", |app| async move {
            Ok(crate::directory::registration::advance(&app).await?)
        }),
        every(app, SWEEP, "the scheduled backup could not be made", |app| async move {
            crate::directory::backup::advance(&app).await?;
            Ok(())
        }),
        every(app, SWEEP, "the audit log could not be chained", |app| async move {
            Ok(chain::extend(&app).await?)
        }),
        every(app, TELL, "clients could not be told of sign-outs", |app| async move {
            Ok(logout::deliver(&app).await?)
        }),
    ]
}

fn every<F>(
    app: &Arc<App>,
    pause: Duration,
    trouble: &'static str,
    job: impl Fn(Arc<App>) -> F + Send + 'static,
) -> tokio::task::JoinHandle<()>
where
    F: Future<Output = anyhow::Result<()>> + Send,
{
    let app = app.clone();
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(pause);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = job(app.clone()).await {
                tracing::warn!(error = format!("{error:#}"), "{trouble}");
            }
        }
    })
}

/// Deletes what expired, a table a transaction, so that nobody waits long for the writer.
///
/// # Errors
/// When the database refuses; the rest is deleted the next time.
pub async fn sweep(app: &App) -> store::Result<()> {
    let now = app.clock.now();
    let kept = i64::try_from(app.config.events.keep.as_secs()).unwrap_or(i64::MAX);
    let db = &app.db;
    macro_rules! each {
        ($($work:expr),* $(,)?) => {
            $(loop {
                let mut tx = db.write().await?.apart();
                let work = $work;
                let deleted = work(&mut tx).await?;
                tx.commit().await?;
                if deleted < store::SWEEP {
                    break;
                }
            })*
        };
    }
    each!(
        async |tx| codes::sweep(tx, Selector::floor(now - CODES_KEPT)).await,
        async |tx| access_tokens::sweep(tx, now - MINUTE).await,
        async |tx| access_tokens::sweep_jwts(tx, now - MINUTE).await,
        async |tx| refresh_tokens::sweep(tx, now - MINUTE).await,
        async |tx| grants::sweep(tx, Selector::floor(now - GRANTS_KEPT)).await,
        async |tx| device_codes::sweep(tx, now - HOUR).await,
        async |tx| backchannel_requests::sweep(tx, now - HOUR).await,
        async |tx| sessions::sweep(tx, now - DAY).await,
        async |tx| links::sweep(tx, now).await,
        async |tx| spent::sweep(tx, now).await,
        async |tx| logout_tokens::sweep(tx, Selector::floor(now - 30 * DAY)).await,
        async |tx| api_tokens::sweep(tx, now - 30 * DAY).await,
        async |tx| registration_tokens::sweep(tx, now - 30 * DAY).await,
        async |tx| throttle::sweep(app, tx).await,
        async |tx| tally::sweep(app, tx).await,
        async |tx| chain::sweep(tx, Selector::floor(now - kept)).await,
    );
    tally::mark_stalls(app).await?;
    let mut tx = db.write().await?.apart();
    flows::sweep(&mut tx, i64::from(app.config.flows.keep)).await?;
    tx.commit().await
}
