//! Which files there are, and that no value breaks out of its place.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::*;
use crate::domain::Pkce;
use crate::generator::quote::{Quote, Value};
use crate::generator::{formats, templates};

#[test]
fn every_file_of_every_template_can_be_written() {
    for template in templates() {
        let url = template.plan(None).is_err().then_some("http://app.example.com/below");
        for pkce in [Pkce::Required, Pkce::Optional] {
            let client = with(client(&template.id, url), |settings| settings.pkce = pkce);
            let files = generate(&client, Some(SECRET), PUBLIC_URL, &Format::All).unwrap();
            assert_eq!(files.len(), template.files.len());
            for file in files {
                let left = ["{{", "}}", "#if", "#end", "#include"];
                assert!(!left.iter().any(|mark| file.contents.contains(mark)), "{}", file.name);
                assert!(file.contents.ends_with('\n'), "{}", file.name);
            }
        }
    }
}

#[test]
fn a_format_that_is_not_there_is_answered_with_those_that_are() {
    let error = "configuration.yml".parse::<Format>().unwrap_err();
    assert!(error.to_string().contains("configuration.py, docker-env"), "{error}");
    assert_eq!(
        refused(&netbox(), Some(SECRET), "env").to_string(),
        "client 'netbox' has no files of format 'env'; choose one of configuration.py, \
         docker-env, pipeline, reverse-proxy, or all"
    );
    assert_eq!(
        formats(&netbox()).unwrap(),
        ["configuration.py", "docker-env", "pipeline", "reverse-proxy"]
    );
    assert_eq!("all".parse::<Format>().unwrap(), Format::All);
}

#[test]
fn a_client_without_a_template_gets_the_files_of_its_kind() {
    let plain = with(client("web", Some("https://app.example.com")), |s| s.template = None);
    assert_eq!(
        file(&plain, "env"),
        format!(
            "OIDC_ISSUER=https://id.example.com\nOIDC_CLIENT_ID=web\nOIDC_CLIENT_SECRET={SECRET}\n\
             OIDC_REDIRECT_URI=https://app.example.com/callback\n\
             OIDC_SCOPES='openid profile email'\nOIDC_ID_TOKEN_ALG=RS256\n"
        )
    );
    let public = with(client("native", None), |settings| settings.template = None);
    assert!(!file(&public, "env").contains("SECRET"));
}

#[test]
fn a_secret_that_is_not_known_stops_only_the_files_that_need_it() {
    assert_eq!(
        refused(&netbox(), None, "configuration.py").to_string(),
        "the secret of client 'netbox' is not known here, only its hash; \
         make a new one with: keystead client rotate-secret netbox"
    );
    assert!(generate(&netbox(), None, PUBLIC_URL, &"pipeline".parse().unwrap()).is_ok());
}

#[test]
fn the_secret_stands_only_where_it_is_needed() {
    for file in generate(&netbox(), Some(SECRET), PUBLIC_URL, &Format::All).unwrap() {
        let needed = ["configuration.py", "netbox.env"].contains(&file.name.as_str());
        assert_eq!(file.contents.contains(SECRET), needed, "{}", file.name);
    }
}

#[test]
fn a_python_literal_means_what_it_was_made_from() {
    let mut runner = TestRunner::deterministic();
    let random =
        prop::collection::vec(any::<String>(), 300).new_tree(&mut runner).unwrap().current();
    let every_byte: String = (0..=0x2ff).filter_map(char::from_u32).collect();
    let texts: Vec<String> =
        HOSTILE.iter().map(|text| (*text).to_owned()).chain([every_byte]).chain(random).collect();
    let literals: Vec<String> = texts
        .iter()
        .map(|text| Quote::Python.literal(&Value::Text(text.clone())).unwrap())
        .collect();
    assert!(literals.iter().all(|literal| literal.is_ascii() && !literal.contains('\n')));
    let script = "import ast, json, sys\n\
                  print(json.dumps([ast.literal_eval(line) for line in sys.stdin]))";
    let read: Vec<String> = serde_json::from_str(&python(script, &literals.join("\n"))).unwrap();
    assert_eq!(read, texts);
}

#[test]
fn an_env_value_means_the_same_to_a_shell_or_is_refused() {
    let literal = |text: &str| Quote::Env.literal(&Value::Text(text.to_owned()));
    for text in HOSTILE {
        if let Ok(literal) = literal(text) {
            let script = format!("VALUE={literal}\nprintf %s \"$VALUE\"");
            assert_eq!(run(Command::new("sh").args(["-c", &script]), ""), text);
        }
    }
    for text in ["", "openid profile", "a#b", "$HOME", "a=b&c", "~", "*"] {
        let script = format!("VALUE={}\nprintf %s \"$VALUE\"", literal(text).unwrap());
        assert_eq!(run(Command::new("sh").args(["-c", &script]), ""), text);
    }
    for text in ["it's", "a\\b", "a\nB=c", "a\rb", "\0"] {
        assert!(literal(text).is_err(), "{text:?}");
    }
    assert_eq!(literal(SECRET).unwrap(), SECRET);
}

#[test]
fn a_secret_that_env_files_cannot_carry_is_refused_without_showing_it() {
    let error = generate(&netbox(), Some("s'ecret"), PUBLIC_URL, &"docker-env".parse().unwrap());
    let told = error.unwrap_err().to_string();
    assert!(told.starts_with("netbox.env cannot hold the client secret: "), "{told}");
    assert!(!told.contains("s'ecret"), "{told}");
}
