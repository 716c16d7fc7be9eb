//! The certificates that services read, by name. Each service has a view of its own, which only it and we can read:
//!
//! ```text
//! <store>/<service>/certificates/<website>/<generation>/   combined.pem (chain, then key), fullchain.pem, key.pem
//! <store>/<service>/certificates/<website>/<generation>+<companion>/   the same, and combined-rsa.pem, fullchain-rsa.pem, key-rsa.pem
//! <store>/<service>/certificates/<website>/current -> <generation>         what is in place
//! <store>/<service>/certificates/<website>/proved -> <generation>          what was seen to be presented last
//! <store>/<service>/names/<name> -> ../certificates/<website>/current      `_.example.net` for `*.example.net`
//! <store>/<service>/names/default -> …                                     for names that nobody has
//! ```
//!
//! A renewal is one rename for all names of a certificate, and so is a name's way from one website to another. Files have their
//! final owner and mode before they have their name; nothing is written through a path that others could lead elsewhere. What
//! enters was checked by the driver of the installers; what a service makes of it is left to its installer.

mod access;
mod fallback;
mod generation;
mod safe_dir;
mod view;

pub(crate) use access::{Access, number_of};
pub(crate) use generation::Generation;
pub(crate) use safe_dir::SafeDir;
pub(crate) use view::{DEFAULT, Pair, View};

use crate::analyze::is_covered;
use std::io;
use std::path::{Path, PathBuf};

/// The file with the chain and the key of a companion, beside those of its certificate.
pub(crate) const COMPANION: &str = "combined-rsa.pem";

/// Where a service's view is, and who may read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    dir: PathBuf,
    access: Access,
    hostname: Option<String>,
}

impl Place {
    /// Name a service's view in the store at `store`. `hostname` is the server's own name, whose certificate counts for names that
    /// nobody has.
    pub(crate) fn new(store: &Path, service: &str, access: Access, hostname: Option<&str>) -> Self {
        Self { dir: store.join(service), access, hostname: hostname.map(str::to_owned) }
    }

    /// Name the directory in which a service finds a directory for each name.
    pub(crate) fn names_dir(&self) -> PathBuf {
        self.dir.join("names")
    }

    /// Name the file with the chain and the key that are presented for a name.
    pub(crate) fn combined_of_name(&self, name: &str) -> PathBuf {
        self.names_dir().join(as_entry(name)).join("combined.pem")
    }

    /// Tell whether a file is one of the certificates of this view.
    pub(crate) fn holds(&self, file: &Path) -> bool {
        file.starts_with(self.dir.join("certificates"))
    }

    /// Tell whether names that nobody has get the certificate that is signed by itself.
    pub(crate) fn default_is_self_signed(&self) -> bool {
        let target = std::fs::read_link(self.names_dir().join(DEFAULT)).ok();
        target.and_then(|target| view::website_in(target.to_str()?)).is_none_or(|website| website == view::SELF_SIGNED)
    }

    /// Name the directory with the certificate that is in place for a website.
    pub(crate) fn certificate_dir(&self, website: &str) -> PathBuf {
        self.dir.join("certificates").join(as_entry(website)).join("current")
    }

    /// Name the file with the chain and the key that are in place for a website.
    pub(crate) fn combined(&self, website: &str) -> PathBuf {
        self.certificate_dir(website).join("combined.pem")
    }

    /// Name the file with the chain and the key of a generation of a website's, which never changes.
    pub(crate) fn generation(&self, website: &str, generation: Generation) -> PathBuf {
        self.dir.join("certificates").join(as_entry(website)).join(generation.to_string()).join("combined.pem")
    }

    /// Name the file with the chain and the key of the companion that is in place for a website, beside its certificate.
    pub(crate) fn companion(&self, website: &str) -> PathBuf {
        self.certificate_dir(website).join(COMPANION)
    }

    /// Add the server's own name to the names for which a certificate is presented, where it covers that one.
    pub(crate) fn with_hostname(&self, mut names: Vec<String>, covered: &[String]) -> Vec<String> {
        if let Some(hostname) = self.hostname.as_ref().filter(|hostname| is_covered(hostname, covered))
            && !is_covered(hostname, &names)
        {
            names.push(hostname.clone());
        }
        names
    }

    /// Open the view, making what is missing of it.
    ///
    /// # Errors
    /// Where a directory on the way belongs to somebody else or can be changed by others, or the group does not exist.
    pub(crate) fn open(&self) -> io::Result<View> {
        View::open(&self.dir, &self.access, self.hostname.as_deref())
    }
}

/// Write a name as an entry of a directory: it has no slash, and, once checked, no underscore, which can stand for the star.
pub(crate) fn as_entry(name: &str) -> String {
    name.replace('*', "_")
}

/// Read an entry that [`as_entry`] wrote.
fn as_name(entry: &str) -> String {
    entry.replace('_', "*")
}
