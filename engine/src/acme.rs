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
mod pace;
mod persist;
mod reach;
mod registration;
mod renewal;
mod revocation;

pub(crate) use account::AcmeAccount;
pub(crate) use directory::Directory;
pub(crate) use error::Trouble;
pub use error::{AcmeError, NameFailure};
pub(crate) use order::{AcmeOrder, Answers, IssuedChain, Methods, OrderProgress, Proof};
pub(crate) use persist::{PersistChallenge, thumbprint};
pub(crate) use reach::Reach;
pub(crate) use registration::Registration;
pub use registration::{ExternalAccount, ExternalAccountError};

use crate::budget::Rate;
use crate::config::AcmeConfig;
use jws::{Signatory, SigningKey};
use pace::Pace;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
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
    order_timeout: Duration,
    paces: Arc<Mutex<HashMap<String, Arc<Pace>>>>,
}

/// A certificate authority that can be asked.
#[derive(Clone)]
pub(crate) struct Ca {
    http: http::AcmeHttp,
    directory_url: String,
    order_timeout: Duration,
}

impl AcmeClient {
    /// Prepare with the configured roots and limits; sends nothing.
    pub(crate) fn new(config: &AcmeConfig) -> Result<Self, AcmeError> {
        let seconds = |value: u32, default: u64| Duration::from_secs(if value == 0 { default } else { value.into() });
        Ok(Self {
            transport: http::Transport::new(&config.trusted_roots, seconds(config.request_timeout, 30))?,
            order_timeout: seconds(config.order_timeout, 90),
            paces: Arc::default(),
        })
    }

    /// Prepare to ask the certificate authority of a directory; `root_pem` is trusted for it beside the configured roots, and its
    /// requests leave as `requests` allows.
    pub(crate) fn at(
        &self,
        directory_url: &str,
        reach: Reach,
        root_pem: Option<&str>,
        requests: Option<Rate>,
    ) -> Result<Ca, AcmeError> {
        let pace = requests.map(|rate| {
            let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(paces.entry(directory_url.to_owned()).or_insert_with(|| Arc::new(Pace::new(rate))))
        });
        let http = match root_pem {
            Some(pem) => self.transport.trusting(pem)?.pinned_to(directory_url, reach, pace)?,
            None => self.transport.pinned_to(directory_url, reach, pace)?,
        };
        Ok(Ca { http, directory_url: directory_url.to_owned(), order_timeout: self.order_timeout })
    }
}

impl Ca {
    /// Read the directory (RFC 8555, section 7.1.1).
    pub(crate) async fn directory(&self) -> Result<Directory, AcmeError> {
        directory::fetch(&self.http, &self.directory_url).await
    }

    /// Find the account of a key; `None` where the provider knows none.
    pub(crate) async fn find(&self, directory: &Directory, key_pkcs8: &[u8]) -> Result<Option<String>, AcmeError> {
        http::listening(registration::find(&self.http, directory, &SigningKey::from_pkcs8(key_pkcs8)?)).await
    }

    /// Register a key (section 7.3), after a person has agreed to the terms; the account's URL is the answer.
    ///
    /// The key must be on disk before: whatever happens after the request was sent, the account is found again by its key.
    pub(crate) async fn register(
        &self,
        directory: &Directory,
        key_pkcs8: &[u8],
        registration: Registration<'_>,
    ) -> Result<String, AcmeError> {
        let key = SigningKey::from_pkcs8(key_pkcs8)?;
        http::listening(registration::register(&self.http, directory, &key, registration)).await
    }

    /// Take up an account for orders with a profile, which is left out where the directory does not offer it.
    pub(crate) async fn open(
        &self,
        directory: Directory,
        key_pkcs8: &[u8],
        url: String,
        profile: Option<&str>,
    ) -> Result<AcmeAccount, AcmeError> {
        http::listening(AcmeAccount::open(self, key_pkcs8, directory, url, profile)).await
    }

    /// Replace the address that the provider may write to; `None` removes it.
    pub(crate) async fn set_contact(
        &self,
        directory: &Directory,
        key_pkcs8: &[u8],
        account: &str,
        contact: Option<&str>,
    ) -> Result<(), AcmeError> {
        let key = SigningKey::from_pkcs8(key_pkcs8)?;
        http::listening(registration::set_contact(&self.http, directory, &key, account, contact)).await
    }

    /// Let another key sign for an account from now on. Both must be on disk before.
    pub(crate) async fn change_key(
        &self,
        directory: &Directory,
        account: &str,
        old_pkcs8: &[u8],
        new_pkcs8: &[u8],
    ) -> Result<(), AcmeError> {
        let (old, new) = (SigningKey::from_pkcs8(old_pkcs8)?, SigningKey::from_pkcs8(new_pkcs8)?);
        http::listening(registration::change_key(&self.http, directory, account, &old, &new)).await
    }

    /// Revoke a certificate for a CRLReason (RFC 8555, section 7.6), in the name of an account.
    pub(crate) async fn revoke_for_account(
        &self,
        directory: &Directory,
        key_pkcs8: &[u8],
        account: &str,
        certificate: &[u8],
        reason: u8,
    ) -> Result<(), AcmeError> {
        let key = SigningKey::from_pkcs8(key_pkcs8)?;
        let signatory = Signatory::Account(account);
        http::listening(revocation::revoke(&self.http, directory, &key, signatory, certificate, reason)).await
    }

    /// Revoke a certificate as whoever has its private key.
    pub(crate) async fn revoke_with_its_key(
        &self,
        directory: &Directory,
        key_pkcs8: &[u8],
        certificate: &[u8],
        reason: u8,
    ) -> Result<(), AcmeError> {
        let key = SigningKey::from_pkcs8(key_pkcs8)?;
        http::listening(revocation::revoke(&self.http, directory, &key, Signatory::Key, certificate, reason)).await
    }

    /// Close an account for good.
    pub(crate) async fn deactivate(
        &self,
        directory: &Directory,
        key_pkcs8: &[u8],
        account: &str,
    ) -> Result<(), AcmeError> {
        let key = SigningKey::from_pkcs8(key_pkcs8)?;
        http::listening(registration::deactivate(&self.http, directory, &key, account)).await
    }
}
