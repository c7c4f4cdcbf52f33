//! Putting load on a server for a while, and what came of it.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use anyhow::{Error, Result};
use futures_util::future::join;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::{sleep, sleep_until};

use super::http::Conn;
use super::process::Server;

/// Before counting begins.
const WARM_UP: Duration = Duration::from_millis(500);

/// How long, and how hard.
#[derive(Clone, Copy)]
pub struct Load {
    /// How long is counted.
    pub duration: Duration,
    /// Not counted: caches fill, threads wake.
    pub warm_up: Duration,
    /// Between two requests of a connection.
    pub pause: Duration,
}

/// What came of it.
#[derive(Clone, Default)]
pub struct Measured {
    /// Good answers.
    pub done: usize,
    /// Other answers.
    pub failed: usize,
    /// The first of those.
    pub complaint: Option<String>,
    /// How long it took.
    pub seconds: f64,
    /// Processor time of the server.
    pub cpu: f64,
    /// Processor time of its database, where that is another process.
    pub database_cpu: f64,
    latencies: Vec<Duration>,
}

impl Load {
    /// As fast as the answers come.
    pub fn full(duration: Duration) -> Load {
        Load { duration, warm_up: WARM_UP, pause: Duration::ZERO }
    }

    /// For what is in stock: every request counts.
    pub fn stock(duration: Duration) -> Load {
        Load { duration, warm_up: Duration::ZERO, pause: Duration::ZERO }
    }

    /// A little, beside something else.
    pub fn paced(duration: Duration, pause: Duration) -> Load {
        Load { duration, warm_up: WARM_UP, pause }
    }

    /// Each worker has a connection of its own and takes one step after the other; a step says
    /// whether there was anything to do.
    pub async fn run<W>(
        self,
        server: &Server,
        workers: &mut [W],
        step: impl AsyncFn(&mut W, &mut Conn) -> Result<bool>,
    ) -> Result<Measured> {
        let begin = Instant::now() + self.warm_up;
        let measured = RefCell::new(Measured::default());
        let all: FuturesUnordered<_> = workers
            .iter_mut()
            .map(|worker| self.work(server, (worker, begin), &step, &measured))
            .collect();
        let before = async {
            sleep_until(begin.into()).await;
            Ok::<_, Error>((server.cpu()?, server.database_cpu()?))
        };
        let (before, ends) = join(before, all.collect::<Vec<_>>()).await;
        let (cpu, database_cpu) = before?;
        for end in ends {
            end?;
        }
        let mut measured = measured.into_inner();
        measured.seconds = begin.elapsed().as_secs_f64();
        measured.cpu = server.cpu()? - cpu;
        measured.database_cpu = server.database_cpu()? - database_cpu;
        measured.latencies.sort_unstable();
        Ok(measured)
    }

    async fn work<W>(
        self,
        server: &Server,
        (worker, begin): (&mut W, Instant),
        step: &impl AsyncFn(&mut W, &mut Conn) -> Result<bool>,
        measured: &RefCell<Measured>,
    ) -> Result<()> {
        let mut conn = Conn::open(server.address).await?;
        loop {
            let start = Instant::now();
            if start >= begin + self.duration {
                return Ok(());
            }
            let outcome = step(worker, &mut conn).await;
            match outcome {
                Ok(false) => return Ok(()),
                Ok(true) if start >= begin => measured.borrow_mut().good(start.elapsed()),
                Ok(true) => {}
                Err(error) => {
                    measured.borrow_mut().bad(&error);
                    conn = Conn::open(server.address).await?;
                }
            }
            if !self.pause.is_zero() {
                sleep(self.pause).await;
            }
        }
    }
}

impl Measured {
    fn good(&mut self, latency: Duration) {
        self.done += 1;
        self.latencies.push(latency);
    }

    fn bad(&mut self, error: &Error) {
        self.failed += 1;
        self.complaint.get_or_insert_with(|| format!("{error:#}"));
    }

    /// Good answers a second.
    pub fn rate(&self) -> f64 {
        self.done as f64 / self.seconds
    }

    /// Good answers a second of the server's processor time.
    pub fn per_cpu_second(&self) -> f64 {
        self.done as f64 / self.cpu
    }

    /// The time within which so many hundredths were answered, in milliseconds.
    pub fn percentile(&self, hundredths: usize) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let at = last.min(self.latencies.len() * hundredths / 100);
        self.latencies.get(at).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1000.0)
    }
}
