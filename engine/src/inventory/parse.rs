//! From the file to a checked inventory.

use super::domain::Addresses;
use super::error::{ImportError, ImportFault};
use super::file::{Package, User, Website, read_json, read_toml};
use super::located::Located;
use super::rules::{self, DEFAULT_OWNER, DEFAULT_PACKAGE};
use crate::model::FeatureSetting;
use crate::store::{ConfiguredCertificate, ImportedPackage, ImportedUser, ImportedWebsite, Inventory, Replaces};
use std::collections::HashMap;

/// The largest file, in MiB.
const MOST_MIB: usize = 64;

/// How an import file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportFormat {
    /// TOML 1.0.
    Toml,
    /// JSON (RFC 8259).
    Json,
}

/// Parse an import file as [`parse_with`] does; addresses must be public.
///
/// # Errors
/// As there.
pub fn parse(text: &str, format: ImportFormat) -> Result<Inventory, ImportError> {
    parse_with(text, format, Addresses::PublicOnly)
}

/// Parse an import file and check all that can be checked without the store.
///
/// A user's owner is `root` and the package `default` where the file does not say; a package that the file does not define is
/// left to the store.
///
/// # Errors
/// With the first thing that is wrong, and its line where that is known.
pub fn parse_with(text: &str, format: ImportFormat, addresses: Addresses) -> Result<Inventory, ImportError> {
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
    let mut check = Check { text, addresses, packages: HashMap::new(), users: HashMap::new(), domains: HashMap::new() };
    Ok(Inventory {
        packages: file.packages.iter().map(|package| check.package(package)).collect::<Result<_, _>>()?,
        users: file.users.iter().map(|user| check.user(user)).collect::<Result<_, _>>()?,
        replaces: Replaces::Everything,
    })
}

/// What the file has named so far, and where.
struct Check<'a> {
    text: &'a str,
    addresses: Addresses,
    packages: HashMap<String, &'a Located<'a>>,
    users: HashMap<String, &'a Located<'a>>,
    domains: HashMap<String, (String, &'a Located<'a>)>,
}

impl<'a> Check<'a> {
    fn package(&mut self, package: &'a Package<'a>) -> Result<ImportedPackage, ImportError> {
        let name = self.checked(&package.name, rules::package_name)?;
        if let Some(first) = self.packages.insert(name.clone(), &package.name) {
            let line = first.line(self.text);
            return Err(self.at(&package.name, ImportFault::Twice { kind: "package", name, line }));
        }
        let autossl = if package.autossl { FeatureSetting::On } else { FeatureSetting::Off };
        Ok(ImportedPackage { name, autossl })
    }

    fn user(&mut self, user: &'a User<'a>) -> Result<ImportedUser, ImportError> {
        let name = self.checked(&user.name, |name| rules::account_name("user", name))?;
        if let Some(first) = self.users.insert(name.clone(), &user.name) {
            let line = first.line(self.text);
            return Err(self.at(&user.name, ImportFault::Twice { kind: "user", name, line }));
        }
        let given =
            |value: &Option<Located<'_>>, check: &dyn Fn(&str) -> Result<String, ImportFault>, default: &str| {
                value.as_ref().map_or_else(|| Ok(default.to_owned()), |value| self.checked(value, check))
            };
        let email = given(&user.email, &|email| rules::email(email, &name), "")?;
        let owner = given(&user.owner, &|owner| rules::account_name("owner", owner), DEFAULT_OWNER)?;
        let package = given(&user.package, &rules::package_name, DEFAULT_PACKAGE)?;
        let websites = user.websites.iter().map(|website| self.website(website, &name)).collect::<Result<_, _>>()?;
        Ok(ImportedUser { name, email, owner, package, suspended: user.suspended, websites })
    }

    fn website(&mut self, website: &'a Website<'a>, user: &str) -> Result<ImportedWebsite, ImportError> {
        let domain = self.domain(&website.domain, user)?;
        let mut aliases = Vec::with_capacity(website.aliases.len());
        for alias in &website.aliases {
            let name = self.domain(alias, user)?;
            rules::together(&domain, &name, user).map_err(|fault| self.at(alias, fault))?;
            aliases.push(name);
        }
        let document_root = self.checked(&website.document_root, |root| rules::document_root(root, user))?;
        let configured_certificate = self.certificate(website, user)?;
        Ok(ImportedWebsite { domain, aliases, document_root, configured_certificate, ..ImportedWebsite::default() })
    }

    fn certificate(&self, website: &Website<'_>, user: &str) -> Result<Option<ConfiguredCertificate>, ImportError> {
        let path = |key: &'static str, path: &Located<'_>| {
            self.checked(path, |path| rules::absolute_path(key, path, user)).map(Into::into)
        };
        let key = website.key.as_ref().map(|key| path("key", key)).transpose()?;
        match (&website.certificate, &website.key) {
            (Some(certificate), _) => {
                Ok(Some(ConfiguredCertificate { certificate: path("certificate", certificate)?, key }))
            }
            (None, Some(alone)) => Err(self.at(alone, rules::key_alone(&alone.0, user))),
            (None, None) => Ok(None),
        }
    }

    fn domain(&mut self, input: &'a Located<'a>, user: &str) -> Result<String, ImportError> {
        let addresses = self.addresses;
        let name = self.checked(input, |input| rules::name(input, user, addresses))?;
        if let Some((owner, first)) = self.domains.insert(name.clone(), (user.to_owned(), input)) {
            let line = first.line(self.text);
            return Err(self.at(input, ImportFault::DomainTwice { name, user: user.to_owned(), owner, line }));
        }
        Ok(name)
    }

    fn checked(
        &self,
        value: &Located<'_>,
        check: impl FnOnce(&str) -> Result<String, ImportFault>,
    ) -> Result<String, ImportError> {
        check(&value.0).map_err(|fault| self.at(value, fault))
    }

    fn at(&self, place: &Located<'_>, fault: ImportFault) -> ImportError {
        ImportError { line: place.line(self.text), column: None, fault }
    }
}
