//! Speaking ACME (RFC 8555): the only user of `instant-acme`.
//!
//! Adds what that library leaves to its user: time limits, a body limit, a nonce pool, host pinning, more tries after a
//! refused nonce, response headers kept, typed errors. Decides nothing about what to order or when.

mod account;
mod directory;
mod error;
mod http;
mod jws;
mod order;
mod renewal;

pub(crate) use account::AcmeAccount;
pub(crate) use directory::Directory;
pub use error::{AcmeError, NameFailure};
pub(crate) use order::{AcmeOrder, OrderProgress, Proof};

use crate::config::AcmeConfig;
use std::time::Duration;

/// Send a request again while the provider refuses its nonce (RFC 8555, section 6.5).
///
/// `instant-acme` tries three times; at a refusal rate of one half that fails one request in eight, and a CA behind several
/// front ends can come near it. Sixteen rounds more make it one in 10^14. A refused nonce has changed nothing at the CA.
macro_rules! past_refused_nonces {
    ($call:expr) => {{
        let mut rounds = 0;
        loop {
            match $call.await {
                Err(instant_acme::Error::Api(problem))
                    if rounds < 16 && $crate::acme::error::is_bad_nonce(&problem) =>
                {
                    rounds += 1;
                }
                other => break other.map_err($crate::acme::AcmeError::from),
            }
        }
    }};
}
use past_refused_nonces;

/// Makes connections to certificate authorities.
#[derive(Clone)]
pub(crate) struct AcmeClient {
    transport: http::Transport,
    contact: Option<String>,
    order_timeout: Duration,
}

impl AcmeClient {
    /// Prepare with the configured roots and limits; sends nothing.
    pub(crate) fn new(config: &AcmeConfig) -> Result<Self, AcmeError> {
        let seconds = |value: u32, default: u64| Duration::from_secs(if value == 0 { default } else { value.into() });
        Ok(Self {
            transport: http::Transport::new(&config.trusted_roots, seconds(config.request_timeout, 30))?,
            contact: config.contact.clone(),
            order_timeout: seconds(config.order_timeout, 90),
        })
    }

    /// Read a provider's directory (RFC 8555, section 7.1.1).
    pub(crate) async fn directory(&self, url: &str) -> Result<Directory, AcmeError> {
        directory::fetch(&self.transport.pinned_to(url)?, url).await
    }

    /// Open the account of a key: register it where the provider does not know it yet (RFC 8555, section 7.3).
    ///
    /// The key must be on disk before: whatever happens after the request was sent, the account is found again by its key.
    pub(crate) async fn open_account(&self, directory_url: &str, key_pkcs8: &[u8]) -> Result<AcmeAccount, AcmeError> {
        let http = self.transport.pinned_to(directory_url)?;
        account::open(http, directory_url, key_pkcs8, self.contact.as_deref(), self.order_timeout).await
    }
}
