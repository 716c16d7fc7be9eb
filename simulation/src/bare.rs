//! A bare protocol client: what an order costs when nothing is remembered, checked or told. It is what the engine is measured against.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use http::Request;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use instant_acme::{
    Account, AuthorizationStatus, BodyWrapper, BytesResponse, ChallengeType, HttpClient, Identifier, NewAccount,
    NewOrder, OrderStatus,
};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// How long to wait for an authority that is not done yet.
const PAUSE: Duration = Duration::from_millis(20);
/// An authority that takes longer than so many pauses is stuck.
const MOST_PAUSES: u32 = 500;

/// An account at an authority, and nothing else.
pub(crate) struct Bare {
    account: Account,
}

#[derive(Clone)]
struct Wire(Client<HttpsConnector<HttpConnector>, BodyWrapper<Bytes>>);

impl HttpClient for Wire {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, instant_acme::Error>> + Send>> {
        let answer = self.0.request(request);
        Box::pin(async move {
            answer.await.map(BytesResponse::from).map_err(|error| instant_acme::Error::Other(Box::new(error)))
        })
    }
}

impl Bare {
    /// Register an account at the authority whose HTTPS root this is.
    ///
    /// # Errors
    /// Where the root cannot be read or the authority refuses.
    pub(crate) async fn register(directory_url: &str, root_pem: &str) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(root_pem.as_bytes()).context("cannot read the authority's root")?)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_only()
            .enable_http1()
            .enable_http2()
            .wrap_connector(tcp);
        let wire = Wire(Client::builder(TokioExecutor::new()).build(https));
        let new = NewAccount { contact: &[], terms_of_service_agreed: true, only_return_existing: false };
        let builder = Account::builder_with_http(Box::new(wire));
        let (account, _) = builder.create(&new, directory_url.to_owned(), None).await?;
        Ok(Self { account })
    }

    /// Get a certificate for each name, so many at once.
    ///
    /// # Errors
    /// Where the authority refuses one of them.
    pub(crate) async fn obtain(&self, names: &[String], at_once: usize) -> Result<()> {
        let orders = stream::iter(names).map(|name| self.order(name)).buffer_unordered(at_once);
        orders.try_for_each(|()| async { Ok(()) }).await
    }

    async fn order(&self, name: &str) -> Result<()> {
        let identifiers = [Identifier::Dns(name.to_owned())];
        let mut order = self.account.new_order(&NewOrder::new(&identifiers)).await?;
        {
            let mut authorizations = order.authorizations();
            while let Some(authorization) = authorizations.next().await {
                let mut authorization = authorization?;
                if authorization.status == AuthorizationStatus::Pending {
                    let challenge = authorization.challenge(ChallengeType::Http01);
                    challenge.context("there is no HTTP-01 challenge")?.set_ready().await?;
                }
            }
        }
        for _ in 0..MOST_PAUSES {
            match order.refresh().await?.status {
                OrderStatus::Pending => tokio::time::sleep(PAUSE).await,
                OrderStatus::Invalid => bail!("the order for {name} is invalid"),
                _ => break,
            }
        }
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let mut params = CertificateParams::new(vec![name.to_owned()])?;
        params.distinguished_name = DistinguishedName::new();
        order.finalize_csr(params.serialize_request(&key)?.der()).await?;
        for _ in 0..MOST_PAUSES {
            if let Some(chain) = order.certificate().await? {
                ensure!(!chain.is_empty(), "the chain of {name} is empty");
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        bail!("the certificate of {name} did not come")
    }
}
