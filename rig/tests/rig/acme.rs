//! A real ACME client, so that the counters are checked against real orders; and a server for its challenges.

use std::{
    collections::HashMap,
    future::Future,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use instant_acme::{
    Account, AuthorizationStatus, BodyWrapper, BytesResponse, ChallengeType, Error, HttpClient, Identifier, NewAccount,
    NewOrder, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, KeyPair};
use rig::Pebble;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio::{net::TcpListener, task::JoinHandle};

/// An account at a CA.
pub(crate) struct Customer {
    account: Account,
}

/// A certificate chain and its key, as one PEM text.
pub(crate) struct Issued {
    /// Leaf, chain and key.
    pub pem: String,
}

impl Customer {
    /// Register at `directory_url`, trusting what `pebble` shows.
    pub(crate) async fn register(pebble: &Pebble, directory_url: &str, tls_root: &std::path::Path) -> Result<Self> {
        let client = Https::trusting(tls_root)?;
        let terms = NewAccount { contact: &[], terms_of_service_agreed: true, only_return_existing: false };
        let (account, _) = Account::builder_with_http(Box::new(client))
            .create(&terms, directory_url.to_owned(), None)
            .await
            .with_context(|| format!("no account; pebble says:\n{}", pebble.log().unwrap_or_default()))?;
        Ok(Self { account })
    }

    /// Order, validate over HTTP-01 and fetch a certificate for `names`.
    pub(crate) async fn order(&self, names: &[&str], challenges: &Challenges) -> Result<Issued> {
        let identifiers: Vec<Identifier> = names.iter().map(|name| Identifier::Dns((*name).to_owned())).collect();
        let mut order = self.account.new_order(&NewOrder::new(&identifiers)).await?;
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization?;
            if authorization.status == AuthorizationStatus::Valid {
                continue;
            }
            let mut challenge = authorization.challenge(ChallengeType::Http01).context("no HTTP-01 challenge")?;
            challenges.publish(&challenge.token, challenge.key_authorization().as_str());
            challenge.set_ready().await?;
        }
        let status = order.poll_ready(&RetryPolicy::default()).await?;
        if status != OrderStatus::Ready {
            bail!("the order is {status:?}");
        }
        let key = KeyPair::generate()?;
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let request = CertificateParams::new(names)?.serialize_request(&key)?;
        order.finalize_csr(request.der()).await?;
        let chain = order.poll_certificate(&RetryPolicy::default()).await?;
        Ok(Issued { pem: chain + &key.serialize_pem() })
    }
}

/// An HTTP server that answers challenges.
pub(crate) struct Challenges {
    address: SocketAddr,
    answers: Arc<Mutex<HashMap<String, String>>>,
    server: JoinHandle<()>,
}

impl Challenges {
    /// Listen on a free loopback port.
    pub(crate) async fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let answers = Arc::new(Mutex::new(HashMap::new()));
        let server = tokio::spawn(serve(listener, answers.clone()));
        Ok(Self { address, answers, server })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answer `token` with its key authorization from now on.
    pub(crate) fn publish(&self, token: &str, key_authorization: &str) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.insert(format!("/.well-known/acme-challenge/{token}"), key_authorization.to_owned());
    }
}

impl Drop for Challenges {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, answers: Arc<Mutex<HashMap<String, String>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let answers = answers.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
            let answer = match answers.get(request.uri().path()) {
                Some(text) => Response::new(Full::new(Bytes::from(text.clone()))),
                None => {
                    let mut missing = Response::new(Full::new(Bytes::new()));
                    *missing.status_mut() = hyper::StatusCode::NOT_FOUND;
                    missing
                }
            };
            std::future::ready(Ok::<_, std::convert::Infallible>(answer))
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

struct Https(Client<HttpsConnector<HttpConnector>, BodyWrapper<Bytes>>);

impl Https {
    fn trusting(root: &std::path::Path) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(root)?)?;
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(config).https_only().enable_http1();
        Ok(Self(Client::builder(TokioExecutor::new()).build(connector.build())))
    }
}

impl HttpClient for Https {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let answer = self.0.request(request);
        Box::pin(async move { answer.await.map(BytesResponse::from).map_err(|error| Error::Other(Box::new(error))) })
    }
}
