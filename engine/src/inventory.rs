//! The import file: users, packages and websites as TOML or JSON, parsed and checked as a whole.
//!
//! What is refused here is wrong whatever the store holds; what depends on the store (a name that another user has, a package
//! that neither knows) the store refuses.

pub mod apache;
mod domain;
mod error;
mod file;
mod located;
mod parse;

pub use domain::{DomainError, DomainName, display_name};
pub use error::{ImportError, ImportFault};
pub use parse::{ImportFormat, is_account_name, parse};
