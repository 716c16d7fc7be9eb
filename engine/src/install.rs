//! Bringing certificates into services, and proving that they are served.

mod apache;
mod probe;
mod vhost;

use crate::config::EngineConfig;
use crate::model::Timestamp;
use crate::vault::Vault;
use async_trait::async_trait;

/// A certificate to install for a website.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// The website's primary name.
    pub(crate) website: String,
    /// The names that the certificate covers.
    pub(crate) names: Vec<String>,
    /// The directory that the web server serves.
    pub(crate) document_root: String,
    /// The certificate's SHA-256 in hexadecimal.
    pub(crate) fingerprint: String,
    /// Its generation in the certificate store.
    pub(crate) generation: u32,
}

/// Why a certificate is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InstallFailure {
    /// A stable code for the cause.
    pub(crate) code: &'static str,
    /// What was seen, and what is in place now.
    pub(crate) detail: String,
}

/// A service that certificates are brought into.
///
/// Contract: idempotent; nothing is changed that was not named; one reload for all items together; an item whose certificate is
/// not presented afterwards is rolled back to what was served before; an item's failure leaves the others alone.
#[async_trait]
pub(crate) trait Installer: Send + Sync {
    /// Name the service, as logs and listings do.
    fn service(&self) -> &'static str;

    /// Tell the SHA-256, in hexadecimal, of the certificate that the service presents for a name, or why that is not known.
    async fn presented(&self, name: &str) -> Result<String, String>;

    /// Install the items and prove each by a handshake; the outcomes stand in the items' order.
    async fn install(&self, items: &[Item], now: Timestamp) -> Vec<Result<(), InstallFailure>>;
}

/// Make the installers of the services that are configured.
pub(crate) fn installers(config: &EngineConfig, vault: &Vault) -> Vec<Box<dyn Installer>> {
    let apache = config
        .apache
        .iter()
        .map(|apache| Box::new(apache::Apache::new(apache.clone(), vault.clone())) as Box<dyn Installer>);
    apache.collect()
}
