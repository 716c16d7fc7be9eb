//! `instant-acme` as a client of the CA.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::Request;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use instant_acme::{
    Account, AccountBuilder, AuthorizationStatus, BodyWrapper, BytesResponse, ChallengeType, Error, HttpClient,
    Identifier, KeyAuthorization, NewAccount, NewOrder, Order, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
};
use testca::TestCa;

/// Polls often: everything is near.
pub(crate) const POLLING: RetryPolicy =
    RetryPolicy::new().initial_delay(Duration::from_millis(5)).backoff(1.5).timeout(Duration::from_secs(20));

/// What HTTPS clients of the CA trust.
pub(crate) fn connector(ca: &TestCa) -> Result<HttpsConnector<HttpConnector>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.tls_root_pem().as_bytes())?)?;
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    Ok(HttpsConnectorBuilder::new().with_tls_config(config).https_only().enable_all_versions().wrap_connector(http))
}

/// Start to make an account at the CA.
pub(crate) fn builder(ca: &TestCa) -> Result<AccountBuilder> {
    let client = Client::builder(TokioExecutor::new()).build(connector(ca)?);
    Ok(Account::builder_with_http(Box::new(Https(client))))
}

/// Make an account that agrees to everything.
pub(crate) async fn register(ca: &TestCa) -> Result<Account> {
    let account = NewAccount { contact: &[], terms_of_service_agreed: true, only_return_existing: false };
    Ok(builder(ca)?.create(&account, ca.directory_url(), None).await?.0)
}

pub(crate) fn identifiers(names: &[&str]) -> Vec<Identifier> {
    names.iter().map(|name| Identifier::Dns((*name).to_owned())).collect()
}

/// A certificate as it was received.
pub(crate) struct Received {
    pub(crate) chain: String,
    pub(crate) leaf: CertificateDer<'static>,
}

/// Order a certificate of a CA that finds everything valid.
pub(crate) async fn obtain(account: &Account, names: &[&str]) -> Result<Received> {
    let identifiers = identifiers(names);
    let mut order = account.new_order(&NewOrder::new(&identifiers)).await?;
    complete(&mut order, names, ChallengeType::Dns01, |_, _| {}).await
}

/// Take an order to its end; `publish` gets the token and the key authorization of each challenge.
pub(crate) async fn complete(
    order: &mut Order,
    names: &[&str],
    challenge: ChallengeType,
    publish: impl Fn(&str, &KeyAuthorization),
) -> Result<Received> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let mut found = authorization.challenge(challenge.clone()).context("the challenge is not offered")?;
        publish(&found.token, &found.key_authorization());
        found.set_ready().await?;
    }
    let status = order.poll_ready(&POLLING).await?;
    if status != OrderStatus::Ready {
        bail!("the order is {status:?}");
    }
    order.finalize_csr(&csr(names)?).await?;
    let chain = order.poll_certificate(&POLLING).await?;
    let leaf = CertificateDer::from_pem_slice(chain.as_bytes())?;
    Ok(Received { chain, leaf })
}

/// A signing request with a new P-256 key, DER.
pub(crate) fn csr(names: &[&str]) -> Result<Vec<u8>> {
    csr_with(names, &KeyPair::generate()?)
}

pub(crate) fn csr_with(names: &[&str], key: &KeyPair) -> Result<Vec<u8>> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = DistinguishedName::new();
    Ok(params.serialize_request(key)?.der().to_vec())
}

/// The kind of the problem that the CA answered, as in `rateLimited`.
pub(crate) fn problem(error: &Error) -> Option<&str> {
    let Error::Api(problem) = error else { return None };
    problem.r#type.as_deref()?.strip_prefix("urn:ietf:params:acme:error:")
}

struct Https(Client<HttpsConnector<HttpConnector>, BodyWrapper<Bytes>>);

impl HttpClient for Https {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let answer = self.0.request(request);
        Box::pin(async move { answer.await.map(BytesResponse::from).map_err(|error| Error::Other(Box::new(error))) })
    }
}
