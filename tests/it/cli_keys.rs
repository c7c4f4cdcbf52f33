//! `keystead key`, typed.

use serde_json::Value;

use crate::cli::{Shell, each_shell};

fn keys(shell: &Shell, alg: &str, state: &str) -> Vec<String> {
    let all = shell.json("key list");
    let fits = |key: &&Value| key["alg"] == alg && key["state"] == state;
    let kid = |key: &Value| key["kid"].as_str().unwrap().to_owned();
    all.as_array().unwrap().iter().filter(fits).map(kid).collect()
}

#[tokio::test]
async fn a_successor_is_published_a_day_before_it_signs() {
    each_shell(|shell| {
        let answer = shell.run("key list");
        assert_eq!(answer.err, "There are no keys yet; the first keystead serve makes them.\n");
        let out = shell.done("key rotate --alg es256");
        let active = keys(shell, "ES256", "active");
        let next = keys(shell, "ES256", "next");
        assert_eq!((active.len(), next.len()), (1, 1));
        assert!(out.starts_with(&format!("Published the ES256 key {}; it signs from ", next[0])));
        let answer = shell.run("key rotate --alg ES256");
        let start = format!("Error: {} waits already and signs with ES256 from ", next[0]);
        assert!(answer.code == 1 && answer.err.starts_with(&start), "{}", answer.err);
        let rotated = shell.run("key rotate --alg ES256 --now");
        assert_eq!(rotated.out, format!("Signing with the ES256 key {} now.\n", next[0]));
        assert!(rotated.err.starts_with("Note: Relying parties keep the JWKS for up to 24 hours"));
        assert_eq!(keys(shell, "ES256", "active"), next);
        assert_eq!(keys(shell, "ES256", "retired"), active);
    })
    .await;
}

#[tokio::test]
async fn the_only_key_of_an_algorithm_cannot_be_retired() {
    each_shell(|shell| {
        shell.done("key rotate --alg EdDSA");
        let next = keys(shell, "EdDSA", "next").remove(0);
        let active = keys(shell, "EdDSA", "active").remove(0);
        let first = shell.done(&format!("key retire {}", &active[..12]));
        assert_eq!(first, format!("Retired the EdDSA key {active}.\n"));
        assert_eq!(keys(shell, "EdDSA", "active"), [next.as_str()], "the successor took over");
        shell.refused(
            &format!("key retire {next}"),
            &format!("{next} is the only key that signs with EdDSA; make its successor first by rotating EdDSA: keystead key rotate --alg EdDSA --now"),
        );
        shell.refused(
            &format!("key retire {active}"),
            &format!("{active} is retired already and only kept until its last tokens are forgotten; repeat with --now to withdraw it at once"),
        );
        let gone = shell.run(&format!("key retire {active} --now"));
        assert_eq!(gone.err, "Note: Tokens that it signed are refused from now on.\n");
        assert!(keys(shell, "EdDSA", "retired").is_empty());
        shell.refused("key retire nokey", "no key 'nokey'; list them with: keystead key list");
        shell.misused("key rotate --alg HS256", "error: invalid value 'HS256'");
    })
    .await;
}

#[tokio::test]
async fn the_secret_key_is_replaced_and_the_former_one_opens_nothing() {
    const NEXT: &str = "MTIzNDUta2V5c3RlYWQta2V5c3RlYWQta2V5c3RlYWQ=";
    each_shell(|shell| {
        shell.done("key rotate --alg ES256");
        shell.done("client create wiki");
        let secret = shell.done("client show-secret wiki");
        let line = "key reseal --new-key-file new.key";
        let missing = shell.run(line);
        assert!(missing.err.starts_with("Error: the new key file new.key cannot be read: No such"));
        std::fs::write(shell.folder().join("new.key"), "short").unwrap();
        shell.refused(
            line,
            "new.key does not hold a secret key, which is 32 bytes in base64; make one with: \
             (umask 077; openssl rand -base64 32 > new.key)",
        );
        let kept = shell.folder().join("data/secret.key");
        std::fs::copy(&kept, shell.folder().join("new.key")).unwrap();
        let same = shell.run(line);
        assert!(same.err.contains("it is the one in use"), "{}", same.err);
        assert_eq!(shell.done("client show-secret wiki"), secret);

        std::fs::write(shell.folder().join("new.key"), NEXT).unwrap();
        let told = shell.done(line);
        assert!(told.contains("1 client secret.\n"), "{told}");
        assert!(told.contains("install -m 600 new.key "), "{told}");
        let refused = shell.run("client show-secret wiki");
        assert!(refused.err.starts_with("Error: the secret key is not the one"), "{}", refused.err);
        std::fs::copy(shell.folder().join("new.key"), &kept).unwrap();
        assert_eq!(shell.done("client show-secret wiki"), secret);
        let log = shell.done("event list");
        assert!(log.contains("command line replaced the secret key"), "{log}");
    })
    .await;
}
