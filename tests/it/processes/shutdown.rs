//! SIGTERM: nobody is cut off, nobody new is let in.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Client, Installation, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_lets_requests_finish_and_exits_cleanly() {
    for installation in Installation::each().await {
        installation.populate();
        let mut server = installation.serve().await;
        let address = server.url.strip_prefix("http://").unwrap().to_owned();
        let body = "grant_type=refresh_token&refresh_token=x&client_id=web";
        let (half, rest) = body.split_at(20);
        let mut slow = TcpStream::connect(&address).await.unwrap();
        let head = format!(
            "POST /oauth2/token HTTP/1.1\r\nhost: {address}\r\ncontent-length: {}\r\n\
             content-type: application/x-www-form-urlencoded\r\n\r\n{half}",
            body.len()
        );
        slow.write_all(head.as_bytes()).await.unwrap();
        for _ in 0..5 {
            // Whoever came later was answered, so the first request was read.
            assert_eq!(Client::new(&server.url).get("/healthz").await.unwrap().status, 200);
        }
        server.terminate();
        eventually("nobody new is let in", async || TcpStream::connect(&address).await.is_err())
            .await;
        assert!(server.is_running(), "it waits for the request in flight");
        slow.write_all(rest.as_bytes()).await.unwrap();
        let mut answer = String::new();
        slow.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
        assert!(answer.ends_with('}'), "read to its end: {answer}");
        assert_eq!(server.ended().await, Some(0), "{}", server.printed("stderr"));
        let log = server.printed("stderr");
        assert!(log.contains("setting=\"listen\"") && log.contains("shutting down"), "{log}");
        installation.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_stops_once_its_secret_key_was_replaced() {
    for installation in Installation::each().await {
        installation.populate();
        let mut server = installation.serve().await;
        let path = installation.folder.join("new.key");
        std::fs::write(&path, "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=").unwrap();
        installation.cli(&["key", "reseal", "--new-key-file", path.to_str().unwrap()], "");
        assert_eq!(server.ended().await, Some(1), "{}", server.printed("stderr"));
        let log = server.printed("stderr");
        assert!(log.contains("the secret key was replaced with keystead key reseal"), "{log}");
        installation.remove().await;
    }
}
