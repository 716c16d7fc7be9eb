//! Validation over the network, against a little web server and a little DNS server; and by a function.

use std::sync::Arc;

use anyhow::{Context, Result};
use aws_lc_rs::digest;
use instant_acme::{ChallengeType, NewOrder};
use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs::sign::any_supported_type,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    sign::{CertifiedKey, SingleCertAndKey},
};
use serde_json::{Value, json};
use testca::{Endpoint, Network, ProblemKind, TestCa, Validation, ValidationFailure};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::{client, dns::Dns, raw::Raw, web::Web};

struct Scene {
    ca: TestCa,
    dns: Dns,
    web: Web,
}

impl Scene {
    async fn set() -> Result<Self> {
        let (dns, web) = (Dns::start().await?, Web::start().await?);
        let network = Network::with_dns(dns.address()).http_port(web.port()).check_caa();
        let ca = TestCa::builder().validation(Validation::Network(network)).start()?;
        dns.add_loopback("a.test");
        Ok(Self { ca, dns, web })
    }

    /// Respond to the challenge for `a.test` after `prepare` got its token and thumbprint; return the challenge.
    async fn attempt(&self, kind: &str, prepare: impl AsyncFnOnce(&str, &str)) -> Result<Value> {
        let raw = Raw::registered(&self.ca).await?;
        let order = raw.new_order(&["a.test"]).await?.json()?;
        let url = order["authorizations"][0].as_str().context("no authorization")?.to_owned();
        let authorization = raw.post(&url, None).await?.json()?;
        let challenges = authorization["challenges"].as_array().context("no challenges")?;
        let challenge = challenges.iter().find(|found| found["type"] == kind).context("no such challenge")?;
        let token = challenge["token"].as_str().context("no token")?;
        prepare(token, &format!("{token}.{}", thumbprint(&raw.jwk()))).await;
        let challenge = challenge["url"].as_str().context("no url")?;
        let mut answer = raw.post(challenge, Some(json!({}))).await?.json()?;
        // The condition is that the CA has made up its mind; each question goes over the network.
        while answer["status"] == "processing" {
            answer = raw.post(challenge, None).await?.json()?;
        }
        Ok(answer)
    }
}

fn thumbprint(jwk: &Value) -> String {
    let text = format!(r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#, jwk["x"], jwk["y"]);
    crate::raw::encode(digest::digest(&digest::SHA256, text.as_bytes()))
}

fn kind(challenge: &Value) -> &str {
    let kind = challenge["error"]["type"].as_str().unwrap_or_default();
    kind.trim_start_matches("urn:ietf:params:acme:error:")
}

#[tokio::test]
async fn a_certificate_is_obtained_over_http() -> Result<()> {
    let scene = Scene::set().await?;
    let account = client::register(&scene.ca).await?;
    let identifiers = client::identifiers(&["a.test"]);
    let mut order = account.new_order(&NewOrder::new(&identifiers)).await?;
    let publish = |token: &str, key: &instant_acme::KeyAuthorization| scene.web.publish(token, key.as_str());
    client::complete(&mut order, &["a.test"], ChallengeType::Http01, publish).await?;
    assert_eq!(scene.ca.journal().certificates_issued(), 1);
    Ok(())
}

#[tokio::test]
async fn a_wrong_or_missing_file_is_unauthorized() -> Result<()> {
    let scene = Scene::set().await?;
    let missing = scene.attempt("http-01", async |_, _| {}).await?;
    assert_eq!((missing["status"].as_str(), kind(&missing)), (Some("invalid"), "unauthorized"));
    let wrong = scene.attempt("http-01", async |token, _| scene.web.publish(token, "wrong")).await?;
    assert_eq!(kind(&wrong), "unauthorized");
    let failed = scene.ca.journal().failed_validations("a.test");
    assert_eq!((failed.len(), failed[0].problem), (2, ProblemKind::Unauthorized));
    Ok(())
}

#[tokio::test]
async fn redirects_are_followed_ten_times_and_only_to_known_ports() -> Result<()> {
    let scene = Scene::set().await?;
    let path = |token: &str| format!("/.well-known/acme-challenge/{token}");
    let followed = scene.attempt("http-01", async |token, key| {
        scene.web.set(&path(token), 302, "/elsewhere");
        scene.web.set("/elsewhere", 301, "http://a.test/at-last");
        scene.web.set("/at-last", 200, key);
    });
    assert_eq!(followed.await?["status"], "valid");
    let looped = scene.attempt("http-01", async |token, _| scene.web.set(&path(token), 302, &path(token))).await?;
    assert_eq!(kind(&looped), "connection");
    let odd_port =
        scene.attempt("http-01", async |token, _| scene.web.set(&path(token), 302, "http://a.test:8081/")).await?;
    assert_eq!(kind(&odd_port), "connection");
    let odd_scheme =
        scene.attempt("http-01", async |token, _| scene.web.set(&path(token), 302, "ftp://a.test/")).await?;
    assert_eq!(kind(&odd_scheme), "connection");
    Ok(())
}

#[tokio::test]
async fn an_unknown_name_is_a_dns_problem_and_an_alias_is_followed() -> Result<()> {
    let scene = Scene::set().await?;
    let raw = Raw::registered(&scene.ca).await?;
    scene.dns.add_alias("www.b.test", "a.test");
    for (name, problem) in [("nowhere.test", ProblemKind::Dns), ("www.b.test", ProblemKind::Unauthorized)] {
        raw.respond(&raw.new_order(&[name]).await?, "http-01").await?;
        while scene.ca.journal().failed_validations(name).is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(scene.ca.journal().failed_validations(name)[0].problem, problem, "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn a_closed_port_is_a_connection_problem() -> Result<()> {
    let mut scene = Scene::set().await?;
    let network = Network::with_dns(scene.dns.address()).http_port(1);
    scene.ca = TestCa::builder().validation(Validation::Network(network)).start()?;
    assert_eq!(kind(&scene.attempt("http-01", async |_, _| {}).await?), "connection");
    Ok(())
}

#[tokio::test]
async fn a_text_record_proves_control() -> Result<()> {
    let scene = Scene::set().await?;
    let name = "_acme-challenge.a.test";
    scene.dns.add_text(name, "of another order");
    assert_eq!(kind(&scene.attempt("dns-01", async |_, _| {}).await?), "unauthorized");
    let right = scene.attempt("dns-01", async |_, key| {
        scene.dns.add_text(name, &crate::raw::encode(digest::digest(&digest::SHA256, key.as_bytes())));
    });
    assert_eq!(right.await?["status"], "valid");
    Ok(())
}

#[tokio::test]
async fn a_special_certificate_proves_control() -> Result<()> {
    let mut scene = Scene::set().await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let network = Network::with_dns(scene.dns.address()).tls_port(listener.local_addr()?.port());
    scene.ca = TestCa::builder().validation(Validation::Network(network)).start()?;
    let answer = scene.attempt("tls-alpn-01", async |_, key| {
        let acceptor = alpn_acceptor(key);
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await?;
            acceptor.map_err(std::io::Error::other)?.accept(stream).await
        });
    });
    let answer = answer.await?;
    assert_eq!(answer["status"], "valid", "{answer}");
    assert_eq!(kind(&scene.attempt("tls-alpn-01", async |_, _| {}).await?), "connection");
    Ok(())
}

fn alpn_acceptor(key_authorization: &str) -> Result<TlsAcceptor> {
    let pair = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec!["a.test".to_owned()])?;
    let hash = digest::digest(&digest::SHA256, key_authorization.as_bytes());
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(hash.as_ref())];
    let certificate = params.self_signed(&pair)?.der().clone();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pair.serialize_der()));
    let key = any_supported_type(&key)?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        // The usual way refuses the certificate for its critical extension.
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(CertifiedKey::new(vec![certificate], key))));
    config.alpn_protocols = vec![b"acme-tls/1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

#[tokio::test]
async fn caa_records_forbid_and_allow() -> Result<()> {
    let scene = Scene::set().await?;
    let publish = async |token: &str, key: &str| scene.web.publish(token, key);
    scene.dns.add_caa("a.test", "issue", "other.test");
    assert_eq!(kind(&scene.attempt("http-01", publish).await?), "caa");
    scene.dns.add_caa("a.test", "issue", "ca.test; validationmethods=dns-01");
    assert_eq!(kind(&scene.attempt("http-01", publish).await?), "caa");
    scene.dns.add_caa("a.test", "issue", "ca.test; validationmethods=http-01");
    assert_eq!(scene.attempt("http-01", publish).await?["status"], "valid");
    Ok(())
}

#[tokio::test]
async fn a_function_decides() -> Result<()> {
    let decide = Validation::by(|attempt| match attempt.name.as_str() {
        "good.test" => Ok(()),
        "dns.test" => Err(ValidationFailure::dns("no records")),
        "tls.test" => Err(ValidationFailure::tls("no handshake")),
        "caa.test" => Err(ValidationFailure::caa("forbidden")),
        "wrong.test" => Err(ValidationFailure::incorrect_response(attempt.key_authorization.clone())),
        _ => Err(ValidationFailure::unauthorized("no")),
    });
    let ca = TestCa::builder().validation(decide).start()?;
    let raw = Raw::registered(&ca).await?;
    assert_eq!(raw.issue(&["good.test"]).await?.json()?["status"], "valid");
    for (name, problem) in [
        ("dns.test", ProblemKind::Dns),
        ("tls.test", ProblemKind::Tls),
        ("caa.test", ProblemKind::Caa),
        ("wrong.test", ProblemKind::IncorrectResponse),
        ("other.test", ProblemKind::Unauthorized),
    ] {
        raw.respond(&raw.new_order(&[name]).await?, "http-01").await?;
        assert_eq!(ca.journal().failed_validations(name)[0].problem, problem);
    }
    assert_eq!(ca.journal().validations_failed(), 5);
    assert_eq!(ca.journal().requests(Endpoint::Finalize).len(), 1);
    Ok(())
}
