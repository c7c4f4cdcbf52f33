//! A mail server for stories: speaks as much of RFC 5321 as is needed to take a letter or refuse it.

use std::sync::{Arc, Mutex};

use base64::{Engine, prelude::BASE64_STANDARD};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What it is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Takes every letter.
    Kind,
    /// Knows `sso` with the password `open sesame`, and nobody else.
    Strict,
    /// Wants other senders.
    NoSender,
    /// Knows no such recipient.
    NoRecipient,
    /// Asks to come back later.
    Busy,
    /// Never says a word.
    Silent,
}

/// A running mail server.
pub struct Smtp {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    letters: Arc<Mutex<Vec<String>>>,
}

impl Smtp {
    /// Starts one.
    pub async fn start(mood: Mood) -> Smtp {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let letters: Arc<Mutex<Vec<String>>> = Arc::default();
        let taken = letters.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, mood, taken.clone()));
            }
        });
        Smtp { port, letters }
    }

    /// The letters that it took: envelope, head and text, without encoding.
    pub fn letters(&self) -> Vec<String> {
        self.letters.lock().unwrap().clone()
    }

    /// The path of the link in the last letter.
    #[track_caller]
    pub fn link(&self) -> String {
        let letters = self.letters();
        let last = letters.last().expect("a letter");
        let link = last.split_whitespace().find(|word| word.contains("?token=")).expect(last);
        link.strip_prefix("https://id.example.com").expect(link).to_owned()
    }
}

async fn talk(stream: TcpStream, mood: Mood, letters: Arc<Mutex<Vec<String>>>) {
    if mood == Mood::Silent {
        tokio::time::sleep(std::time::Duration::from_secs(600)).await;
    }
    let mut stream = BufReader::new(stream);
    let mut letter = String::new();
    if say(&mut stream, "220 mail.example.com ready").await.is_none() {
        return;
    }
    loop {
        let Some(line) = hear(&mut stream).await else { return };
        let verb = line.get(..4).unwrap_or_default().to_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => "250-mail.example.com\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN",
            "AUTH" if is_known(&line) => "235 2.7.0 Welcome",
            "AUTH" => "535 5.7.8 Bad credentials, try the application password",
            "MAIL" if mood == Mood::Strict && letter.is_empty() => "530 5.7.0 Who are you?",
            "MAIL" if mood == Mood::NoSender => "550 5.7.1 You may not send as this address",
            "RCPT" if mood == Mood::NoRecipient => "550 5.1.1 No such mailbox here",
            "RCPT" if mood == Mood::Busy => "451 4.3.0 Come back later",
            "MAIL" | "RCPT" => "250 2.1.0 Fine",
            "DATA" => "354 Go on",
            "QUIT" => "221 2.0.0 Goodbye",
            _ => "502 5.5.1 What?",
        };
        if answer.starts_with("235") {
            letter.push_str("AUTH\n");
        }
        if answer.starts_with("250 2.1.0") {
            letter.push_str(&format!("{line}\n"));
        }
        if say(&mut stream, answer).await.is_none() || verb == "QUIT" {
            return;
        }
        if verb == "DATA" {
            while let Some(line) = hear(&mut stream).await.filter(|line| line != ".") {
                letter.push_str(&format!("{line}\n"));
            }
            letters.lock().unwrap().push(plain(&std::mem::take(&mut letter)));
            say(&mut stream, "250 2.0.0 Taken as 4711").await;
        }
    }
}

fn is_known(line: &str) -> bool {
    line.rsplit(' ').next() == Some(BASE64_STANDARD.encode("\0sso\0open sesame").as_str())
}

async fn say(stream: &mut BufReader<TcpStream>, line: &str) -> Option<()> {
    stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await.ok()
}

async fn hear(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await.ok()?;
    (read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Without quoted-printable.
fn plain(letter: &str) -> String {
    if !letter.contains("quoted-printable") {
        return letter.to_owned();
    }
    letter.replace("=\n", "").replace("=3D", "=")
}
