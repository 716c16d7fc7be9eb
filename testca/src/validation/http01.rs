//! HTTP-01: the key authorization is at a known path of port 80 (RFC 8555, section 8.3). Redirects are followed.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

use super::{Attempt, Network, ValidationFailure, dns::Resolver, network::addresses, tls};

const REDIRECTS: usize = 10;
const BODY_LIMIT: usize = 64 * 1024;

pub(super) async fn validate(
    network: &Network,
    resolver: &Resolver,
    attempt: &Attempt,
) -> Result<(), ValidationFailure> {
    let host = if attempt.name.contains(':') { format!("[{}]", attempt.name) } else { attempt.name.clone() };
    let mut url = format!("http://{host}/.well-known/acme-challenge/{}", attempt.token());
    for _ in 0..=REDIRECTS {
        let target = Target::of(&url, network)?;
        let (address, page) = fetch(resolver, &target).await?;
        match page {
            Page::Redirect(location) => url = absolute(&target, &location),
            Page::Text(body) if body.trim_end() == attempt.key_authorization => return Ok(()),
            Page::Text(body) => {
                let start: String = body.chars().take(64).collect();
                return Err(ValidationFailure::unauthorized(format!(
                    "{address}: the key authorization file from {url} is \"{start}\", not the expected one"
                )));
            }
            Page::Refused(status) => {
                let detail = format!("{address}: invalid response from {url}: {}", status.as_u16());
                return Err(ValidationFailure::unauthorized(detail));
            }
        }
    }
    Err(ValidationFailure::connection(format!("too many redirects, the last one to {url}")))
}

struct Target {
    https: bool,
    authority: String,
    host: String,
    port: u16,
    path: String,
}

impl Target {
    /// Take a URL apart. Only the two known ports are gone to, as with public CAs.
    fn of(url: &str, network: &Network) -> Result<Self, ValidationFailure> {
        let wrong = |why: &str| ValidationFailure::connection(format!("invalid redirect to {url}: {why}"));
        let uri: Uri = url.parse().map_err(|_| wrong("it is no URL"))?;
        let https = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(wrong("only http and https are followed")),
        };
        let authority = uri.authority().ok_or_else(|| wrong("it has no host"))?;
        let port = match uri.port_u16().unwrap_or(if https { 443 } else { 80 }) {
            80 => network.http_port,
            443 => network.tls_port,
            port if port == network.http_port || port == network.tls_port => port,
            _ => return Err(wrong("only the ports 80 and 443 are gone to")),
        };
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self { https, authority: authority.to_string(), host: authority.host().to_owned(), port, path })
    }
}

fn absolute(from: &Target, location: &str) -> String {
    let scheme = if from.https { "https" } else { "http" };
    if location.starts_with("//") {
        return format!("{scheme}:{location}");
    }
    if location.starts_with('/') {
        return format!("{scheme}://{}{location}", from.authority);
    }
    location.to_owned()
}

enum Page {
    Text(String),
    Redirect(String),
    Refused(StatusCode),
}

/// Ask the addresses in turn: the next only if there is no connection.
async fn fetch(resolver: &Resolver, target: &Target) -> Result<(IpAddr, Page), ValidationFailure> {
    let mut failure = ValidationFailure::connection(format!("no address of {} was tried", target.host));
    for address in addresses(resolver, &target.host).await? {
        let stream = match TcpStream::connect(SocketAddr::from((address, target.port))).await {
            Ok(stream) => stream,
            Err(error) => {
                let detail = format!("{address}: fetching http://{}{}: {error}", target.authority, target.path);
                failure = ValidationFailure::connection(detail);
                continue;
            }
        };
        let page = if target.https {
            get(tls::connect(stream, &target.host, &[]).await?, target).await
        } else {
            get(stream, target).await
        };
        let broken =
            |error| ValidationFailure::connection(format!("{address}: error getting validation data: {error}"));
        return page.map(|page| (address, page)).map_err(broken);
    }
    Err(failure)
}

type Broken = Box<dyn std::error::Error + Send + Sync>;

async fn get(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, target: &Target) -> Result<Page, Broken> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let request = Request::get(&target.path)
        .header(header::HOST, &target.authority)
        .header(header::USER_AGENT, "Mozilla/5.0 (compatible; testca validation server)")
        .header(header::CONNECTION, "close")
        .body(Empty::<Bytes>::new())?;
    let exchange = async {
        let response = sender.send_request(request).await?;
        let status = response.status();
        if status.is_redirection()
            && let Some(location) = response.headers().get(header::LOCATION)
        {
            return Ok(Page::Redirect(location.to_str()?.to_owned()));
        }
        if status != StatusCode::OK {
            return Ok(Page::Refused(status));
        }
        let body = Limited::new(response.into_body(), BODY_LIMIT).collect().await?.to_bytes();
        Ok(Page::Text(String::from_utf8_lossy(&body).into_owned()))
    };
    // The connection is driven beside the exchange, and dropped with it.
    tokio::select! {
        page = exchange => page,
        Err(error) = connection => Err(error.into()),
    }
}
