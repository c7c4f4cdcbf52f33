//! Which part differs, against which registered URI, and what to do.

use proptest::prelude::*;

use super::*;

const REGISTERED: &str = "https://netbox.example.com/oauth/complete/oidc/";

fn against(offered: &str, registered: &[&str]) -> Option<Difference> {
    uri_difference(offered, &registered.iter().map(|uri| (*uri).to_owned()).collect::<Vec<_>>())
}

fn part(offered: &str) -> Part {
    against(offered, &[REGISTERED]).unwrap().part
}

#[test]
fn each_part_is_named() {
    for (offered, expected) in [
        ("http://netbox.example.com/oauth/complete/oidc/", Part::Scheme),
        ("https://10.0.0.7/oauth/complete/oidc/", Part::Host),
        ("https://netbox.example.com:8443/oauth/complete/oidc/", Part::Port),
        ("https://netbox.example.com:443/oauth/complete/oidc/", Part::Port),
        ("https://netbox.example.com/complete/oidc/", Part::Path),
        ("https://netbox.example.com/oauth/complete/oidc", Part::TrailingSlash),
        ("https://netbox.example.com/OAuth/complete/oidc/", Part::Case),
        ("https://NetBox.example.com/oauth/complete/oidc/", Part::Case),
        ("HTTPS://netbox.example.com/oauth/complete/oidc/", Part::Case),
        ("https://netbox.example.com/oauth/complete/oidc/?a=b", Part::Query),
        ("https://netbox.example.com/oauth/complete/oidc/#a", Part::Fragment),
        ("https://u@netbox.example.com/oauth/complete/oidc/", Part::Host),
        ("netbox.example.com/oauth/complete/oidc/", Part::Scheme),
        ("", Part::Scheme),
    ] {
        assert_eq!(part(offered), expected, "{offered}");
    }
}

#[test]
fn the_first_differing_part_counts() {
    assert_eq!(part("http://10.0.0.7:8000/elsewhere"), Part::Scheme);
    assert_eq!(part("https://10.0.0.7:8000/elsewhere"), Part::Host);
    assert_eq!(part("https://netbox.example.com:8000/elsewhere"), Part::Port);
}

#[test]
fn a_registered_uri_does_not_differ() {
    assert_eq!(against(REGISTERED, &["https://a.example/cb", REGISTERED]), None);
    assert_eq!(against(REGISTERED, &[]), None);
}

#[test]
fn the_nearest_registered_uri_is_compared() {
    let registered = ["http://localhost:8000/oauth/complete/oidc/", REGISTERED];
    let difference =
        against("http://netbox.example.com/oauth/complete/oidc/", &registered).unwrap();
    assert_eq!(difference.registered, REGISTERED);
    let difference = against("http://localhost:8001/oauth/complete/oidc/", &registered).unwrap();
    assert_eq!((difference.registered.as_str(), difference.part), (registered[0], Part::Port));
}

#[test]
fn the_fix_tells_what_usually_makes_the_part_differ() {
    for (offered, words) in [
        ("http://netbox.example.com/oauth/complete/oidc/", "X-Forwarded-Proto: https"),
        ("https://10.0.0.7/oauth/complete/oidc/", "X-Forwarded-Host: netbox.example.com"),
        ("https://[fd00::7]/oauth/complete/oidc/", "X-Forwarded-Host: netbox.example.com"),
        ("https://netbox/oauth/complete/oidc/", "X-Forwarded-Host: netbox.example.com"),
        ("https://evil.example/oauth/complete/oidc/", "only if the other one"),
        (
            "https://netbox.example.com/oauth/complete/oidc",
            "keystead client add-redirect-uri CLIENT https://netbox.example.com/oauth/complete/oidc`",
        ),
        ("https://netbox.example.com/netbox/oauth/complete/oidc/", "BASE_PATH"),
    ] {
        let fix = against(offered, &[REGISTERED]).unwrap().fix;
        assert!(fix.contains(words), "{offered}: {fix}");
    }
    let fix = against("https://a.example/cb", &["http://a.example/cb"]).unwrap().fix;
    assert!(fix.contains("remove the http one"), "{fix}");
}

#[test]
fn a_command_to_copy_cannot_run_what_somebody_sent() {
    let offered = "https://netbox.example.com/'; rm -rf ~; '$(id)`id`\n";
    let fix = against(offered, &[REGISTERED]).unwrap().fix;
    assert!(
        fix.contains(r"CLIENT 'https://netbox.example.com/'\''; rm -rf ~; '\''$(id)`id`�'"),
        "{fix}"
    );
}

#[test]
fn pieces_that_are_not_written_differ_from_empty_ones() {
    assert_eq!(
        against("https://a.example/cb?", &["https://a.example/cb"]).unwrap().part,
        Part::Query
    );
    assert_eq!(
        against("https://a.example:/cb", &["https://a.example/cb"]).unwrap().part,
        Part::Port
    );
    assert_eq!(
        against("https://a.example", &["https://a.example/"]).unwrap().part,
        Part::TrailingSlash
    );
}

#[test]
fn a_free_loopback_port_is_not_what_stopped_a_native_application() {
    let registered = "http://127.0.0.1/callback";
    let part = |offered| against(offered, &[registered]).unwrap().part;
    assert_eq!(part("http://127.0.0.1:49152/callback/"), Part::TrailingSlash);
    assert_eq!(part("http://127.0.0.1:49152/callback"), Part::Port);
}

#[test]
fn a_very_long_uri_is_compared_in_bounded_time() {
    let long = format!("https://netbox.example.com/{}", "é".repeat(1_000_000));
    assert_eq!(part(&long), Part::Path);
}

/// What differs, in brackets.
fn shown(marked: &Marked) -> String {
    let segment = |one: &Segment| match one.differs {
        true => format!("[{}]", one.text),
        false => one.text.clone(),
    };
    marked.iter().map(segment).collect()
}

#[test]
fn what_differs_is_marked_in_both() {
    for (one, other, ours, theirs) in [
        (
            "http://a.example/cb",
            "https://a.example/cb",
            "[http]://a.example/cb",
            "[https]://a.example/cb",
        ),
        (
            "https://a.example:8443/cb",
            "https://a.example/cb",
            "https://a.example[:8443]/cb",
            "https://a.example/cb",
        ),
        (
            "https://a.example/cb",
            "https://a.example/cb/",
            "https://a.example/cb",
            "https://a.example/cb[/]",
        ),
        (
            "http://b.example/x?q",
            "https://a.example/x",
            "[http]://[b.example]/x[?q]",
            "[https]://[a.example]/x",
        ),
        ("code token", "code", "code[ token]", "code"),
        ("netbx", "netbox", "netbx", "netb[o]x"),
        ("äb", "öb", "[ä]b", "[ö]b"),
        ("same", "same", "same", "same"),
    ] {
        let (a, b) = marked(one, other);
        assert_eq!((shown(&a).as_str(), shown(&b).as_str()), (ours, theirs));
    }
}

#[test]
fn every_part_that_differs_is_named() {
    let parts = |offered: &str| against(offered, &[REGISTERED]).unwrap().parts;
    assert_eq!(
        parts("http://10.0.0.7:8000/x#y"),
        [Part::Scheme, Part::Host, Part::Port, Part::Path, Part::Fragment]
    );
    assert_eq!(parts("https://netbox.example.com/oauth/complete/oidc"), [Part::TrailingSlash]);
}

/// Strings that are often nearly URIs.
fn uri() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "(https?|HTTPS|app):(//)?([a-c@]{0,2}[a-c.\\[\\]:]{0,4})(:[0-9]{0,4})?(/[a-cA-C]?){0,3}(\\?[a=&?]{0,3})?(#[a#]{0,2})?",
        1 => ".{0,20}",
    ]
}

proptest! {
    #[test]
    fn nothing_differs_just_when_it_is_registered(
        offered in uri(),
        registered in prop::collection::vec(uri(), 1..4),
    ) {
        let difference = uri_difference(&offered, &registered);
        prop_assert_eq!(difference.is_none(), registered.contains(&offered));
    }

    #[test]
    fn what_is_compared_is_what_was_sent_and_registered(
        offered in uri(),
        registered in prop::collection::vec(uri(), 1..4),
    ) {
        if let Some(difference) = uri_difference(&offered, &registered) {
            prop_assert_eq!(&difference.offered, &offered);
            prop_assert!(registered.contains(&difference.registered));
            prop_assert!(difference.fix.ends_with('.'));
        }
    }

    #[test]
    fn the_pieces_hold_every_byte(text in uri()) {
        let pieces = Pieces::of(&text);
        let mut whole = String::new();
        if let Some(scheme) = pieces.scheme { whole += scheme; whole += ":"; }
        if let Some(host) = pieces.host { whole += "//"; whole += host; }
        if let Some(port) = pieces.port { whole += ":"; whole += port; }
        whole += pieces.path;
        if let Some(query) = pieces.query { whole += "?"; whole += query; }
        if let Some(fragment) = pieces.fragment { whole += "#"; whole += fragment; }
        prop_assert_eq!(whole, text);
    }

    #[test]
    fn marked_stretches_are_the_whole_value(one in uri(), other in uri()) {
        let whole = |marked: &Marked| marked.iter().map(|s| s.text.as_str()).collect::<String>();
        let (ours, theirs) = marked(&one, &other);
        prop_assert_eq!(whole(&ours), one.as_str());
        prop_assert_eq!(whole(&theirs), other.as_str());
        let differs = ours.iter().chain(&theirs).any(|segment| segment.differs);
        // A delimiter with nothing after it differs from none, and is marked with its part.
        prop_assert_eq!(differs, one != other);
    }

    #[test]
    fn the_first_part_is_among_all_that_differ(
        offered in uri(),
        registered in prop::collection::vec(uri(), 1..4),
    ) {
        if let Some(difference) = uri_difference(&offered, &registered) {
            prop_assert!(difference.parts.contains(&difference.part));
        }
    }

    #[test]
    fn a_slash_at_the_end_of_the_path_is_called_so(path in "(/[a-z]{1,5}){1,3}") {
        let registered = [format!("https://a.example{path}")];
        let difference = uri_difference(&format!("{}/", registered[0]), &registered).unwrap();
        prop_assert_eq!(difference.part, Part::TrailingSlash);
    }
}
