//! Just enough of a browser to sign somebody in: cookies, redirects, and one form a page.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

use super::http::{Conn, Reply, cookie_line, form, get, post};

/// Steps after which we are going round in circles.
const PATIENCE: usize = 12;

/// Somebody with a name, a password, and cookies.
#[derive(Clone)]
pub struct Browser {
    /// How they sign in.
    pub username: String,
    /// With what.
    pub password: String,
    jar: BTreeMap<String, String>,
}

/// What a page wants next.
enum Next {
    Go(String),
    Submit(String, String),
}

impl Browser {
    /// With no cookies.
    pub fn new(username: &str, password: &str) -> Browser {
        Browser { username: username.into(), password: password.into(), jar: BTreeMap::new() }
    }

    /// Forgets who it is.
    pub fn clear(&mut self) {
        self.jar.clear();
    }

    /// The header line that makes a request this browser's.
    pub fn cookies(&self) -> String {
        cookie_line(&self.jar)
    }

    /// Follows redirects and fills in forms, from `target` until the answer goes to `callback`;
    /// returns that address.
    pub async fn visit(&mut self, conn: &mut Conn, target: &str, callback: &str) -> Result<String> {
        let mut next = Next::Go(target.to_owned());
        for _ in 0..PATIENCE {
            let cookies = self.cookies();
            let request = match &next {
                Next::Go(target) => get(path(target), &cookies),
                Next::Submit(target, body) => post(path(target), &cookies, body),
            };
            let reply = conn.send(&request).await?;
            next = self.read(&reply)?;
            for (name, value) in reply.cookies() {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
            self.jar.retain(|_, value| !value.is_empty());
            if let Next::Go(target) = &next
                && target.starts_with(callback)
            {
                return Ok(target.clone());
            }
        }
        bail!("the sign-in does not end")
    }

    fn read(&self, reply: &Reply<'_>) -> Result<Next> {
        match (reply.status, reply.header("location")) {
            (302 | 303, Some(location)) => Ok(Next::Go(location.to_owned())),
            (200, _) => self.fill_in(reply.body),
            (status, _) => bail!("unexpected answer {status}"),
        }
    }

    fn fill_in(&self, page: &str) -> Result<Next> {
        let form_tag = tags(page, "form").next().context("a page without a form")?;
        let action = attribute(form_tag, "action").context("a form without an action")?;
        let mut fields = Vec::new();
        for tag in tags(page, "input").chain(tags(page, "button").take(1)) {
            let Some(name) = attribute(tag, "name") else { continue };
            fields.push(match attribute(tag, "type") {
                Some("checkbox") => continue,
                Some("password") => (name, self.password.as_str()),
                Some("text") => (name, self.username.as_str()),
                _ => (name, attribute(tag, "value").unwrap_or_default()),
            });
        }
        Ok(Next::Submit(action.to_owned(), form(fields)))
    }
}

/// Everybody is on the same host.
fn path(target: &str) -> &str {
    let rest = target.split_once("://").map_or(target, |(_, rest)| rest);
    rest.find('/').map_or(rest, |slash| &rest[slash..])
}

fn tags<'p>(page: &'p str, name: &str) -> impl Iterator<Item = &'p str> {
    let open = format!("<{name} ");
    let starts: Vec<usize> = page.match_indices(&open).map(|(at, _)| at).collect();
    starts.into_iter().map(|at| page[at..].split('>').next().unwrap_or_default())
}

fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}
