//! What people change by hand, checked as import files are.

use super::domain::Addresses;
use super::error::ImportFault;
use super::rules::{self, DEFAULT_OWNER, DEFAULT_PACKAGE};
use crate::error::{EngineError, EngineResult};
use crate::model::InventorySource;
use crate::store::{ImportedUser, ImportedWebsite, Inventory, OwnedWebsite, Replaces, StoreError};

/// A user to add, as people write it. What is empty has the default of import files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewUser {
    /// The account's name.
    pub name: String,
    /// Where notifications go.
    pub email: String,
    /// The owning reseller.
    pub owner: String,
    /// The package.
    pub package: String,
}

impl NewUser {
    /// Check what was written.
    pub(crate) fn checked(self) -> Result<ImportedUser, ImportFault> {
        let or = |value: String, default: &str| if value.is_empty() { default.to_owned() } else { value };
        let name = rules::account_name("user", &self.name)?;
        Ok(ImportedUser {
            email: rules::email(&self.email, &name)?,
            owner: rules::account_name("owner", &or(self.owner, DEFAULT_OWNER))?,
            package: rules::package_name(&or(self.package, DEFAULT_PACKAGE))?,
            suspended: false,
            websites: Vec::new(),
            name,
        })
    }
}

/// A change to the websites of one user; names are checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Edit {
    /// Add a website.
    Add(ImportedWebsite),
    /// Remove the website with this primary name.
    Remove(String),
    /// Add an alias to a website.
    AddAlias {
        /// Its primary name.
        website: String,
        /// The alias.
        alias: String,
    },
    /// Remove an alias from a website.
    RemoveAlias {
        /// Its primary name.
        website: String,
        /// The alias.
        alias: String,
    },
}

impl Edit {
    /// Check a website to add; without a document root it is the one that hosting servers have most often.
    pub(crate) fn add(
        user: &str,
        domain: &str,
        aliases: &[String],
        root: &str,
        addresses: Addresses,
    ) -> Result<Self, ImportFault> {
        let domain = rules::name(domain, user, addresses)?;
        let mut names: Vec<String> = Vec::new();
        for alias in aliases {
            let name = rules::name(alias, user, addresses)?;
            rules::together(&domain, &name, user)?;
            if name == domain || names.contains(&name) {
                let (user, owner) = (user.to_owned(), user.to_owned());
                return Err(ImportFault::DomainTwice { name, user, owner, line: None });
            }
            names.push(name);
        }
        let root = if root.is_empty() { format!("/home/{user}/public_html") } else { root.to_owned() };
        let document_root = rules::document_root(&root, user)?;
        Ok(Self::Add(ImportedWebsite { domain, aliases: names, document_root, ..ImportedWebsite::default() }))
    }

    /// Make it to all websites of the user.
    ///
    /// # Errors
    /// Where the website or alias is not there, a name is there already, or another source manages the website.
    pub(crate) fn apply(self, user: &str, stored: Vec<OwnedWebsite>) -> EngineResult<Inventory> {
        let mut websites: Vec<ImportedWebsite> = stored.into_iter().map(|owned| owned.website).collect();
        match self {
            Self::Add(website) => {
                let known = |name: &&String| has(&websites, name);
                if let Some(name) = std::iter::once(&website.domain).chain(&website.aliases).find(known) {
                    return Err(StoreError::Conflict { kind: "domain", name: name.clone() }.into());
                }
                websites.push(website);
            }
            Self::Remove(domain) => {
                let place = place(&websites, &domain)?;
                websites.remove(place);
            }
            Self::AddAlias { website, alias } => {
                let place = place(&websites, &website)?;
                if has(&websites, &alias) {
                    return Err(StoreError::Conflict { kind: "domain", name: alias }.into());
                }
                websites[place].aliases.push(alias);
            }
            Self::RemoveAlias { website, alias } => {
                let place = place(&websites, &website)?;
                let aliases = &mut websites[place].aliases;
                let Some(alias) = aliases.iter().position(|known| *known == alias) else {
                    return Err(StoreError::NotFound { kind: "alias", name: alias }.into());
                };
                aliases.remove(alias);
            }
        }
        let user = rules::user_with(user.to_owned(), websites);
        Ok(Inventory { packages: Vec::new(), users: vec![user], replaces: Replaces::Websites })
    }
}

fn has(websites: &[ImportedWebsite], name: &String) -> bool {
    websites.iter().any(|website| website.domain == *name || website.aliases.contains(name))
}

/// Find a website that is changed by hand.
fn place(websites: &[ImportedWebsite], domain: &str) -> EngineResult<usize> {
    let place = websites.iter().position(|website| website.domain == domain);
    let place = place.ok_or_else(|| StoreError::NotFound { kind: "website", name: domain.to_owned() })?;
    match websites[place].source {
        InventorySource::Database => Ok(place),
        InventorySource::Apache => Err(EngineError::ManagedByApache { object: format!("website {domain}") }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(source: InventorySource, names: &[&str]) -> OwnedWebsite {
        let aliases = names[1..].iter().map(|name| (*name).to_owned()).collect();
        let website = ImportedWebsite { domain: names[0].into(), aliases, source, ..ImportedWebsite::default() };
        OwnedWebsite { user: "alice".into(), website }
    }

    fn stored() -> Vec<OwnedWebsite> {
        let here = InventorySource::Database;
        vec![owned(here, &["a.test", "www.a.test"]), owned(InventorySource::Apache, &["b.test"])]
    }

    fn names(edit: Edit) -> Result<Vec<String>, String> {
        let inventory = edit.apply("alice", stored()).map_err(|error| error.to_string())?;
        let websites = inventory.users[0].websites.iter();
        let names = websites.map(|website| [vec![website.domain.clone()], website.aliases.clone()].concat().join(" "));
        Ok(names.collect())
    }

    fn alias(make: fn(String, String) -> Edit, website: &str, alias: &str) -> Result<Vec<String>, String> {
        names(make(website.into(), alias.into()))
    }

    #[test]
    fn websites_and_aliases_are_added_and_removed() {
        let add = |website, alias| Edit::AddAlias { website, alias };
        let remove = |website, alias| Edit::RemoveAlias { website, alias };
        let new = Edit::add("alice", "Bücher.test", &["www.bücher.test".into()], "", Addresses::PublicOnly).unwrap();
        assert_eq!(names(new).unwrap()[2], "xn--bcher-kva.test www.xn--bcher-kva.test");
        assert_eq!(names(Edit::Remove("a.test".into())).unwrap(), ["b.test"]);
        assert_eq!(alias(add, "a.test", "m.a.test").unwrap()[0], "a.test www.a.test m.a.test");
        assert_eq!(alias(remove, "a.test", "www.a.test").unwrap()[0], "a.test");
        assert_eq!(alias(add, "a.test", "b.test").unwrap_err(), "domain b.test exists already");
        assert_eq!(alias(remove, "a.test", "a.test").unwrap_err(), "no alias named a.test");
        assert_eq!(alias(add, "c.test", "m.a.test").unwrap_err(), "no website named c.test");
    }

    #[test]
    fn what_apache_manages_is_not_changed_here() {
        let refused = names(Edit::Remove("b.test".into())).unwrap_err();
        assert_eq!(refused, "website b.test is managed by Apache's configuration: change it there");
    }

    #[test]
    fn what_an_import_refuses_is_refused_here_in_the_same_words() {
        let refused = |domain, aliases: &[&str], root| {
            let aliases: Vec<String> = aliases.iter().map(|alias| (*alias).to_owned()).collect();
            Edit::add("alice", domain, &aliases, root, Addresses::PublicOnly).unwrap_err().to_string()
        };
        assert_eq!(refused("localhost", &[], ""), "domain \"localhost\" of user alice: it needs at least two labels");
        assert_eq!(
            refused("c.test", &["C.test"], ""),
            "domain \"c.test\" of user alice is named twice, first for user alice"
        );
        assert_eq!(
            refused("c.test", &[], "www"),
            "document_root \"www\" of user alice: it must be an absolute path without control characters"
        );
        let user = NewUser { name: "Alice".into(), ..NewUser::default() }.checked().unwrap_err();
        assert!(user.to_string().starts_with("user \"Alice\": it must be 1 to 32 of a-z"), "{user}");
    }
}
