//! A lean HTTP/1.1 client on one kept-alive connection: what it costs, the server lacks.

use std::fmt::Write;
use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection that is used again and again.
pub struct Conn {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, until the next request.
pub struct Reply<'a> {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: &'a str,
    head: &'a str,
}

impl Conn {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Result<Conn> {
        let stream = TcpStream::connect(address).await.context("the server cannot be reached")?;
        stream.set_nodelay(true)?;
        Ok(Conn { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a request and waits for the whole answer.
    pub async fn send(&mut self, request: &[u8]) -> Result<Reply<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            self.read().await?;
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
        };
        let body = head + 4;
        let length: usize =
            match header(std::str::from_utf8(&self.buffer[..head])?, "content-length") {
                Some(length) => length.parse()?,
                None => bail!("the answer has no Content-Length"),
            };
        while self.buffer.len() < body + length {
            self.read().await?;
        }
        let (head, body) = std::str::from_utf8(&self.buffer)?.split_at(body);
        let status = head.get(9..12).unwrap_or_default().parse().context("no status line")?;
        Ok(Reply { status, body, head })
    }

    /// Sends a request and waits for the status line alone. The connection is of no use after.
    pub async fn begin(&mut self, request: &[u8]) -> Result<u16> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        while self.buffer.len() < 12 {
            self.read().await?;
        }
        let status = std::str::from_utf8(&self.buffer)?.get(9..12).unwrap_or_default();
        status.parse().context("no status line")
    }

    async fn read(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

impl Reply<'_> {
    /// A header's first value.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(self.head, name)
    }

    /// The name and value of each cookie that is set.
    pub fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        fields(self.head)
            .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
            .filter_map(|(_, value)| value.split(';').next()?.split_once('='))
    }
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    fields(head).find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn fields(head: &str) -> impl Iterator<Item = (&str, &str)> {
    head.split("\r\n").skip(1).filter_map(|line| line.split_once(": "))
}

/// A GET with these further header lines, each ending in CRLF.
pub fn get(target: &str, headers: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nhost: 127.0.0.1\r\n{headers}\r\n").into_bytes()
}

/// A form, sent by POST.
pub fn post(target: &str, headers: &str, form: &str) -> Vec<u8> {
    let length = form.len();
    format!(
        "POST {target} HTTP/1.1\r\nhost: 127.0.0.1\r\n{headers}content-type: \
         application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n{form}"
    )
    .into_bytes()
}

/// Names and values as a query or a form.
pub fn form<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// A header line with the cookies of a jar.
pub fn cookie_line<'a>(jar: impl IntoIterator<Item = (&'a String, &'a String)>) -> String {
    let mut line = String::new();
    for (name, value) in jar {
        let start = if line.is_empty() { "cookie: " } else { "; " };
        // Writing to a string cannot fail.
        write!(line, "{start}{name}={value}").ok();
    }
    if line.is_empty() { line } else { line + "\r\n" }
}
