//! The inventory: which users, websites and names there are, and where that is known from.
//!
//! A [`Source`] tells: an import file, this server's Apache, or nobody but the database. What is refused here is wrong whatever the
//! store holds; what depends on the store (a name that another user has, a package that neither knows) the store refuses.

pub mod apache;
mod changes;
mod domain;
mod edit;
mod error;
mod file;
mod located;
mod parse;
mod per_host;
mod rules;
mod source;

pub use crate::run::sync::{Intent, Synced};
pub use changes::{Change, Changes, Loss, MOST_LOST_PERCENT, Reconciled, SuspiciousLoss, reconcile};
pub use domain::{Addresses, DomainError, DomainName, checked_name, display_name};
pub(crate) use edit::Edit;
pub use edit::NewUser;
pub use error::{ImportError, ImportFault};
pub use parse::{ImportFormat, parse, parse_with};
pub use per_host::per_host;
pub(crate) use per_host::regroup;
pub use rules::is_account_name;
pub(crate) use rules::{name as checked_name_of, together};
pub(crate) use source::configured as configured_source;
pub use source::{Database, ImportFile, Snapshot, Source, SourceError};
