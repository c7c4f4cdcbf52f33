//! What is measured of a provider, row by row.

use std::cell::RefCell;
use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::future::try_join;
use serde_json::Value;

use super::browser::Browser;
use super::devices;
use super::http::{Conn, get, post};
use super::measure::{Load, Measured};
use super::provider::{CALLBACK, Client, DISCOVERY, Provider, code, expect, member};
use super::signers;

const SCOPE: &str = "openid profile email";
/// Of the tokens collected, how many may be used: more than are asked for within a second, so
/// that none is found in a memory of recent ones.
const TOKENS: usize = 60_000;

/// A row of the table.
pub struct Row {
    /// What is done.
    pub name: &'static str,
    /// The limit it is compared with; none for what runs beside something else.
    pub limit: Option<&'static str>,
    /// What came of it.
    pub measured: Measured,
}

impl Row {
    /// A figure of the server's processor time, which says nothing where it was shared.
    pub fn alone(&self, figure: impl Fn(&Measured) -> String) -> String {
        self.limit.map_or_else(String::new, |_| figure(&self.measured))
    }
}

/// Measures one provider.
pub struct Rows<'p> {
    provider: &'p mut Provider,
    duration: Duration,
    rows: Vec<Row>,
    access_tokens: Vec<String>,
}

impl<'p> Rows<'p> {
    /// Nothing measured yet.
    pub fn new(provider: &'p mut Provider, duration: Duration) -> Rows<'p> {
        Rows { provider, duration, rows: Vec::new(), access_tokens: Vec::new() }
    }

    /// Every row that any provider has.
    pub async fn all(mut self) -> Result<Vec<Row>> {
        self.documents().await?;
        self.machines().await?;
        let web = self.provider.web.clone();
        let answers = self.provider.sign_everybody_in(&web[0], SCOPE).await?;
        let names = ["code exchange, RS256", "code exchange, ES256"];
        let limits = ["RSA-2048 signature", "ES256 signature"];
        for n in 0..2 {
            let codes = self.authorize(&web[n], n == 0).await?;
            self.exchange(&web[n], codes, (names[n], limits[n])).await?;
        }
        let few = answers.iter().map(|answer| text(answer, "access_token"));
        self.tokens(
            few.collect::<Result<_>>()?,
            ["userinfo, 16 tokens", "introspection, 16 tokens"],
        )
        .await?;
        let many = std::mem::take(&mut self.access_tokens);
        self.tokens(many, ["userinfo, ever new tokens", "introspection, ever new tokens"]).await?;
        self.refresh(&web[2]).await?;
        self.signers().await?;
        Ok(self.rows)
    }

    fn add(&mut self, name: &'static str, limit: &'static str, measured: Measured) {
        eprintln!(
            "  {name}: {:.0} /s, {:.0} per CPU-second",
            measured.rate(),
            measured.per_cpu_second()
        );
        if let Some(complaint) = &measured.complaint {
            eprintln!("    {} failed: {complaint}", measured.failed);
        }
        self.rows.push(Row { name, limit: Some(limit), measured });
    }

    fn workers(&self) -> Vec<usize> {
        (0..self.provider.people.len()).collect()
    }

    /// Asks the same of everybody, with these words in the answer.
    async fn repeat(&self, request: &[u8], words: &str) -> Result<Measured> {
        let step = async |_: &mut usize, conn: &mut Conn| {
            expect(&conn.send(request).await?, 200, words).map(|()| true)
        };
        Load::full(self.duration).run(&self.provider.server, &mut self.workers(), step).await
    }

    async fn documents(&mut self) -> Result<()> {
        let jwks = self.provider.path("jwks_uri")?.to_owned();
        for (name, target, limit) in [
            ("discovery", DISCOVERY, "bare handler, discovery"),
            ("JWKS", jwks.as_str(), "bare handler, JWKS"),
        ] {
            let request = get(target, "");
            let mut conn = Conn::open(self.provider.server.address).await?;
            let body = conn.send(&request).await?.body.to_owned();
            let measured = self.repeat(&request, &body).await?;
            self.add(name, limit, measured);
        }
        Ok(())
    }

    async fn machines(&mut self) -> Result<()> {
        let names = ["client credentials, JWT RS256", "client credentials, JWT ES256"];
        let limits = ["RSA-2048 signature", "ES256 signature"];
        let form = format!("grant_type=client_credentials{}", self.provider.machine_extra);
        for (n, client) in self.provider.machine.clone().into_iter().enumerate() {
            let request = post(self.provider.path("token_endpoint")?, &client.authorization, &form);
            let measured = self.repeat(&request, "\"access_token\":\"ey").await?;
            self.add(names[n], limits[n], measured);
        }
        Ok(())
    }

    /// Everybody is signed in already; the codes are kept.
    async fn authorize(&mut self, client: &Client, shown: bool) -> Result<Vec<String>> {
        let target = self.provider.authorize(client, SCOPE)?;
        let mut people: Vec<_> =
            self.provider.people.iter().map(|person| get(&target, &person.cookies())).collect();
        let codes = RefCell::new(Vec::new());
        let step = async |request: &mut Vec<u8>, conn: &mut Conn| {
            let reply = conn.send(request).await?;
            let location = reply.header("location").unwrap_or_default();
            let arrived = location
                .strip_prefix(CALLBACK)
                .with_context(|| format!("answered {} with Location '{location}'", reply.status))?;
            codes.borrow_mut().push(code(arrived)?);
            Ok(true)
        };
        let load = Load::full(self.duration);
        let measured = load.run(&self.provider.server, &mut people, step).await?;
        if shown {
            self.add("authorize with a live session", "bare handler, discovery", measured);
        }
        Ok(codes.into_inner())
    }

    async fn exchange(
        &mut self,
        client: &Client,
        codes: Vec<String>,
        (name, limit): (&'static str, &'static str),
    ) -> Result<()> {
        let codes = RefCell::new(codes);
        let tokens = RefCell::new(std::mem::take(&mut self.access_tokens));
        let provider = &*self.provider;
        let step = async |_: &mut usize, conn: &mut Conn| {
            let Some(code) = codes.borrow_mut().pop() else { return Ok(false) };
            let reply = conn.send(&provider.redeem(client, &code)?).await?;
            expect(&reply, 200, "\"id_token\":\"ey")?;
            let token = member(reply.body, "access_token").context("no access_token")?;
            tokens.borrow_mut().push(token.to_owned());
            Ok(true)
        };
        let load = Load::stock(self.duration);
        let measured = load.run(&provider.server, &mut self.workers(), step).await?;
        self.access_tokens = tokens.into_inner();
        self.add(name, limit, measured);
        Ok(())
    }

    async fn tokens(&mut self, mut tokens: Vec<String>, names: [&'static str; 2]) -> Result<()> {
        tokens.truncate(TOKENS);
        let next = RefCell::new(tokens.iter().cycle());
        let userinfo = self.provider.path("userinfo_endpoint")?;
        let step = async |_: &mut usize, conn: &mut Conn| {
            let Some(token) = next.borrow_mut().next() else { return Ok(false) };
            let request = get(userinfo, &format!("authorization: Bearer {token}\r\n"));
            expect(&conn.send(&request).await?, 200, "\"sub\":\"").map(|()| true)
        };
        let load = Load::full(self.duration);
        let measured = load.run(&self.provider.server, &mut self.workers(), step).await?;
        let introspection = self.provider.path("introspection_endpoint")?;
        let client = &self.provider.web[0].authorization;
        let step = async |_: &mut usize, conn: &mut Conn| {
            let Some(token) = next.borrow_mut().next() else { return Ok(false) };
            let request = post(introspection, client, &format!("token={token}"));
            expect(&conn.send(&request).await?, 200, "\"active\":true").map(|()| true)
        };
        let second = load.run(&self.provider.server, &mut self.workers(), step).await?;
        self.add(names[0], "bare handler, discovery", measured);
        self.add(names[1], "bare handler, form to JSON", second);
        Ok(())
    }

    async fn refresh(&mut self, client: &Client) -> Result<()> {
        let scope = "openid offline_access";
        let answers = self.provider.sign_everybody_in(client, scope).await?;
        let mut tokens: Vec<_> =
            answers.iter().map(|answer| text(answer, "refresh_token")).collect::<Result<_>>()?;
        let provider = &*self.provider;
        let step = async |token: &mut String, conn: &mut Conn| {
            let reply = conn.send(&provider.refresh(client, token)?).await?;
            expect(&reply, 200, "\"id_token\":\"ey")?;
            let next = member(reply.body, "refresh_token").context("no refresh_token")?;
            anyhow::ensure!(next != token, "the refresh token was not replaced");
            next.clone_into(token);
            Ok(true)
        };
        let measured = Load::full(self.duration).run(&provider.server, &mut tokens, step).await?;
        self.add("refresh with rotation, ES256", "ES256 signature", measured);
        Ok(())
    }
}

impl Rows<'_> {
    /// What FAPI 2.0 adds: of Keystead alone, which the peer is not set up for.
    async fn signers(&mut self) -> Result<()> {
        let Some((id, signer)) = self.provider.signer.clone() else { return Ok(()) };
        let provider = &*self.provider;
        let (web, machine) = (provider.web[0].clone(), provider.machine[1].clone());
        let push = async |_: &mut usize, conn: &mut Conn| {
            signers::push(provider, &web, conn).await.map(|()| true)
        };
        let assert = async |_: &mut usize, conn: &mut Conn| {
            signers::assert(provider, (&id, &signer), conn).await.map(|()| true)
        };
        let prove = async |_: &mut usize, conn: &mut Conn| {
            signers::prove(provider, (&machine, &signer), conn).await.map(|()| true)
        };
        let mut conn = Conn::open(provider.server.address).await?;
        let token = signers::token(provider, &machine, &mut conn).await?;
        let introspect = async |_: &mut usize, conn: &mut Conn| {
            signers::introspect(provider, (&machine, &token), conn).await.map(|()| true)
        };
        let codes = devices::ask(provider, "tv", &mut conn).await?;
        let next = RefCell::new(codes.iter().cycle());
        let poll = async |_: &mut usize, conn: &mut Conn| {
            let Some(code) = next.borrow_mut().next() else { return Ok(false) };
            devices::poll(provider, ("tv", code), conn).await.map(|()| true)
        };
        let load = Load::full(self.duration);
        let pushed = load.run(&provider.server, &mut self.workers(), push).await?;
        let asserted = load.run(&provider.server, &mut self.workers(), assert).await?;
        let proved = load.run(&provider.server, &mut self.workers(), prove).await?;
        let told = load.run(&provider.server, &mut self.workers(), introspect).await?;
        let polled = load.run(&provider.server, &mut self.workers(), poll).await?;
        self.add("pushed request (PAR)", "bare handler, form to JSON", pushed);
        self.add("client credentials, private_key_jwt ES256", "ES256 signature", asserted);
        self.add("client credentials, JWT ES256, DPoP", "ES256 signature", proved);
        self.add("introspection as a JWT, ES256", "ES256 signature", told);
        self.add("poll of 10,000 waiting devices", "bare handler, form to JSON", polled);
        Ok(())
    }
}

fn text(answer: &Value, name: &str) -> Result<String> {
    answer[name].as_str().map(str::to_owned).with_context(|| format!("no {name}"))
}

/// Full password sign-ins, from the first redirect to the code, with a little userinfo beside.
pub async fn sign_ins(provider: &mut Provider, duration: Duration) -> Result<Vec<Row>> {
    let client = provider.web[0].clone();
    let answers = provider.sign_everybody_in(&client, SCOPE).await?;
    let bearer = format!("authorization: Bearer {}\r\n", text(&answers[0], "access_token")?);
    let userinfo = get(provider.path("userinfo_endpoint")?, &bearer);
    let target = provider.authorize(&client, SCOPE)?;
    let mut people = provider.people.clone();
    let step = async |person: &mut Browser, conn: &mut Conn| {
        person.clear();
        code(&person.visit(conn, &target, CALLBACK).await?).map(|_| true)
    };
    let ask = async |(): &mut (), conn: &mut Conn| {
        expect(&conn.send(&userinfo).await?, 200, "\"sub\":\"").map(|()| true)
    };
    let beside = Load::paced(duration, Duration::from_millis(10));
    let mut two = [(); 2];
    let (sign_ins, beside) = try_join(
        Load::full(duration).run(&provider.server, &mut people, step),
        beside.run(&provider.server, &mut two, ask),
    )
    .await?;
    for measured in [&sign_ins, &beside] {
        if let Some(complaint) = &measured.complaint {
            eprintln!("    {} failed: {complaint}", measured.failed);
        }
    }
    let argon2 = Some("argon2id, m=19 MiB t=2 p=1");
    let first = Row { name: "full password sign-in", limit: argon2, measured: sign_ins };
    let second = Row { name: "userinfo beside sign-ins, 200 /s", limit: None, measured: beside };
    Ok(vec![first, second])
}
