//! Which addresses a provider may have, and the look-up of names that keeps to them.

use super::AcmeError;
use hyper_util::client::legacy::connect::dns::Name;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Which addresses a provider may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Those of the public internet: a name that leads elsewhere is refused at each connection.
    PublicOnly,
    /// Private ones and this machine's, too, as a certificate authority of one's own has.
    Anywhere,
}

impl Reach {
    pub(super) fn check(self, host: &str, address: IpAddr) -> Result<(), AcmeError> {
        match crate::dcv::reserved(address) {
            Some(kind) if self == Self::PublicOnly => {
                Err(AcmeError::PrivateAddress { host: host.to_owned(), address, kind })
            }
            _ => Ok(()),
        }
    }
}

/// Looks up names and keeps to the addresses that a provider may have.
#[derive(Clone, Copy)]
pub(super) struct Guarded(pub(super) Reach);

impl tower_service::Service<Name> for Guarded {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let reach = self.0;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            // One private address among public ones is no accident either.
            for address in &found {
                reach.check(name.as_str(), address.ip())?;
            }
            Ok(found.into_iter())
        })
    }
}
