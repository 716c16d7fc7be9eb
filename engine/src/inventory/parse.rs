//! From the file to a checked inventory.

use super::domain::{DomainName, quote};
use super::error::{ImportError, ImportFault};
use super::file::{Package, User, Website, read_json, read_toml};
use super::located::Located;
use crate::model::FeatureSetting;
use crate::store::{CertificateFiles, ImportedPackage, ImportedUser, ImportedWebsite, Inventory};
use std::collections::HashMap;

/// The largest file, in MiB.
const MOST_MIB: usize = 64;

/// The most characters of an account's name.
const MOST_NAME: usize = 32;

/// The most characters of a package's name.
const MOST_PACKAGE: usize = 64;

const DEFAULT_OWNER: &str = "root";
const DEFAULT_PACKAGE: &str = "default";

/// How an import file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportFormat {
    /// TOML 1.0.
    Toml,
    /// JSON (RFC 8259).
    Json,
}

/// Parse an import file and check all that can be checked without the store.
///
/// A user's owner is `root` and the package `default` where the file does not say; a package that the file does not define is
/// left to the store.
///
/// # Errors
/// With the first thing that is wrong, and its line where that is known.
pub fn parse(text: &str, format: ImportFormat) -> Result<Inventory, ImportError> {
    if text.len() > MOST_MIB << 20 {
        return Err(ImportFault::TooLarge { limit: MOST_MIB }.into());
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(ImportFault::Empty.into());
    }
    let file = match format {
        ImportFormat::Toml => read_toml(text)?,
        ImportFormat::Json => read_json(text)?,
    };
    if file.packages.is_empty() && file.users.is_empty() {
        return Err(ImportFault::Empty.into());
    }
    let mut check = Check { text, packages: HashMap::new(), users: HashMap::new(), domains: HashMap::new() };
    Ok(Inventory {
        packages: file.packages.iter().map(|package| check.package(package)).collect::<Result<_, _>>()?,
        users: file.users.iter().map(|user| check.user(user)).collect::<Result<_, _>>()?,
    })
}

/// Tell whether a text may be the name of a user, an owner or an administrator.
#[must_use]
pub fn is_account_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.len() <= MOST_NAME
        && name.bytes().next().is_some_and(plain)
        && name.bytes().all(|byte| plain(byte) || matches!(byte, b'_' | b'.' | b'-'))
}

/// What the file has named so far, and where.
struct Check<'a> {
    text: &'a str,
    packages: HashMap<String, &'a Located<'a>>,
    users: HashMap<String, &'a Located<'a>>,
    domains: HashMap<String, (String, &'a Located<'a>)>,
}

impl<'a> Check<'a> {
    fn package(&mut self, package: &'a Package<'a>) -> Result<ImportedPackage, ImportError> {
        let name = self.package_name(&package.name)?;
        if let Some(first) = self.packages.insert(name.clone(), &package.name) {
            let line = first.line(self.text);
            return Err(self.at(&package.name, ImportFault::Twice { kind: "package", name, line }));
        }
        let autossl = if package.autossl { FeatureSetting::On } else { FeatureSetting::Off };
        Ok(ImportedPackage { name, autossl })
    }

    fn user(&mut self, user: &'a User<'a>) -> Result<ImportedUser, ImportError> {
        let name = self.account_name("user", &user.name)?;
        if let Some(first) = self.users.insert(name.clone(), &user.name) {
            let line = first.line(self.text);
            return Err(self.at(&user.name, ImportFault::Twice { kind: "user", name, line }));
        }
        let email = user.email.as_ref().map_or(Ok(String::new()), |email| self.email(email, &name))?;
        let owner =
            user.owner.as_ref().map_or(Ok(DEFAULT_OWNER.to_owned()), |owner| self.account_name("owner", owner))?;
        let package =
            user.package.as_ref().map_or(Ok(DEFAULT_PACKAGE.to_owned()), |package| self.package_name(package))?;
        let websites = user.websites.iter().map(|website| self.website(website, &name)).collect::<Result<_, _>>()?;
        Ok(ImportedUser { name, email, owner, package, suspended: user.suspended, websites })
    }

    fn website(&mut self, website: &'a Website<'a>, user: &str) -> Result<ImportedWebsite, ImportError> {
        let domain = self.domain(&website.domain, user)?;
        let aliases = website.aliases.iter().map(|alias| self.domain(alias, user)).collect::<Result<_, _>>()?;
        let document_root = self.path("document_root", &website.document_root, user)?;
        let certificate = self.certificate(website, user)?;
        Ok(ImportedWebsite { domain, aliases, document_root, certificate })
    }

    fn certificate(&self, website: &Website<'_>, user: &str) -> Result<Option<CertificateFiles>, ImportError> {
        let key = website.key.as_ref().map(|key| self.path("key", key, user)).transpose()?;
        match (&website.certificate, &website.key) {
            (Some(path), _) => Ok(Some(CertificateFiles { certificate: self.path("certificate", path, user)?, key })),
            (None, Some(path)) => Err(self.bad_value("key", path, user, "it is of no use without a certificate")),
            (None, None) => Ok(None),
        }
    }

    fn path(&self, key: &'static str, path: &Located<'_>, user: &str) -> Result<String, ImportError> {
        if path.0.starts_with('/') && !path.0.chars().any(char::is_control) {
            return Ok(path.0.clone().into_owned());
        }
        Err(self.bad_value(key, path, user, "it must be an absolute path without control characters"))
    }

    fn domain(&mut self, input: &'a Located<'a>, user: &str) -> Result<String, ImportError> {
        let name = DomainName::parse(&input.0)
            .map_err(|error| self.at(input, ImportFault::BadDomain { user: user.to_owned(), error }))?
            .into_string();
        if let Some((owner, first)) = self.domains.insert(name.clone(), (user.to_owned(), input)) {
            let line = first.line(self.text);
            return Err(self.at(input, ImportFault::DomainTwice { name, user: user.to_owned(), owner, line }));
        }
        Ok(name)
    }

    fn account_name(&self, kind: &'static str, name: &Located<'_>) -> Result<String, ImportError> {
        if is_account_name(&name.0) {
            return Ok(name.0.clone().into_owned());
        }
        let rule = "it must be 1 to 32 of a-z, 0-9, '_', '.' and '-', and begin with a letter or digit";
        Err(self.at(name, ImportFault::BadName { kind, name: quote(&name.0), rule }))
    }

    fn package_name(&self, name: &Located<'_>) -> Result<String, ImportError> {
        let length = name.0.chars().take(MOST_PACKAGE + 1).count();
        if name.0.trim() == name.0 && (1..=MOST_PACKAGE).contains(&length) && !name.0.chars().any(char::is_control) {
            return Ok(name.0.clone().into_owned());
        }
        let rule = "it must be 1 to 64 characters without control characters or outer spaces";
        Err(self.at(name, ImportFault::BadName { kind: "package", name: quote(&name.0), rule }))
    }

    fn email(&self, email: &Located<'_>, user: &str) -> Result<String, ImportError> {
        let unclean = |character: char| character.is_control() || character.is_whitespace();
        if email.0.is_empty() || (email.0.contains('@') && email.0.len() <= 254 && !email.0.contains(unclean)) {
            return Ok(email.0.clone().into_owned());
        }
        Err(self.bad_value("email", email, user, "it must be one address, or empty"))
    }

    fn bad_value(&self, key: &'static str, value: &Located<'_>, user: &str, rule: &'static str) -> ImportError {
        self.at(value, ImportFault::BadValue { key, value: quote(&value.0), user: user.to_owned(), rule })
    }

    fn at(&self, place: &Located<'_>, fault: ImportFault) -> ImportError {
        ImportError { line: place.line(self.text), column: None, fault }
    }
}
