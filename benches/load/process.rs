//! Processes under test: started, waited for, and asked what they cost, by way of `/proc`.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::http::{Conn, get};

/// Linux counts processor time for user space in hundredths of a second, whatever the kernel does.
const TICKS: f64 = 100.0;

/// A server on a port of its own; it ends with this value.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// From its start to the first good answer.
    pub started_in: Duration,
    /// The main process of its database, if that is not itself.
    pub database: Option<u32>,
    child: Child,
}

/// A loopback port that nobody has.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

impl Server {
    /// Starts a command that listens on `address`, and waits until `path` answers 200.
    pub async fn start(mut command: Command, address: SocketAddr, path: &str) -> Result<Server> {
        let start = Instant::now();
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        let child = child.with_context(|| format!("{command:?} cannot be started"))?;
        let mut server = Server { address, started_in: Duration::ZERO, database: None, child };
        while !server.answers(path).await {
            if let Some(status) = server.child.try_wait()? {
                bail!("{command:?} ended with {status}");
            }
            if start.elapsed() > Duration::from_secs(60) {
                bail!("{command:?} is not ready after a minute");
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.started_in = start.elapsed();
        Ok(server)
    }

    async fn answers(&self, path: &str) -> bool {
        let Ok(mut conn) = Conn::open(self.address).await else { return false };
        conn.send(&get(path, "")).await.is_ok_and(|reply| reply.status == 200)
    }

    /// Processor time used so far, in seconds.
    pub fn cpu(&self) -> Result<f64> {
        cpu(self.child.id())
    }

    /// Processor time of its database and that one's workers.
    pub fn database_cpu(&self) -> Result<f64> {
        let Some(parent) = self.database else { return Ok(0.0) };
        let mut sum = cpu(parent)?;
        for entry in std::fs::read_dir("/proc")? {
            let name = entry?.file_name();
            let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
            // Processes come and go while we look.
            if let Ok(fields) = stat(pid)
                && fields.get(1) == Some(&parent.to_string())
            {
                sum += cpu(pid).unwrap_or_default();
            }
        }
        Ok(sum)
    }

    /// Resident memory in MiB: now, and at its highest.
    pub fn memory(&self) -> Result<(f64, f64)> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let mib = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kib: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
            Some(kib / 1024.0)
        };
        mib("VmRSS:").zip(mib("VmHWM:")).context("/proc tells no memory")
    }

    /// Asks it to end, and waits.
    pub fn stop(mut self) -> Result<()> {
        Command::new("kill").arg(self.child.id().to_string()).status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Processor time of one process, with all its threads.
pub fn cpu(pid: u32) -> Result<f64> {
    let fields = stat(pid)?;
    let ticks = |n: usize| fields.get(n).and_then(|field| field.parse::<f64>().ok());
    // utime and stime, counted from the state, which follows the name.
    let both = ticks(11).zip(ticks(12)).context("/proc tells no processor time")?;
    Ok((both.0 + both.1) / TICKS)
}

fn stat(pid: u32) -> Result<Vec<String>> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = stat.rsplit_once(") ").context("/proc has changed")?;
    Ok(fields.split(' ').map(str::to_owned).collect())
}

/// The main process of the PostgreSQL cluster in this folder.
pub fn postmaster(cluster: &Path) -> Result<u32> {
    let file = std::fs::read_to_string(cluster.join("data/postmaster.pid"))?;
    Ok(file.lines().next().unwrap_or_default().trim().parse()?)
}
