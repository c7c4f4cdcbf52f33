//! What is refused of clients' certificates, and what an administrator reads of it.

use keystead::domain::{AuthMethod, Cause};

use super::newest;
use crate::harness::{each_database, http};

#[tokio::test]
async fn a_client_without_its_certificate_is_told_what_the_proxy_must_do() {
    each_database(async |app| {
        app.client_with("web", |client| {
            client.settings.auth_method = Some(AuthMethod::TlsClientAuth);
            client.settings.certificate_subject = Some("dns:app.example.com".parse().unwrap());
        })
        .await;
        let form = [("grant_type", "authorization_code"), ("code", "x"), ("client_id", "web")];
        http::post(&app.app, "/oauth2/token", &form).await;
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::CertificateMissing);
        assert!(trouble.fix.contains("ssl_verify_client optional_no_ca"), "{}", trouble.fix);
        app.wait(61);
        let settings =
            [("KEYSTEAD_MTLS__MODE", "proxy"), ("KEYSTEAD_TRUSTED_PROXIES", "198.51.100.0/24")];
        let node = app.another_node_with(&settings).await;
        let key = rcgen::KeyPair::generate().unwrap();
        let names = vec!["app.example.com".to_owned()];
        let cert = rcgen::CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
        let pem: String = url::form_urlencoded::byte_serialize(cert.pem().as_bytes()).collect();
        let pem = pem.replace('+', "%20");
        let shown = [("client-cert", pem.as_str())];
        http::post_with(&node, "/oauth2/token", &form, &shown).await;
        while node.flows.flush(&node.db).await.unwrap() {}
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::CertificateMismatch);
        assert!(trouble.fix.contains("--certificate-subject"), "{}", trouble.fix);
        node.db.close().await;
    })
    .await;
}
