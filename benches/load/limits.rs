//! What the hardware and the libraries allow: a bare handler, bare signatures, bare password hashes.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use axum::body::Bytes;
use axum::http::header;
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use serde_json::{Value, json};

use super::http;
use super::measure::{Load, Measured};
use super::process::{Server, cpu, free_address};
use super::provider::expect;

/// About the length of an ID token.
const MESSAGE: [u8; 600] = [b'x'; 600];

/// A limit: its name and what was measured there.
pub struct Limit {
    /// What it is.
    pub name: &'static str,
    /// What came of it.
    pub measured: Measured,
}

/// Serves the same bytes as the provider, and does nothing else: run in a process of its own.
pub async fn serve_bare(address: SocketAddr, folder: &Path) -> Result<()> {
    let file = |name: &str| std::fs::read(folder.join(name)).map(Bytes::from);
    let (discovery, jwks) = (file("discovery")?, file("jwks")?);
    let document =
        |body: Bytes| get(async move || ([(header::CONTENT_TYPE, "application/json")], body));
    let echo = async |Form(form): Form<Value>| Json(json!({ "active": true, "form": form }));
    let router = Router::new()
        .route("/discovery", document(discovery))
        .route("/jwks", document(jwks))
        .route("/form", post(echo));
    let listener = tokio::net::TcpListener::bind(address).await?;
    Ok(axum::serve(listener, router).await?)
}

/// The bare handler with these documents: two GETs and a POST.
pub async fn bare_handler(
    load: Load,
    connections: usize,
    [discovery, jwks]: [&str; 2],
    folder: &Path,
) -> Result<Vec<Limit>> {
    std::fs::write(folder.join("discovery"), discovery)?;
    std::fs::write(folder.join("jwks"), jwks)?;
    let address = free_address()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("bare").arg(address.to_string()).arg(folder);
    let server = Server::start(command, address, "/jwks").await?;
    let mut workers = vec![(); connections];
    let mut limits = Vec::new();
    let form = http::post("/form", "", "token=0123456789&token_type_hint=access_token");
    for (name, request, words) in [
        ("bare handler, discovery", http::get("/discovery", ""), discovery),
        ("bare handler, JWKS", http::get("/jwks", ""), jwks),
        ("bare handler, form to JSON", form, "\"active\":true"),
    ] {
        let step = async |(): &mut (), conn: &mut http::Conn| {
            expect(&conn.send(&request).await?, 200, words).map(|()| true)
        };
        limits.push(Limit { name, measured: load.run(&server, &mut workers, step).await? });
    }
    Ok(limits)
}

/// Signatures on one thread.
pub fn signatures(duration: Duration) -> Result<Vec<Limit>> {
    let random = SystemRandom::new();
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).ok().context("no RSA key")?;
    let mut signature = vec![0; rsa.public_modulus_len()];
    let rs256 = repeat(duration, || {
        rsa.sign(&RSA_PKCS1_SHA256, &random, &MESSAGE, &mut signature).ok().context("no signature")
    })?;
    let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok().context("no EC key")?;
    let es256 =
        repeat(duration, || ec.sign(&random, &MESSAGE).map(|_| ()).ok().context("no signature"))?;
    Ok(vec![
        Limit { name: "RSA-2048 signature", measured: rs256 },
        Limit { name: "ES256 signature", measured: es256 },
    ])
}

/// argon2id as Keystead uses it by default, on every core at once, as under many sign-ins.
pub fn argon2id(duration: Duration) -> Result<Limit> {
    let cores = std::thread::available_parallelism()?.get();
    let before = cpu(std::process::id())?;
    let start = Instant::now();
    let threads: Vec<_> =
        (0..cores).map(|_| std::thread::spawn(move || hashes(duration))).collect();
    let mut measured = Measured::default();
    for thread in threads {
        measured.done += thread.join().ok().context("a hashing thread ended")??;
    }
    measured.seconds = start.elapsed().as_secs_f64();
    measured.cpu = cpu(std::process::id())? - before;
    Ok(Limit { name: "argon2id, m=19 MiB t=2 p=1", measured })
}

fn hashes(duration: Duration) -> Result<usize> {
    let params = Params::new(19 * 1024, 2, 1, None).ok().context("argon2 refuses")?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut hash = [0; 32];
    let (start, mut done) = (Instant::now(), 0);
    while start.elapsed() < duration {
        let made = argon2.hash_password_into(b"correct horse battery", &[7; 16], &mut hash);
        made.ok().context("argon2 refuses")?;
        done += 1;
    }
    Ok(done)
}

fn repeat(duration: Duration, mut work: impl FnMut() -> Result<()>) -> Result<Measured> {
    let before = cpu(std::process::id())?;
    let start = Instant::now();
    let mut measured = Measured::default();
    while start.elapsed() < duration {
        work()?;
        measured.done += 1;
    }
    measured.seconds = start.elapsed().as_secs_f64();
    measured.cpu = cpu(std::process::id())? - before;
    Ok(measured)
}
