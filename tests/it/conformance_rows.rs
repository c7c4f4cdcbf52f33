//! The rows of the OpenID Foundation's plans that Keystead claims: each module has one story, which
//! names it in its doc comment, in the files of its plan.

use std::fs;

/// A plan: its name, how the names of its files begin, and its modules.
type Plan = (&'static str, &'static [&'static str], &'static [&'static str]);

const BASIC: &[&str] = &[
    "oidcc-server",
    "oidcc-response-type-missing",
    "oidcc-idtoken-signature",
    "oidcc-idtoken-unsigned",
    "oidcc-userinfo-get",
    "oidcc-userinfo-post-header",
    "oidcc-userinfo-post-body",
    "oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
    "oidcc-scope-profile",
    "oidcc-scope-email",
    "oidcc-scope-address",
    "oidcc-scope-phone",
    "oidcc-scope-all",
    "oidcc-alternate-happy-flow",
    "oidcc-display-page",
    "oidcc-display-popup",
    "oidcc-prompt-login",
    "oidcc-prompt-none-not-logged-in",
    "oidcc-prompt-none-logged-in",
    "oidcc-max-age-1",
    "oidcc-max-age-10000",
    "oidcc-ensure-request-with-unknown-parameter-succeeds",
    "oidcc-id-token-hint",
    "oidcc-login-hint",
    "oidcc-ui-locales",
    "oidcc-claims-locales",
    "oidcc-ensure-request-with-acr-values-succeeds",
    "oidcc-codereuse",
    "oidcc-codereuse-30seconds",
    "oidcc-ensure-registered-redirect-uri",
    "oidcc-ensure-post-request-succeeds",
    "oidcc-server-client-secret-post",
    "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
    "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
    "oidcc-claims-essential",
    "oidcc-ensure-request-object-with-redirect-uri",
    "oidcc-refresh-token",
    "oidcc-ensure-request-with-valid-pkce-succeeds",
];

/// What the implicit and hybrid plans ask beyond the basic one; each of the basic one's stories is told
/// for each response type and, for the form post plans, with answers that are posted.
const NONCE: &[&str] = &["oidcc-ensure-request-without-nonce-fails"];

const DYNAMIC: &[&str] = &[
    "oidcc-discovery-endpoint-verification",
    "oidcc-server",
    "oidcc-idtoken-rs256",
    "oidcc-idtoken-unsigned",
    "oidcc-userinfo-rs256",
    "oidcc-ensure-redirect-uri-in-authorization-request",
    "oidcc-redirect-uri-query-OK",
    "oidcc-redirect-uri-query-mismatch",
    "oidcc-redirect-uri-query-added",
    "oidcc-redirect-uri-regfrag",
    "oidcc-registration-logo-uri",
    "oidcc-registration-policy-uri",
    "oidcc-registration-tos-uri",
    "oidcc-registration-jwks-uri",
    "oidcc-registration-sector-uri",
    "oidcc-registration-sector-bad",
    "oidcc-server-rotate-keys",
    "oidcc-refresh-token",
    "oidcc-refresh-token-rp-key-rotation",
    "oidcc-request-uri-unsigned",
    "oidcc-request-uri-signed-rs256",
    "oidcc-ensure-request-object-with-redirect-uri",
    "oidcc-ensure-client-assertion-with-iss-aud-succeeds",
];

const LOGOUT: &[&str] = &[
    "oidcc-rp-initiated-logout-discovery-endpoint-verification",
    "oidcc-rp-initiated-logout",
    "oidcc-rp-initiated-logout-no-state",
    "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-modified-id-token-hint",
    "oidcc-rp-initiated-logout-bad-id-token-hint",
    "oidcc-rp-initiated-logout-no-id-token-hint",
    "oidcc-rp-initiated-logout-no-params",
    "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-only-state",
];

/// Each after `fapi2-security-profile-final-`.
const FAPI: &[&str] = &[
    "discovery-end-point-verification",
    "happy-flow",
    "user-rejects-authentication",
    "ensure-authorization-request-without-state-success",
    "ensure-authorization-request-without-nonce-success",
    "ensure-authorization-request-with-64-char-nonce-success",
    "ensure-authorization-request-with-long-nonce",
    "ensure-authorization-request-with-long-state",
    "ensure-other-scope-order-succeeds",
    "par-without-duplicate-parameters",
    "ensure-different-nonce-inside-and-outside-request-object",
    "ensure-different-state-inside-and-outside-request-object",
    "state-only-outside-request-object-not-used",
    "test-claims-parameter-identity-claims",
    "access-token-type-header-case-sensitivity",
    "check-dpop-proof-nbf-exp",
    "ensure-dpopproof-with-iat-10seconds-before-succeeds",
    "ensure-dpopproof-with-iat-10seconds-after-succeeds",
    "ensure-mismatched-dpop-jkt-fails",
    "ensure-token-endpoint-fails-with-mismatched-dpop-jkt",
    "ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt",
    "ensure-dpop-auth-code-binding-success",
    "ensure-dpopproof-at-par-endpoint-binding-success",
    "dpop-negative-tests",
    "ensure-holder-of-key-required",
    "ensure-request-object-without-redirect-uri-fails",
    "ensure-redirect-uri-in-authorization-request",
    "plain-fapi-tolerate-unregistered-redirect-uri",
    "ensure-unsigned-authorization-request-without-using-par-fails",
    "ensure-response-type-code-idtoken-fails",
    "ensure-response-type-token-fails",
    "ensure-client-id-in-token-endpoint",
    "ensure-authorization-code-is-bound-to-client",
    "attempt-reuse-authorization-code-after-one-second",
    "ensure-token-endpoint-fails-with-expired-auth-code",
    "ensure-signed-client-assertion-with-RS256-fails",
    "ensure-client-assertion-in-token-endpoint",
    "ensure-client-assertion-with-exp-is-5-minutes-in-past-fails",
    "ensure-client-assertion-with-wrong-aud-fails",
    "ensure-client-assertion-with-no-sub-fails",
    "ensure-invalid-client-assertions-fail",
    "par-test-array-as-audience-fails",
    "par-test-par-endpoint-url-as-audience-fails",
    "par-test-token-endpoint-url-as-audience-fails",
    "par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted",
    "par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails",
    "par-ensure-reused-request-uri-prior-to-auth-completion-succeeds",
    "par-attempt-reuse-request_uri",
    "par-attempt-to-use-expired-request_uri",
    "par-attempt-to-use-request_uri-for-different-client",
    "par-authorization-request-containing-request_uri-form-param",
    "par-attempt-invalid-http-method",
    "par-ensure-pkce-required",
    "ensure-pkce-code-verifier-required",
    "incorrect-pkce-code-verifier-rejected",
    "par-plain-pkce-rejected",
    "refresh-token",
];

/// What the plan for signed messages asks beyond that.
const SIGNING: &[&str] = &[
    "ensure-request-object-with-multiple-aud-succeeds",
    "ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted",
    "ensure-request-object-without-exp-fails",
    "ensure-request-object-without-nbf-fails",
    "ensure-expired-request-object-fails",
    "ensure-request-object-with-bad-aud-fails",
    "ensure-request-object-with-exp-over-60-fails",
    "ensure-request-object-with-nbf-over-60-fails",
    "ensure-signed-request-object-with-RS256-fails",
    "ensure-request-object-signature-algorithm-is-not-none",
    "ensure-request-object-with-invalid-signature-fails",
    "ensure-matching-key-in-authorization-request",
    "ensure-unsigned-request-at-par-endpoint-fails",
    "par-authorization-request-containing-request_uri",
];

const FAPI_FILES: &[&str] = &["conformance_fapi", "conformance_dpop"];

const PLANS: &[Plan] = &[
    ("config", &["conformance_config"], &["oidcc-discovery-endpoint-verification"]),
    ("basic", &["conformance_core"], BASIC),
    ("implicit, hybrid, form post", &["conformance_core"], NONCE),
    ("dynamic", &["conformance_dynamic"], DYNAMIC),
    (
        "third-party-initiated login",
        &["conformance_third_party_login"],
        &["oidcc-3rd_party-init-login", "oidcc-3rd_party-init-login-nohttps"],
    ),
    ("RP-initiated logout", &["conformance_logout.rs"], LOGOUT),
    (
        "front-channel logout",
        &["conformance_logout_front"],
        &[
            "oidcc-frontchannel-logout-discovery-endpoint-verification",
            "oidcc-frontchannel-rp-initiated-logout",
        ],
    ),
    (
        "back-channel logout",
        &["conformance_logout_back"],
        &[
            "oidcc-backchannel-logout-discovery-endpoint-verification",
            "oidcc-backchannel-rp-initiated-logout",
        ],
    ),
    (
        "session management",
        &["conformance_session"],
        &[
            "oidcc-session-management-discovery-endpoint-verification",
            "oidcc-session-management-rp-initiated-logout",
        ],
    ),
    ("FAPI 2.0 security profile", FAPI_FILES, FAPI),
    ("FAPI 2.0 message signing", FAPI_FILES, SIGNING),
];

/// A line of a doc comment that is a module's name and nothing else.
fn module(line: &str) -> Option<&str> {
    let name = line.strip_prefix("/// ")?;
    let starts = ["oidcc-", "fapi2-"].iter().any(|start| name.starts_with(start));
    (starts && !name.contains(' ')).then_some(name)
}

/// The modules that the stories of these files name, each story's by itself.
fn named(starts: &[&str]) -> Vec<Vec<String>> {
    let files = fs::read_dir("tests/it").unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name != "conformance_rows.rs" && starts.iter().any(|start| name.starts_with(start))
    });
    let texts = files.map(|path| fs::read_to_string(path).unwrap());
    texts.flat_map(|text| stories(&text)).collect()
}

fn stories(text: &str) -> Vec<Vec<String>> {
    let (mut all, mut names) = (Vec::new(), Vec::new());
    for line in text.lines() {
        if let Some(name) = module(line) {
            names.push(name.to_owned());
        } else if line.contains("fn ") && !names.is_empty() {
            all.push(std::mem::take(&mut names));
        } else if line.is_empty() {
            assert!(names.is_empty(), "{names:?} names no story");
        }
    }
    all
}

/// The whole name.
fn whole(module: &str) -> String {
    match module.starts_with("oidcc-") {
        true => module.to_owned(),
        false => format!("fapi2-security-profile-final-{module}"),
    }
}

#[test]
fn each_module_of_each_plan_has_one_story() {
    for (plan, files, modules) in PLANS {
        let named: Vec<String> = named(files).concat();
        for module in *modules {
            let module = whole(module);
            let stories = named.iter().filter(|name| **name == module).count();
            assert_eq!(stories, 1, "{plan}: {module} has {stories} stories in {files:?}");
        }
    }
}

#[test]
fn no_story_names_a_module_that_no_plan_has() {
    let known: Vec<String> =
        PLANS.iter().flat_map(|(_, _, modules)| modules.iter().map(|one| whole(one))).collect();
    for name in named(&["conformance_"]).concat() {
        assert!(known.contains(&name), "no plan has {name}");
    }
}

#[test]
fn the_documentation_counts_them_rightly() {
    let document = fs::read_to_string("docs/conformance.md").unwrap();
    for (plan, count) in [
        ("Basic", BASIC.len()),
        ("Dynamic", DYNAMIC.len()),
        ("RP-initiated logout", LOGOUT.len()),
        ("FAPI 2.0 security profile", FAPI.len()),
        ("FAPI 2.0 message signing", FAPI.len() + SIGNING.len()),
    ] {
        let row = format!("| {plan} | {count} |");
        assert!(document.contains(&row), "docs/conformance.md needs the row {row}");
    }
}
