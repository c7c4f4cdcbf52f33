//! Reading the value of a setting: its type, its rule, its one spelling.

use serde_json::{Value, json};

use super::known::{Kind, Known};
use super::{Accent, Logo};
use crate::domain::near;

/// What is wrong with a value, as an instruction.
type Rule = String;

impl Known {
    /// A value of a document in its one spelling; `null` stands for the default.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn read(&self, value: &Value) -> Result<Value, Rule> {
        match (self.kind, value) {
            (_, Value::Null) => Ok(Value::Null),
            (Kind::Flag, Value::Bool(_)) => Ok(value.clone()),
            (Kind::Number(least, most), Value::Number(number)) => {
                match number.as_u64().and_then(|number| u32::try_from(number).ok()) {
                    Some(number) if (least..=most).contains(&number) => Ok(json!(number)),
                    _ => Err(format!("write a whole number from {least} to {most}")),
                }
            }
            (Kind::Any(known) | Kind::Some(known), Value::Array(items)) => self.list(known, items),
            (Kind::Flag, _) => Err("write true or false".into()),
            (Kind::Number(least, most), _) => {
                Err(format!("write a whole number from {least} to {most}"))
            }
            (Kind::Any(_) | Kind::Some(_), _) => Err("write a list of texts".into()),
            (_, Value::String(text)) => self.text(text),
            _ => Err("write a text, in quotes".into()),
        }
    }

    /// The same from what somebody typed; nothing typed is the default.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn typed(&self, text: &str) -> Result<Value, Rule> {
        let bare = text.trim();
        let value = match self.kind {
            Kind::Any(_) | Kind::Some(_) => {
                let items = bare.split([',', ' ']).filter(|item| !item.is_empty());
                Value::Array(items.map(Into::into).collect())
            }
            _ if bare.is_empty() => Value::Null,
            Kind::Flag => match bare {
                "true" | "yes" | "on" | "1" => json!(true),
                "false" | "no" | "off" | "0" => json!(false),
                _ => return Err("write true or false".into()),
            },
            Kind::Number(..) => bare.parse::<u64>().map_or_else(|_| json!(bare), |n| json!(n)),
            _ => json!(text),
        };
        self.read(&value)
    }

    fn list(&self, known: &[&str], items: &[Value]) -> Result<Value, Rule> {
        let mut names: Vec<&str> = Vec::new();
        for item in items {
            let name = item.as_str().ok_or("write a list of texts")?;
            one(name, known)?;
            names.push(name);
        }
        if names.is_empty() && matches!(self.kind, Kind::Some(_)) {
            return Err(format!("name at least one of {}", known.join(", ")));
        }
        // In the order of the table, each once.
        let kept = known.iter().filter(|name| names.contains(name));
        Ok(kept.map(|name| json!(name)).collect())
    }

    fn text(&self, text: &str) -> Result<Value, Rule> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Value::Null);
        }
        let text = text.replace("\r\n", "\n");
        match self.kind {
            Kind::Line(most) => line(&text, most)?,
            Kind::Legal(most) => legal(&text, most)?,
            Kind::Colour => {
                let accent = Accent::parse(&text)
                    .ok_or("write a colour as six hexadecimal digits, like #14655a")?;
                return Ok(json!(accent));
            }
            Kind::Contact => contact(&text)?,
            Kind::Picture => return Logo::parse(&text).map(|logo| json!(logo)),
            Kind::One(known) => one(&text, known)?,
            Kind::Host => host(&text)?,
            Kind::Sender => sender(&text)?,
            // The others are no texts; a secret comes another way.
            _ => return Err("it does not stand in a document".into()),
        }
        Ok(json!(text))
    }
}

fn one(name: &str, known: &[&str]) -> Result<(), Rule> {
    if known.contains(&name) {
        return Ok(());
    }
    let near = near(name, known.iter().map(|known| (*known).to_owned()));
    Err(match near.first() {
        Some(near) => format!("there is no '{name}'; did you mean '{near}'?"),
        None => format!("use one of {}", known.join(", ")),
    })
}

fn line(text: &str, most: usize) -> Result<(), Rule> {
    match text.chars().count() <= most && !text.chars().any(char::is_control) {
        true => Ok(()),
        false => Err(format!("use one line of at most {most} characters")),
    }
}

/// Whether it is one web address, rather than a text.
pub fn is_address(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    (lower.starts_with("https://") || lower.starts_with("http://"))
        && !text.contains(char::is_whitespace)
}

/// Whether a host, as `mail.host` names it, is the machine that we run on: what is sent there passes
/// nobody.
pub fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let local = |address: std::net::IpAddr| address.to_canonical().is_loopback();
    bare.eq_ignore_ascii_case("localhost") || bare.parse().is_ok_and(local)
}

fn web(text: &str) -> Result<(), Rule> {
    let wrong = "write a whole web address, like https://example.com/help";
    let url = url::Url::parse(text).map_err(|_| wrong)?;
    let fine = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|host| !host.is_empty())
        && url.username().is_empty()
        && url.password().is_none()
        && text.len() <= 2000
        && !text.chars().any(|c| c.is_whitespace() || c.is_control());
    if fine { Ok(()) } else { Err(wrong.into()) }
}

fn legal(text: &str, most: usize) -> Result<(), Rule> {
    if is_address(text) {
        return web(text);
    }
    let plain = !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t');
    match plain && text.chars().count() <= most {
        true => Ok(()),
        false => Err(format!("write a web address, or a text of at most {most} characters")),
    }
}

fn contact(text: &str) -> Result<(), Rule> {
    if is_address(text) {
        return web(text);
    }
    address(text).map_err(|()| {
        "write an e-mail address or a web address, like help@example.com or https://example.com/help"
            .into()
    })
}

/// The shape of an address; whether anybody reads it, only a mail can tell.
fn address(text: &str) -> Result<(), ()> {
    let (local, domain) = text.rsplit_once('@').ok_or(())?;
    let plain = |c: char| c.is_ascii_graphic() && !"<>()[],;:\\\"@ ?&%#".contains(c);
    let fine = !local.is_empty()
        && local.len() <= 64
        && local.chars().all(plain)
        && domain.len() <= 253
        && host(domain).is_ok();
    if fine { Ok(()) } else { Err(()) }
}

fn host(text: &str) -> Result<(), Rule> {
    let wrong = "write the name or address of a machine alone, like mail.example.com";
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    if bare.parse::<std::net::IpAddr>().is_ok() {
        return Ok(());
    }
    let label = |part: &str| {
        (1..=63).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    match text.len() <= 253 && text.trim_end_matches('.').split('.').all(label) {
        true => Ok(()),
        false => Err(wrong.into()),
    }
}

fn sender(text: &str) -> Result<(), Rule> {
    let wrong = "write an e-mail address, or a name with one, like Keystead <sso@example.com>";
    line(text, 320)?;
    let bare = match text.split_once('<') {
        Some((name, rest)) => {
            let named = name.trim();
            if named.is_empty() || named.contains(['"', '>', '@', ',', ';', ':']) {
                return Err(wrong.into());
            }
            rest.strip_suffix('>').ok_or(wrong)?
        }
        None => text,
    };
    address(bare).map_err(|()| wrong.into())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::is_this_machine;
    use crate::domain::settings::known;

    fn typed(name: &str, text: &str) -> Result<Value, String> {
        known(name).unwrap().typed(text)
    }

    #[test]
    fn what_is_typed_gets_its_type_and_its_one_spelling() {
        assert_eq!(typed("branding.name", "  Acme  "), Ok(json!("Acme")));
        assert_eq!(typed("branding.name", ""), Ok(Value::Null));
        assert_eq!(typed("branding.accent", "#14655A"), Ok(json!("#14655a")));
        assert_eq!(typed("sign_in.remember", "off"), Ok(json!(false)));
        assert_eq!(typed("sign_in.least_password", "16"), Ok(json!(16)));
        assert_eq!(typed("languages.offered", "fr, de de"), Ok(json!(["de", "fr"])));
        assert_eq!(typed("profile.editable", ""), Ok(json!([])));
        assert_eq!(
            typed("mail.from", "Acme <sso@acme.example>").unwrap(),
            "Acme <sso@acme.example>"
        );
        assert_eq!(typed("legal.imprint", "Acme Ltd\r\nOxford").unwrap(), "Acme Ltd\nOxford");
    }

    #[test]
    fn only_this_machine_counts_as_such() {
        for host in ["localhost", "LocalHost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in ["mail", "localhost.example.com", "127.0.0.1.example.com", "10.0.0.1", "::2"] {
            assert!(!is_this_machine(host), "{host}");
        }
    }

    #[test]
    fn what_breaks_a_rule_is_refused_with_what_to_write() {
        for (name, text) in [
            ("branding.name", "two\nlines"),
            ("branding.accent", "blue"),
            ("branding.accent", "#14655"),
            ("branding.accent", "#14655a;}"),
            ("branding.support", "javascript:alert(1)"),
            ("branding.support", "help@"),
            ("branding.support", "https://user:pw@example.com"),
            ("branding.logo", "data:image/svg+xml;base64,PHN2Zz4="),
            ("legal.privacy", "https://"),
            ("sign_in.least_password", "11"),
            ("sign_in.least_password", "65"),
            ("sign_in.least_password", "many"),
            ("sign_in.idle_minutes", "0"),
            ("sign_in.remember", "perhaps"),
            ("languages.offered", ""),
            ("languages.default", "it"),
            ("profile.editable", "email"),
            ("mail.host", "mail.example.com:25"),
            ("mail.from", "Acme <nobody>"),
            ("mail.from", "a@b.example\nBcc: c@d.example"),
        ] {
            let rule = typed(name, text).unwrap_err();
            assert!(rule.len() > 10, "{name} {text}: {rule}");
        }
        assert_eq!(
            typed("profile.editable", "localee").unwrap_err(),
            "there is no 'localee'; did you mean 'locale'?"
        );
    }
}
