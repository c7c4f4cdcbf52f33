//! Mail as whoever types commands sets it up, tries it, and uses it.

use crate::cli::each_shell;
use crate::harness::{Mood, Smtp};

#[tokio::test(flavor = "multi_thread")]
async fn mail_is_set_up_tried_and_used() {
    let smtp = Smtp::start(Mood::Strict).await;
    each_shell(|shell| {
        shell.refused(
            "mail test anna@example.com",
            "no mail can be sent, since no mail server is set up; set mail.from and mail.host \
             first: keystead setting set mail.from ADDRESS, and: keystead setting set mail.host HOST",
        );
        shell.done("setting set mail.from 'Keystead <sso@example.com>'");
        shell.done("setting set mail.host 127.0.0.1");
        shell.done(&format!("setting set mail.port {}", smtp.port));
        shell.done("setting set mail.security none");
        shell.done("setting set mail.username sso");
        shell.run_with("setting set mail.password", "not this one");
        let answer = shell.run("mail test anna@example.com");
        assert_eq!((answer.code, answer.out.as_str()), (1, ""));
        assert!(answer.err.contains("535 5.7.8 Bad credentials"), "{}", answer.err);
        assert!(!answer.err.contains("not this one"), "{}", answer.err);
        shell.run_with("setting set mail.password", "open sesame");
        assert_eq!(
            shell.done("mail test anna@example.com"),
            "Sent a test message to anna@example.com. The mail server says: 2.0.0 Taken as 4711\n"
        );
        shell.done("user create anna --email anna@example.com");
        let sent = shell.done("user invite anna --mail");
        assert_eq!(sent, "Sent the link to anna@example.com.\n");
        assert!(smtp.link().starts_with("/invite?token="));
        let sent = shell.json("user reset-link anna --mail");
        assert_eq!(sent["mailed_to"], "anna@example.com");
        assert!(smtp.link().starts_with("/recover?token="));
        shell.done("user create bob");
        shell.refused(
            "user reset-link bob --mail",
            "'bob' has no e-mail address; add one, or hand over the link yourself: keystead user \
             update bob --email ADDRESS",
        );
    })
    .await;
}
