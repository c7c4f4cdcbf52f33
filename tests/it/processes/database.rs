//! The database goes away and comes back.

use super::proxy::Proxy;
use super::{Client, Installation, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_survives_an_outage_of_its_database_without_a_restart() {
    let Some(mut installation) = Installation::on_postgres().await else { return };
    installation.populate();
    let url = url::Url::parse(&installation.database_url).unwrap();
    let upstream = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
    let proxy = Proxy::start(0, upstream.clone()).await;
    let port = proxy.port;
    let direct = std::mem::take(&mut installation.database_url);
    let mut through = url.clone();
    through.set_port(Some(port)).unwrap();
    through.set_host(Some("127.0.0.1")).unwrap();
    installation.database_url = through.to_string();
    let mut server = installation.serve().await;
    let mut browser = Client::new(&server.url);
    assert_eq!(browser.sign_in().await.unwrap().status, 303);
    let tokens = browser.exchange(&browser.clone().code().await.unwrap()).await.unwrap().json();
    let refresh = tokens["refresh_token"].as_str().unwrap();

    proxy.cut().await;
    eventually("it says that it is not ready", async || {
        let answer = browser.get("/readyz").await.unwrap();
        answer.status == 503 && answer.header("retry-after") == "5"
    })
    .await;
    assert_eq!(browser.get("/healthz").await.unwrap().status, 200);
    assert_eq!(browser.get("/oauth2/jwks").await.unwrap().status, 200, "what is in memory");
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let answer = browser.call("/oauth2/token", &form).await.unwrap();
    assert_eq!(answer.error(), (500, "server_error".into()));
    assert_eq!(browser.get("/").await.unwrap().text("error-code"), "server_error");

    let proxy = Proxy::start(port, upstream).await;
    eventually("it is ready again", async || browser.get("/readyz").await.unwrap().status == 200)
        .await;
    assert!(server.is_running());
    assert!(browser.get("/").await.unwrap().has("current-user"), "still signed in");
    assert_eq!(browser.call("/oauth2/token", &form).await.unwrap().status, 200);
    assert!(browser.code().await.is_ok());
    installation.database_url = direct;
    installation.cli(&["client", "add-redirect-uri", "web", "https://web.example.com/late"], "");
    eventually("it sees changes again", async || {
        browser.authorize("https://web.example.com/late").await.unwrap().param("code").is_some()
    })
    .await;
    drop(server);
    proxy.cut().await;
    installation.remove().await;
}
