//! What Apache has and AutoSSL does not take over.

use super::super::DomainError;
use super::tree::Place;

/// A virtual host, or one of its names or settings, that AutoSSL does not take over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The `ServerName` as it is written, or else the addresses.
    pub vhost: String,
    /// The file; for a macro Apache's description of where it is defined and used.
    pub file: String,
    /// The line of its `<VirtualHost>`, within the macro if it is one.
    pub line: usize,
    /// Why.
    pub reason: SkipReason,
}

/// Why something is not taken over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SkipReason {
    /// It has no name of its own; aliases that are domain names still make a website.
    #[error("it has no ServerName")]
    Unnamed,
    /// One of its names is no domain name; the others still count.
    #[error(transparent)]
    BadName(DomainError),
    /// Its `ServerName` looks like a pattern, which Apache compares literally.
    #[error("its ServerName {name} is a wildcard, which matches nothing")]
    WildcardName {
        /// The name.
        name: String,
    },
    /// Apache ignores it, e.g. since its address does not resolve.
    #[error("apache serves it at no address")]
    NotServed,
    /// Apache serves it but does not show its directives, e.g. since mod_perl made it.
    #[error("apache serves it but does not show its configuration")]
    NotShown,
    /// Its document root depends on each request's host (mod_vhost_alias).
    #[error("its document root depends on the request (VirtualDocumentRoot)")]
    MassHosting,
    /// Its document root cannot be a path of the inventory.
    #[error("document root {root:?} is not an absolute path of printable characters")]
    BadRoot {
        /// The document root.
        root: String,
    },
    /// Another virtual host has the name already; the first in the configuration keeps it, a `ServerName` before aliases.
    #[error("{name} belongs to the virtual host at {file}:{line} already")]
    Duplicate {
        /// The name.
        name: String,
        /// Where the other stands.
        file: String,
        /// The line of the other.
        line: usize,
    },
    /// Another virtual host of the same website has another document root, which is taken.
    #[error("its document root {root} is not taken, the website has {taken}")]
    OtherRoot {
        /// This one's document root.
        root: String,
        /// The one that is taken.
        taken: String,
    },
    /// Another virtual host of the same website names another owner, who is taken.
    #[error("its owner {owner} is not taken, the website has {taken}")]
    OtherOwner {
        /// This one's owner.
        owner: String,
        /// The one who is taken.
        taken: String,
    },
    /// Nobody owns the website, and no fallback is configured.
    #[error("website {website} has no owner: {detail}")]
    NoOwner {
        /// The website's domain.
        website: String,
        /// Who is not an owner.
        detail: String,
    },
    /// All that is left of the website is the virtual host that AutoSSL wrote.
    #[error("only AutoSSL's own virtual host is left of it")]
    OwnOnly,
}

/// What is skipped, with the virtual host's rank in the configuration, to sort by.
pub(super) type Skip = (usize, Skipped);

/// Report a virtual host.
pub(super) fn skip(rank: usize, vhost: &str, place: &Place, reason: SkipReason) -> Skip {
    (rank, Skipped { vhost: vhost.to_owned(), file: place.file.to_string(), line: place.line, reason })
}
