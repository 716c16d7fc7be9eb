//! What names, addresses and paths must be like, wherever they come from: import files, the interface, the command line.

use super::domain::{Addresses, DomainError, checked_name, quote};
use super::error::ImportFault;
use crate::analyze::address_of;
use crate::store::{ImportedUser, ImportedWebsite};

/// The most characters of an account's name.
const MOST_NAME: usize = 32;

/// The most characters of a package's name.
const MOST_PACKAGE: usize = 64;

/// The most characters of an address (RFC 5321, section 4.5.3.1.3).
const MOST_EMAIL: usize = 254;

/// Who owns a user where nobody says.
pub(crate) const DEFAULT_OWNER: &str = "root";

/// What package a user has where nobody says.
pub(crate) const DEFAULT_PACKAGE: &str = "default";

/// A user as a revision of its websites names it: of an account that exists, nothing else counts.
pub(crate) fn user_with(name: String, websites: Vec<ImportedWebsite>) -> ImportedUser {
    let (owner, package) = (DEFAULT_OWNER.into(), DEFAULT_PACKAGE.into());
    ImportedUser { name, email: String::new(), owner, package, suspended: false, websites }
}

/// Tell whether a text may be the name of a user, an owner or an administrator.
#[must_use]
pub fn is_account_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.len() <= MOST_NAME
        && name.bytes().next().is_some_and(plain)
        && name.bytes().all(|byte| plain(byte) || matches!(byte, b'_' | b'.' | b'-'))
}

/// Check the name of a user or an owner, whichever `kind` says.
pub(crate) fn account_name(kind: &'static str, name: &str) -> Result<String, ImportFault> {
    if is_account_name(name) {
        return Ok(name.to_owned());
    }
    let rule = "it must be 1 to 32 of a-z, 0-9, '_', '.' and '-', and begin with a letter or digit";
    Err(ImportFault::BadName { kind, name: quote(name), rule })
}

/// Check a package's name.
pub(crate) fn package_name(name: &str) -> Result<String, ImportFault> {
    let length = name.chars().take(MOST_PACKAGE + 1).count();
    if name.trim() == name && (1..=MOST_PACKAGE).contains(&length) && !name.chars().any(char::is_control) {
        return Ok(name.to_owned());
    }
    let rule = "it must be 1 to 64 characters without control characters or outer spaces";
    Err(ImportFault::BadName { kind: "package", name: quote(name), rule })
}

/// Check the address that a user is notified at; empty is none.
pub(crate) fn email(email: &str, user: &str) -> Result<String, ImportFault> {
    let unclean = |character: char| character.is_control() || character.is_whitespace();
    if email.is_empty() || (email.contains('@') && email.len() <= MOST_EMAIL && !email.contains(unclean)) {
        return Ok(email.to_owned());
    }
    Err(bad_value("email", email, user, "it must be one address, or empty"))
}

/// Check a name of a user's website: a domain name, written as A-labels, or one of these addresses in its canonical form.
pub(crate) fn name(input: &str, user: &str, addresses: Addresses) -> Result<String, ImportFault> {
    let name = checked_name(input).map_err(|error| ImportFault::BadDomain { user: user.to_owned(), error })?;
    match address_of(&name).and_then(|address| addresses.refusal(address)) {
        Some(kind) => {
            let reason = format!("it is an address that is not public ({kind}), and no provider may be at such a one");
            Err(bad_domain(input, user, reason))
        }
        None => Ok(name),
    }
}

/// Refuse a website with domain names and addresses: it would need two kinds of certificates, and a web server that is asked for an
/// address is not told which website is meant.
pub(crate) fn together(domain: &str, alias: &str, user: &str) -> Result<(), ImportFault> {
    if address_of(domain).is_some() == address_of(alias).is_some() {
        return Ok(());
    }
    Err(bad_domain(
        alias,
        user,
        format!("{domain} has it for a website, but an address and a domain name cannot share one"),
    ))
}

fn bad_domain(input: &str, user: &str, reason: String) -> ImportFault {
    ImportFault::BadDomain { user: user.to_owned(), error: DomainError { input: quote(input), reason } }
}

/// Check the directory that the web server serves for a website of a user.
pub(crate) fn document_root(root: &str, user: &str) -> Result<String, ImportFault> {
    absolute_path("document_root", root, user)
}

/// Check a path of a user's website, which `key` names.
pub(crate) fn absolute_path(key: &'static str, path: &str, user: &str) -> Result<String, ImportFault> {
    if path.starts_with('/') && !path.chars().any(char::is_control) {
        return Ok(path.to_owned());
    }
    Err(bad_value(key, path, user, "it must be an absolute path without control characters"))
}

/// Refuse the path of a private key that stands alone.
pub(crate) fn key_alone(key: &str, user: &str) -> ImportFault {
    bad_value("key", key, user, "it is of no use without a certificate")
}

fn bad_value(key: &'static str, value: &str, user: &str, rule: &'static str) -> ImportFault {
    ImportFault::BadValue { key, value: quote(value), user: user.to_owned(), rule }
}
