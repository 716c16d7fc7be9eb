//! Everything that is AutoSSL, and nothing that is HTTP or HTML.
//!
//! Without the feature `host` only [`model`] exists: the words that the browser shares with the server.

pub mod model;

#[cfg(feature = "host")]
pub mod access;
#[cfg(feature = "host")]
mod acme;
#[cfg(feature = "host")]
pub mod analyze;
#[cfg(feature = "host")]
mod any_certificate;
#[cfg(feature = "host")]
pub mod budget;
#[cfg(feature = "host")]
pub mod clock;
#[cfg(feature = "host")]
pub mod config;
#[cfg(feature = "host")]
pub mod dcv;
#[cfg(feature = "host")]
pub mod deputy;
#[cfg(feature = "host")]
pub mod dns01;
#[cfg(feature = "host")]
pub mod doctor;
#[cfg(feature = "host")]
mod engine;
#[cfg(feature = "host")]
mod error;
#[cfg(feature = "host")]
mod install;
#[cfg(feature = "host")]
pub mod inventory;
#[cfg(feature = "host")]
pub mod logbook;
#[cfg(feature = "host")]
mod machine;
#[cfg(feature = "host")]
mod options;
#[cfg(feature = "host")]
pub mod panel;
#[cfg(feature = "host")]
pub mod plan;
#[cfg(feature = "host")]
mod process_group;
#[cfg(feature = "host")]
mod provider;
#[cfg(feature = "host")]
pub mod queue;
#[cfg(feature = "host")]
mod revocation;
#[cfg(feature = "host")]
mod run;
#[cfg(feature = "host")]
pub mod store;
#[cfg(feature = "host")]
mod tls_store;
#[cfg(feature = "host")]
mod vault;
#[cfg(feature = "host")]
mod x509;

#[cfg(feature = "host")]
pub use acme::{AcmeError, ExternalAccount, ExternalAccountError, NameFailure};
#[cfg(feature = "host")]
pub use engine::{
    DnsAuthor, DnsPatience, DnsProof, Engine, PersistScope, PersistWish, ProviderTest, RevocationRequest, TermsAnswer,
};
#[cfg(feature = "host")]
pub use error::{EngineError, EngineResult, ErrorKind};
#[cfg(feature = "host")]
pub use options::{Confirmation, OptionError};
#[cfg(feature = "host")]
pub use provider::order::Shift;
