//! Redirects to HTTPS and HSTS in a real Apache: only for names that are seen to be served, and only as long as they are.

use crate::apache::{apache_config, get, reload, start};
use crate::front::{Front, Ground};
use engine::config::EngineConfig;
use rig::{Apache, http_get};
use std::fs;
use tokio_util::sync::CancellationToken;

const HOSTS: &str = r#"
<VirtualHost @HTTP@>
  ServerName a.test
  ServerAlias www.a.test
  DocumentRoot "@DIR@/sites/default.invalid"
  <Location />
    AuthType Basic
    AuthName x
    AuthUserFile "@DIR@/default.pem"
    Require valid-user
  </Location>
</VirtualHost>
<VirtualHost @HTTP@>
  ServerName b.test
  DocumentRoot "@DIR@/sites/default.invalid"
</VirtualHost>
"#;

/// What a visitor in the clear gets: the status, and where it is sent to.
async fn visited(apache: &Apache, name: &str, path: &str) -> (u16, String) {
    let answer = http_get(apache.http_address(), name, path).await.expect("answer");
    let location = answer.headers.get("location").map(|value| value.to_str().expect("text").to_owned());
    (answer.status, location.unwrap_or_default())
}

async fn hsts(apache: &Apache, name: &str) -> Option<String> {
    let answer = get(apache, name, "/").await;
    answer.lines().find_map(|line| line.strip_prefix("Strict-Transport-Security: ")).map(str::to_owned)
}

async fn work(front: &Front) {
    assert!(front.engine.work_on_what_is_due(CancellationToken::new()).await.expect("work"));
}

#[tokio::test(flavor = "multi_thread")]
async fn visitors_are_sent_to_https_only_while_a_trusted_certificate_is_seen_to_be_served() {
    let ground = Ground::new();
    let apache = start(&ground, HOSTS).await;
    let front = ground.engine(&["a.test", "b.test"], |config| config.apache = Some(apache_config(&apache))).await;
    let domains = ["a.test".to_owned()];
    front.engine.set_https_redirect(&domains, true).await.unwrap();
    front.engine.set_hsts(&domains, Some(300)).await.unwrap();
    assert_eq!(front.run().await.counts.served, 2);
    assert_eq!(visited(&apache, "a.test", "/").await.0, 401, "no browser trusts the authority");
    assert_eq!(hsts(&apache, "a.test").await, None);

    let root = front.ground.path("issuer-root.pem");
    fs::write(&root, front.ca.issuer_root_pem()).unwrap();
    let trusting = |config: &mut EngineConfig| {
        config.apache = Some(apache_config(&apache));
        config.acme.trusted_roots.push(root);
    };
    let front = front.again(trusting).await;
    front.clock.advance(3_600);
    work(&front).await;

    let target = format!("https://a.test:{}", apache.https_port());
    assert_eq!(visited(&apache, "A.test", "/x%20y?z=%2F").await, (302, format!("{target}/x%20y?z=%2F")));
    assert_eq!(visited(&apache, "www.a.test", "/").await.1, target.replace("a.test", "www.a.test") + "/");
    assert_eq!(visited(&apache, "b.test", "/").await.0, 200, "nobody chose it");
    assert_eq!(visited(&apache, "a.test", "/.well-known/acme-challenge/x").await.1, "", "challenges go their way");
    assert_eq!((hsts(&apache, "a.test").await.as_deref(), hsts(&apache, "b.test").await), (Some("max-age=300"), None));

    let file = apache.vhost_dir().join("a.test.conf");
    let text = fs::read_to_string(&file).unwrap();
    let own = text.lines().find(|line| line.contains("SSLCertificateFile")).unwrap();
    let others = format!("  SSLCertificateFile \"{}\"", front.ground.path("web/default.pem").display());
    let shown = rig::served_certificate(apache.https_address(), "a.test").await.unwrap();
    fs::write(&file, text.replace(own, &others)).unwrap();
    reload(&apache);
    while rig::served_certificate(apache.https_address(), "a.test").await.is_ok_and(|seen| seen == shown) {}
    front.clock.advance(3_600);
    work(&front).await;
    assert_eq!(visited(&apache, "a.test", "/").await.0, 401, "what is not served any more is no place to be sent to");
    assert_eq!(hsts(&apache, "a.test").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_choice_that_is_taken_back_counts_at_once() {
    let ground = Ground::new();
    let apache = start(&ground, HOSTS).await;
    let front = ground.engine(&["b.test"], |config| config.apache = Some(apache_config(&apache))).await;
    let root = front.ground.path("issuer-root.pem");
    fs::write(&root, front.ca.issuer_root_pem()).unwrap();
    let trusting = |config: &mut EngineConfig| {
        config.apache = Some(apache_config(&apache));
        config.acme.trusted_roots.push(root);
    };
    let front = front.again(trusting).await;
    let domains = ["b.test".to_owned()];
    front.run().await;
    front.engine.set_https_redirect(&domains, true).await.unwrap();
    front.engine.set_hsts(&domains, Some(0)).await.unwrap();
    work(&front).await;
    assert_eq!(visited(&apache, "b.test", "/").await.0, 302);
    assert_eq!(hsts(&apache, "b.test").await.as_deref(), Some("max-age=0"));

    front.engine.set_https_redirect(&domains, false).await.unwrap();
    front.engine.set_hsts(&domains, None).await.unwrap();
    work(&front).await;

    assert_eq!(visited(&apache, "b.test", "/").await.0, 200);
    assert_eq!(hsts(&apache, "b.test").await, None);
    let error = front.engine.set_https_redirect(&["nobody.test".to_owned()], true).await.unwrap_err();
    assert!(error.to_string().contains("nobody.test"), "{error}");
}
