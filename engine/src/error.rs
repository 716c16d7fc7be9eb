//! Why the engine could not do what was asked.

use crate::access::{AccessError, SignInError};
use crate::acme::{AcmeError, ExternalAccountError};
use crate::dns01::DnsTrial;
use crate::inventory::apache::DiscoveryError;
use crate::inventory::{DomainError, ImportError, SourceError, SuspiciousLoss};
use crate::options::OptionError;
use crate::store::StoreError;
use std::path::PathBuf;

/// Why the engine could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The import file was refused; nothing was changed.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// Apache could not be asked for its websites.
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    /// Too many websites vanished at once.
    #[error(transparent)]
    Loss(SuspiciousLoss),
    /// The object comes from Apache's configuration and cannot be changed here.
    #[error("{object} is managed by Apache's configuration: change it there")]
    ManagedByApache {
        /// What was to be changed.
        object: String,
    },
    /// An option was not set.
    #[error(transparent)]
    Option(#[from] OptionError),
    /// A text is no domain name.
    #[error(transparent)]
    Domain(#[from] DomainError),
    /// A password or role was refused.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// An external account was refused.
    #[error(transparent)]
    ExternalAccount(#[from] ExternalAccountError),
    /// Nobody was signed in.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// The certificate authority refused or did not answer.
    #[error(transparent)]
    Acme(#[from] AcmeError),
    /// The provider is not in the catalogue.
    #[error("no provider named {0}")]
    UnknownProvider(String),
    /// AutoSSL has no access to a DNS zone of this name.
    #[error("no DNS zone named {0} is configured")]
    UnknownDnsZone(String),
    /// The DNS zone is in the configuration file, which counts.
    #[error("DNS zone {0} is in the configuration file: change it there")]
    ConfiguredDnsZone(String),
    /// A DNS zone cannot be as it is wanted; the text names it.
    #[error("{0}")]
    RefusedDnsZone(String),
    /// A DNS zone was tried and does not work.
    #[error("DNS zone {} was tried and is not saved: {}", .0.zone, .0.sentences())]
    DnsTrial(Box<DnsTrial>),
    /// A persistent validation record cannot be as it is wanted.
    #[error("persistent record of {domain}: {reason}")]
    PersistentRecord {
        /// The domain.
        domain: String,
        /// Why not.
        reason: String,
    },
    /// The provider's terms must be agreed to first.
    #[error("provider {provider} asks you to agree to its terms of service at {url}")]
    TermsNotAgreed {
        /// The provider.
        provider: String,
        /// Where the terms are.
        url: String,
    },
    /// The provider has no such profile.
    #[error("{provider} offers no profile {profile:?}; it offers {offered}")]
    UnknownProfile {
        /// The provider.
        provider: String,
        /// What was asked for.
        profile: String,
        /// What there is, in one line.
        offered: String,
    },
    /// A provider cannot be added or removed.
    #[error("provider {provider:?}: {reason}")]
    RefusedProvider {
        /// Its short name.
        provider: String,
        /// Why not.
        reason: String,
    },
    /// A provider's directory URL is none.
    #[error("provider {provider:?}: {reason}")]
    RefusedDirectory {
        /// Its short name.
        provider: String,
        /// What is wrong with the URL.
        reason: String,
    },
    /// AutoSSL ordered no such certificate.
    #[error("no certificate for {name}{serial}")]
    NoCertificate {
        /// The website's name.
        name: String,
        /// Which one was asked for, as a part of the sentence; empty where the one in use was.
        serial: String,
    },
    /// A certificate that is in use is revoked only by somebody who says so.
    #[error("nothing was revoked: {in_use} of {all} certificates are in use")]
    RevocationUnconfirmed {
        /// How many are in use.
        in_use: usize,
        /// How many were to be revoked.
        all: usize,
    },
    /// The provider was not reached; the revocation is written down.
    #[error("the revocation of certificate {serial} is written down and sent again by the next run: {reason}")]
    RevocationOpen {
        /// The certificate's serial number.
        serial: String,
        /// What the provider answered.
        reason: Box<EngineError>,
    },
    /// The certificate's file cannot be used.
    #[error("certificate {serial}: {reason}")]
    CertificateFile {
        /// The certificate's serial number.
        serial: String,
        /// Why not.
        reason: String,
    },
    /// No provider is chosen.
    #[error("no provider is selected: choose one with `autossl provider select ID --agree-tos`")]
    NoProvider,
    /// The configuration is wrong.
    #[error("configuration: {0}")]
    Configuration(String),
    /// A file cannot be read or written.
    #[error("{action} {path}")]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
}

impl From<SourceError> for EngineError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::File(error) => error.into(),
            SourceError::Apache(error) => error.into(),
        }
    }
}

/// What an error is to the person who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The object does not exist.
    NotFound,
    /// The request was wrong; the message says how.
    Invalid,
    /// Something else stands in its way.
    Conflict,
    /// Too many tries; the message says when to come back.
    Throttled,
    /// Not the person's fault; the message belongs in the server's log.
    Internal,
}

impl EngineError {
    /// Tell what the error is to the person who asked.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Store(StoreError::Conflict { .. } | StoreError::Refused { .. })
            | Self::RevocationUnconfirmed { .. }
            | Self::ManagedByApache { .. }
            | Self::ConfiguredDnsZone(_)
            | Self::Loss(_) => ErrorKind::Conflict,
            Self::Store(StoreError::NotFound { .. })
            | Self::NoCertificate { .. }
            | Self::UnknownProvider(_)
            | Self::UnknownDnsZone(_)
            | Self::Option(OptionError::Unknown(_)) => ErrorKind::NotFound,
            Self::SignIn(SignInError::Throttled { .. }) => ErrorKind::Throttled,
            Self::SignIn(SignInError::Wrong)
            | Self::Import(_)
            | Self::Option(_)
            | Self::Domain(_)
            | Self::Access(_)
            | Self::ExternalAccount(_)
            | Self::TermsNotAgreed { .. }
            | Self::UnknownProfile { .. }
            | Self::RefusedProvider { .. }
            | Self::RefusedDnsZone(_)
            | Self::DnsTrial(_)
            | Self::PersistentRecord { .. }
            | Self::RefusedDirectory { .. }
            | Self::NoProvider
            | Self::RevocationOpen { .. }
            | Self::Acme(_) => ErrorKind::Invalid,
            Self::CertificateFile { .. }
            | Self::Store(_)
            | Self::SignIn(_)
            | Self::Discovery(_)
            | Self::Configuration(_)
            | Self::File { .. } => ErrorKind::Internal,
        }
    }
}

/// The outcome of every call of the engine.
pub type EngineResult<T> = Result<T, EngineError>;

/// Write an error with its causes in one line.
pub(crate) fn error_line(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        line = format!("{line}: {cause}");
        source = cause.source();
    }
    line
}
