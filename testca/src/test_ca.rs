//! A running CA, and what a test can do with it. What it can do to certificates is in `test_ca/certificates.rs`.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use jiff::Timestamp;
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    authority::Authority,
    builder::{StartError, TestCaBuilder},
    faults::Faults,
    journal::Journal,
    limits::Limits,
    lock::lock,
    protocol::DIRECTORY,
    server::{self, Identity},
    settings::Settings,
    validation::ValidationFailure,
};

mod certificates;

pub use certificates::UnknownCertificate;

/// A CA that runs until it is dropped. Dropping waits for its thread; open requests are not answered.
pub struct TestCa {
    ca: Arc<Authority>,
    address: SocketAddr,
    tls_root_pem: String,
    /// Tells the thread to end.
    stop: Option<DropGuard>,
    thread: Option<JoinHandle<()>>,
}

impl TestCa {
    /// Describe a CA.
    pub fn builder() -> TestCaBuilder {
        TestCaBuilder::default()
    }

    pub(crate) fn start(settings: Settings) -> Result<Self, StartError> {
        let wanted = settings.listen;
        let failed = |source| StartError::Listen { address: wanted, source };
        let (runtime, listener) = listen(wanted).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let identity = Identity::create(address.ip())?;
        let ca = Arc::new(Authority::new(settings, format!("https://{address}"))?);
        let stop = CancellationToken::new();
        let (serving, stopping) = (ca.clone(), stop.clone());
        let run = move || {
            // The runtime ends with this closure, and all connections and validations with it.
            runtime.block_on(server::serve(listener, identity.acceptor, serving, stopping));
        };
        let thread = thread::Builder::new().name("testca".to_owned()).spawn(run).map_err(failed)?;
        Ok(Self { ca, address, tls_root_pem: identity.root_pem, stop: Some(stop.drop_guard()), thread: Some(thread) })
    }

    /// Stop the CA. Dropping does the same.
    pub fn stop(self) {}

    /// Return the address that speaks HTTPS.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Return the URL that clients start from.
    pub fn directory_url(&self) -> String {
        self.ca.url(DIRECTORY)
    }

    /// Return the root that clients have to trust to talk to the CA, PEM.
    pub fn tls_root_pem(&self) -> &str {
        &self.tls_root_pem
    }

    /// Return the root of the chains that are sent first, PEM.
    pub fn issuer_root_pem(&self) -> &str {
        &self.ca.hierarchy.roots_pem[0]
    }

    /// Return the root of the alternate chains, PEM.
    pub fn alternate_root_pem(&self) -> &str {
        &self.ca.hierarchy.roots_pem[1]
    }

    /// Return the record of what the CA was asked.
    pub fn journal(&self) -> &Journal {
        &self.ca.journal
    }

    /// Return the table of scripted faults.
    pub fn faults(&self) -> &Faults {
        &self.ca.faults
    }

    /// Return the CA's time.
    pub fn now(&self) -> Timestamp {
        self.ca.now()
    }

    /// Move the CA's time forward, on top of its clock.
    pub fn advance(&self, by: Duration) {
        self.ca.clock.advance(by);
    }

    /// Use other limits from now on. What was spent stays spent.
    pub fn set_limits(&self, limits: Limits) {
        self.ca.state().buckets.change(limits);
    }

    /// Let every challenge for `name` fail so from now on, whatever the [`Validation`](crate::Validation) says.
    pub fn fail_validation(&self, name: &str, failure: ValidationFailure) {
        lock(&self.ca.failing).insert(name.to_ascii_lowercase(), failure);
    }

    /// Take [`fail_validation`](Self::fail_validation) back.
    pub fn heal_validation(&self, name: &str) {
        lock(&self.ca.failing).remove(&name.to_ascii_lowercase());
    }

    /// Refuse orders for `name` from now on (`rejectedIdentifier`).
    pub fn refuse_name(&self, name: &str) {
        self.ca.state().refused_names.insert(name.to_ascii_lowercase());
    }

    /// Take [`refuse_name`](Self::refuse_name) back.
    pub fn accept_name(&self, name: &str) {
        self.ca.state().refused_names.remove(&name.to_ascii_lowercase());
    }

    /// Know another key for external account bindings.
    pub fn add_external_key(&self, kid: &str, key: &[u8]) {
        self.ca.state().external_keys.insert(kid.to_owned(), key.to_vec());
    }

    /// Forget a key for external account bindings. Accounts that it vouched for stay.
    pub fn remove_external_key(&self, kid: &str) {
        self.ca.state().external_keys.remove(kid);
    }

    /// Show other terms, to which new accounts must agree.
    pub fn change_terms(&self, url: &str) {
        self.ca.state().terms = Some(url.to_owned());
    }

    /// Lose all accounts, as a CA whose database was reset does. Certificates stay.
    pub fn forget_accounts(&self) {
        let mut state = self.ca.state();
        state.accounts.clear();
        state.account_by_key.clear();
    }

    pub(crate) fn authority(&self) -> &Authority {
        &self.ca
    }
}

impl Drop for TestCa {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed, and is no reason for another here.
            let _ = thread.join();
        }
    }
}

fn listen(address: SocketAddr) -> std::io::Result<(Runtime, tokio::net::TcpListener)> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let entered = runtime.enter();
    let listener = tokio::net::TcpListener::from_std(listener)?;
    drop(entered);
    Ok((runtime, listener))
}
