//! The values of installing: what is brought into services, what their files are made of, and what became of it.

use crate::error::error_line;
use crate::model::HttpsChoice;
use crate::tls_store::Generation;
use crate::vault::Vault;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

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
    /// Its generation in the vault.
    pub(crate) generation: u32,
    /// What is presented beside it to clients that want an RSA key.
    pub(crate) companion: Option<ItemCompanion>,
}

/// The companion of a certificate to install.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ItemCompanion {
    /// The names that it covers.
    pub(crate) names: Vec<String>,
    /// The certificate's SHA-256 in hexadecimal.
    pub(crate) fingerprint: String,
    /// Its generation on the companion's shelf of the vault.
    pub(crate) generation: u32,
}

/// Where the pairs of chain and key come from.
pub(crate) trait Pairs: Send + Sync {
    /// Read the chain and the key of a generation on a shelf, which is a website's or its companion's, as PEM.
    ///
    /// # Errors
    /// In words, where they cannot be had.
    fn pair(&self, shelf: &str, generation: u32) -> Result<(String, String), String>;
}

impl Pairs for Vault {
    fn pair(&self, shelf: &str, generation: u32) -> Result<(String, String), String> {
        self.read(shelf, generation).map_err(|error| error_line(&error))
    }
}

/// Why a certificate is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InstallFailure {
    /// A stable code for the cause; `docs/logs.md` lists them.
    pub(crate) code: Cow<'static, str>,
    /// What was seen, and what is in place now.
    pub(crate) detail: String,
}

impl InstallFailure {
    pub(crate) fn new(code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self { code: code.into(), detail: detail.into() }
    }
}

/// What became of a certificate in a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The service presents none of its names.
    Unconcerned,
    /// It is in place, and every door presented it for every name.
    Served(Beside),
    /// It is not served; what stood before is in place.
    Failed(InstallFailure),
}

/// What became of the companion of a certificate that is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Beside {
    /// The certificate has none, or the service takes one certificate for a name.
    Nothing,
    /// Every door presented it for every name to clients that want an RSA key.
    Served,
    /// It is not presented; the certificate is alone.
    Failed(InstallFailure),
}

/// An item with the names for which a service presents it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed<'a> {
    /// What is installed.
    pub(crate) item: &'a Item,
    /// The names.
    pub(crate) names: &'a [String],
    /// What is presented beside it.
    pub(crate) companion: Option<&'a ItemCompanion>,
}

/// What a service's configuration is made of.
pub(crate) struct Scene<'a> {
    /// The certificates that are installed now.
    pub(crate) placed: &'a [Placed<'a>],
    /// Every name with the website whose certificate will be presented for it, once these are in place.
    pub(crate) names: &'a BTreeMap<String, String>,
    /// The website whose certificate is for names that nobody has, likewise.
    pub(crate) default: Option<&'a str>,
    /// Tells which generation of a website's certificate will be in place, with its companion, likewise.
    pub(crate) generation: &'a dyn Fn(&str) -> Option<Generation>,
    /// Reads a file of the service as it was before this run.
    pub(crate) before: &'a dyn Fn(&Path) -> Option<String>,
}

/// What visitors of a name are promised of TLS.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Promise {
    /// The name.
    pub(crate) name: String,
    /// What.
    pub(crate) choice: HttpsChoice,
}

/// Names for which a service presents what its administrator configured, whatever AutoSSL puts in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Withheld {
    /// The names.
    pub(crate) names: Vec<String>,
    /// A stable code for the cause; `docs/logs.md` lists them.
    pub(crate) code: &'static str,
    /// What the administrator can do.
    pub(crate) detail: String,
}
