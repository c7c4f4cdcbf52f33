//! A way to the database that can be cut: towards Keystead it is as if PostgreSQL was stopped.

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// Forwards connections of one port to another while it lives.
pub struct Proxy {
    /// Where it listens.
    pub port: u16,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Listens on `port`, or on any free one if that is 0.
    pub async fn start(port: u16, to: String) -> Proxy {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let task = tokio::spawn(async move {
            // Dropped with the task, and with them their connections.
            let mut open = JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                let to = to.clone();
                open.spawn(async move {
                    if let Ok(mut far) = TcpStream::connect(to).await {
                        copy_bidirectional(&mut near, &mut far).await.ok();
                    }
                });
            }
        });
        Proxy { port, task }
    }

    /// Breaks every connection and takes no more.
    pub async fn cut(self) {
        self.task.abort();
        self.task.await.ok();
    }
}
