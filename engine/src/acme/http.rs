//! The HTTP client below ACME: time and size limits, TCP_NODELAY, one host per provider at addresses that it may have, a pool of
//! nonces, headers kept.

use super::AcmeError;
use super::pace::Pace;
use super::reach::{Guarded, Reach};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, LINK, LOCATION, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Method, Request, Response, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use instant_acme::{BodyWrapper, BytesResponse, HttpClient};
use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use std::cell::RefCell;
use std::net::IpAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// A chain of 10 certificates is 20 kB; nothing else in ACME is longer.
const BODY_LIMIT: usize = 1 << 20;
/// More nonces than that are older than they are useful.
const NONCES_KEPT: usize = 64;
const REPLAY_NONCE: HeaderName = HeaderName::from_static("replay-nonce");
const USER_AGENT: &str = concat!("autossl/", env!("CARGO_PKG_VERSION"));

/// What a response said beside its body.
#[derive(Clone, Debug, Default)]
struct Heard {
    retry_after: Option<i64>,
    next_link: Option<String>,
    alternate_links: Vec<String>,
    location: Option<String>,
}

tokio::task_local! {
    static HEARD: RefCell<Heard>;
}

/// Run ACME calls so that [`last_retry_after`] and [`last_next_link`] know of their responses.
pub(super) async fn listening<F: Future>(calls: F) -> F::Output {
    HEARD.scope(RefCell::default(), calls).await
}

/// Tell what `Retry-After` the last response of this task named, in seconds from now.
pub(super) fn last_retry_after() -> Option<i64> {
    HEARD.try_with(|heard| heard.borrow().retry_after).ok().flatten()
}

/// Tell what `Link` with relation `next` the last response of this task named.
pub(super) fn last_next_link() -> Option<String> {
    HEARD.try_with(|heard| heard.borrow().next_link.clone()).ok().flatten()
}

/// Tell what `Link`s with relation `alternate` the last response of this task named.
pub(super) fn last_alternate_links() -> Vec<String> {
    HEARD.try_with(|heard| heard.borrow().alternate_links.clone()).unwrap_or_default()
}

/// Tell what `Location` the last response of this task named.
pub(super) fn last_location() -> Option<String> {
    HEARD.try_with(|heard| heard.borrow().location.clone()).ok().flatten()
}

/// Connections to any certificate authority: roots, pool, limits.
#[derive(Clone)]
pub(super) struct Transport {
    roots: Arc<RootCertStore>,
    public: Wire,
    anywhere: Wire,
    timeout: Duration,
}

type Wire = Client<HttpsConnector<HttpConnector<Guarded>>, BodyWrapper<Bytes>>;

impl Transport {
    /// Trust the system's roots and these files'.
    pub(super) fn new(extra_roots: &[PathBuf], timeout: Duration) -> Result<Self, AcmeError> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        for path in extra_roots {
            let unreadable = |reason: String| AcmeError::Local(format!("trusted root {}: {reason}", path.display()));
            let file = CertificateDer::pem_file_iter(path).map_err(|error| unreadable(error.to_string()))?;
            for certificate in file {
                let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
                roots.add(certificate).map_err(|error| unreadable(error.to_string()))?;
            }
        }
        Self::with_roots(roots, timeout)
    }

    /// Trust the certificates of a PEM text, too.
    pub(super) fn trusting(&self, pem: &str) -> Result<Self, AcmeError> {
        let unreadable = |reason: String| AcmeError::Local(format!("the provider's root certificate: {reason}"));
        let mut roots = RootCertStore::clone(&self.roots);
        let mut count = 0;
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
            roots.add(certificate).map_err(|error| unreadable(error.to_string()))?;
            count += 1;
        }
        if count == 0 {
            return Err(unreadable("there is no certificate in it".into()));
        }
        Self::with_roots(roots, self.timeout)
    }

    fn with_roots(roots: RootCertStore, timeout: Duration) -> Result<Self, AcmeError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let roots = Arc::new(roots);
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| AcmeError::Local(error.to_string()))?
            .with_root_certificates(Arc::clone(&roots))
            .with_no_client_auth();
        let wire = |reach| {
            let mut tcp = HttpConnector::new_with_resolver(Guarded(reach));
            tcp.enforce_http(false);
            tcp.set_nodelay(true);
            tcp.set_connect_timeout(Some(timeout));
            let https = HttpsConnectorBuilder::new().with_tls_config(tls.clone());
            let https = https.https_only().enable_http1().enable_http2().wrap_connector(tcp);
            Client::builder(TokioExecutor::new()).pool_idle_timeout(Duration::from_secs(30)).build(https)
        };
        let (public, anywhere) = (wire(Reach::PublicOnly), wire(Reach::Anywhere));
        Ok(Self { roots, public, anywhere, timeout })
    }

    /// Make a client that talks to the host of one directory only.
    pub(super) fn pinned_to(
        &self,
        directory_url: &str,
        reach: Reach,
        pace: Option<Arc<Pace>>,
    ) -> Result<AcmeHttp, AcmeError> {
        let refused = |host: &str| AcmeError::ForeignUrl { url: directory_url.to_owned(), host: host.to_owned() };
        let uri: Uri = directory_url.parse().map_err(|_| refused("…"))?;
        let authority = uri.authority().ok_or_else(|| refused("…"))?.as_str().to_ascii_lowercase();
        if uri.scheme_str() != Some("https") || authority.contains('@') {
            return Err(refused(&authority));
        }
        // No name to look up: the connector would not ask the resolver.
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = host.parse::<IpAddr>() {
            reach.check(host, address)?;
        }
        let wire = match reach {
            Reach::PublicOnly => self.public.clone(),
            Reach::Anywhere => self.anywhere.clone(),
        };
        Ok(AcmeHttp(Arc::new(Pinned { wire, timeout: self.timeout, pace, authority, nonces: Mutex::default() })))
    }
}

/// A client that talks to one provider.
#[derive(Clone)]
pub(super) struct AcmeHttp(Arc<Pinned>);

struct Pinned {
    wire: Wire,
    timeout: Duration,
    pace: Option<Arc<Pace>>,
    authority: String,
    nonces: Mutex<Vec<HeaderValue>>,
}

impl AcmeHttp {
    /// Send a request and read the whole response.
    pub(super) async fn send(&self, mut request: Request<BodyWrapper<Bytes>>) -> Result<Response<Bytes>, AcmeError> {
        self.0.check(request.uri())?;
        if request.method() == Method::HEAD
            && let Some(nonce) = self.0.take_nonce()
        {
            return Ok(nonce_response(nonce));
        }
        let is_head = request.method() == Method::HEAD;
        request.headers_mut().insert(http::header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        if let Some(pace) = &self.0.pace {
            pace.wait().await;
        }
        let limit = self.0.timeout;
        let exchange = tokio::time::timeout(limit, self.0.exchange(request)).await;
        let mut response =
            exchange.map_err(|_| AcmeError::Timeout { host: self.0.authority.clone(), seconds: limit.as_secs() })??;
        self.0.hear(response.headers());
        if !is_head {
            self.0.keep_nonce(&mut response);
        }
        self.0.check_is_acme(&response)?;
        Ok(response)
    }

    /// Take a nonce for a request of our own signing.
    pub(super) async fn nonce(&self, new_nonce_url: &str) -> Result<String, AcmeError> {
        let request = Request::builder().method(Method::HEAD).uri(new_nonce_url).body(BodyWrapper::default());
        let request = request.map_err(|error| AcmeError::Protocol(error.to_string()))?;
        let response = self.send(request).await?;
        let nonce = response.headers().get(REPLAY_NONCE).and_then(|value| value.to_str().ok());
        nonce.map(str::to_owned).ok_or_else(|| AcmeError::Protocol("no nonce in the newNonce response".into()))
    }
}

impl HttpClient for AcmeHttp {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, instant_acme::Error>> + Send>> {
        let client = self.clone();
        Box::pin(async move {
            let response = client.send(request).await.map_err(|error| instant_acme::Error::Other(Box::new(error)))?;
            Ok(BytesResponse::from(response.map(Full::new)))
        })
    }
}

impl Pinned {
    fn check(&self, uri: &Uri) -> Result<(), AcmeError> {
        let here = uri.authority().is_some_and(|authority| authority.as_str().eq_ignore_ascii_case(&self.authority));
        if here && uri.scheme_str() == Some("https") {
            return Ok(());
        }
        Err(AcmeError::ForeignUrl { url: uri.to_string(), host: self.authority.clone() })
    }

    async fn exchange(&self, request: Request<BodyWrapper<Bytes>>) -> Result<Response<Bytes>, AcmeError> {
        let host = || self.authority.clone();
        let response = self.wire.request(request).await;
        let unreachable = |error| {
            refused_address(&error)
                .unwrap_or_else(|| AcmeError::Unreachable { host: host(), reason: innermost(&error) })
        };
        let (parts, body) = response.map_err(unreachable)?.into_parts();
        let body = Limited::new(body, BODY_LIMIT).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                return AcmeError::TooLarge { host: host(), limit: BODY_LIMIT };
            }
            AcmeError::Unreachable { host: host(), reason: innermost(error.as_ref()) }
        })?;
        Ok(Response::from_parts(parts, body.to_bytes()))
    }

    fn hear(&self, headers: &HeaderMap) {
        let heard = Heard {
            retry_after: retry_after(headers),
            next_link: links(headers, "next").pop(),
            alternate_links: links(headers, "alternate"),
            location: headers.get(LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned),
        };
        // Outside of `listening` nobody asks.
        let _ = HEARD.try_with(|last| last.replace(heard));
    }

    // The pool is the only keeper of nonces: were one left in the response, it would be used twice.
    fn keep_nonce(&self, response: &mut Response<Bytes>) {
        let Some(nonce) = response.headers_mut().remove(REPLAY_NONCE) else { return };
        let refused = response.status() == http::StatusCode::BAD_REQUEST
            && response.body().windows(8).any(|window| window == b"badNonce");
        let mut nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
        // One refused nonce casts doubt on all that are as old.
        if refused {
            nonces.clear();
        }
        if nonces.len() == NONCES_KEPT {
            nonces.remove(0);
        }
        nonces.push(nonce);
    }

    fn take_nonce(&self) -> Option<HeaderValue> {
        self.nonces.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn check_is_acme(&self, response: &Response<Bytes>) -> Result<(), AcmeError> {
        let status = response.status();
        let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let is_json = kind.split(';').next().is_some_and(|kind| kind.trim().ends_with("json"));
        if status.is_success() || status.is_redirection() || is_json {
            return Ok(());
        }
        let kind = kind.split(';').next().unwrap_or("").trim();
        let content = if kind.is_empty() { "no content type".to_owned() } else { kind.to_owned() };
        let retry_after = retry_after(response.headers());
        if status == http::StatusCode::TOO_MANY_REQUESTS {
            // A load balancer's limit is one, too.
            let detail = format!("{} answered 429 with {content}", self.authority);
            return Err(AcmeError::RateLimited { detail, retry_after });
        }
        Err(AcmeError::NotAcme { host: self.authority.clone(), status: status.as_u16(), content, retry_after })
    }
}

fn nonce_response(nonce: HeaderValue) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    response.headers_mut().insert(REPLAY_NONCE, nonce);
    response
}

/// Read `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date that is turned into seconds from now.
fn retry_after(headers: &HeaderMap) -> Option<i64> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<u32>() {
        return Some(seconds.into());
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
    Some((date.as_second() - i64::try_from(now).ok()?).max(0))
}

/// Read the targets of `Link` headers with a relation (RFC 8288).
fn links(headers: &HeaderMap, relation: &str) -> Vec<String> {
    let wanted = format!("rel=\"{relation}\"");
    let lines = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    let links = lines.flat_map(|line| line.split(',')).filter(|link| link.contains(&wanted));
    links.filter_map(|link| Some(link.trim().strip_prefix('<')?.split('>').next()?.to_owned())).collect()
}

/// Find our own refusal of an address below the connector's error.
fn refused_address(error: &(dyn std::error::Error + 'static)) -> Option<AcmeError> {
    std::iter::successors(Some(error), |error| error.source()).find_map(|error| error.downcast_ref().cloned())
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        assert_eq!(retry_after(&headers(RETRY_AFTER, "120")), Some(120));
        assert_eq!(retry_after(&headers(RETRY_AFTER, "Fri, 31 Dec 1999 23:59:59 GMT")), Some(0));
        assert_eq!(retry_after(&headers(RETRY_AFTER, "soon")), None);
    }

    #[test]
    fn a_link_is_found_among_others_by_its_relation() {
        let links = headers(LINK, "<https://ca.test/dir>;rel=\"index\", <https://ca.test/o?c=2>;rel=\"next\"");
        assert_eq!(super::links(&links, "next"), ["https://ca.test/o?c=2"]);
        assert_eq!(super::links(&links, "alternate"), [""; 0]);
    }

    #[test]
    fn requests_stay_on_the_host_of_the_directory() {
        let transport = Transport::new(&[], Duration::from_secs(1)).unwrap();
        let http = transport.pinned_to("https://ca.test:14000/dir", Reach::PublicOnly, None).unwrap();
        assert!(http.0.check(&"https://CA.test:14000/order/1".parse().unwrap()).is_ok());
        for foreign in [
            "https://ca.test/order/1",
            "http://ca.test:14000/x",
            "https://169.254.169.254/",
            "https://a@ca.test:14000/",
        ] {
            assert!(http.0.check(&foreign.parse().unwrap()).is_err(), "{foreign}");
        }
        assert!(transport.pinned_to("http://ca.test/dir", Reach::Anywhere, None).is_err());
        assert!(transport.pinned_to("file:///etc/passwd", Reach::Anywhere, None).is_err());
    }

    #[test]
    fn private_addresses_are_refused_unless_the_administrator_allowed_them() {
        let transport = Transport::new(&[], Duration::from_secs(1)).unwrap();
        for url in ["https://127.0.0.1/", "https://10.0.0.1:14000/dir", "https://[::1]/", "https://169.254.169.254/x"] {
            let refused = transport.pinned_to(url, Reach::PublicOnly, None).err().unwrap();
            assert!(matches!(refused, AcmeError::PrivateAddress { .. }), "{url}: {refused}");
            assert!(transport.pinned_to(url, Reach::Anywhere, None).is_ok(), "{url}");
        }
        assert!(transport.pinned_to("https://9.9.9.9/dir", Reach::PublicOnly, None).is_ok());
    }

    #[tokio::test]
    async fn a_name_that_leads_to_a_private_address_is_refused_when_it_is_connected_to() {
        let transport = Transport::new(&[], Duration::from_secs(5)).unwrap();
        let http = transport.pinned_to("https://localhost:1/dir", Reach::PublicOnly, None).unwrap();
        let request = Request::get("https://localhost:1/dir").body(BodyWrapper::default()).unwrap();
        let refused = http.send(request).await.unwrap_err();
        assert!(matches!(&refused, AcmeError::PrivateAddress { host, .. } if host == "localhost"), "{refused}");
    }
}
