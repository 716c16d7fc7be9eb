//! The text of Dovecot's blocks, in the words of its version.

use crate::install::mail;
use std::path::Path;

/// The first line of our file.
pub(super) const HEAD: &str = "# Written by AutoSSL. Changes made here are lost at the next certificate.\n";

/// The words that a version knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// Up to 2.3: `ssl_cert = <FILE`.
    Before2_4,
    /// From 2.4: `ssl_server_cert_file = FILE`.
    Since2_4,
}

impl Syntax {
    /// Read what `dovecot --version` says, such as `2.3.19.1 (9b53102964)`.
    pub(super) fn of(version: &str) -> Option<Self> {
        let mut numbers = version.trim().split(['.', ' ', '-', '~']).map_while(|part| part.parse::<u32>().ok());
        match (numbers.next()?, numbers.next()?) {
            (major, minor) if (major, minor) >= (2, 4) => Some(Self::Since2_4),
            (2, 2..=3) => Some(Self::Before2_4),
            _ => None,
        }
    }

    /// Write the blocks of a certificate: one where the version takes several names in it, which cost as much as one; else one a name.
    pub(super) fn blocks(self, names: &[&str], certificate: &Path) -> Result<String, String> {
        let file = |name: &str| mail::plain(&certificate.join(name));
        match self {
            Self::Before2_4 => {
                let (names, combined) = (names.join(" "), file("combined.pem")?);
                Ok(format!("local_name \"{names}\" {{\n  ssl_cert = <{combined}\n  ssl_key = <{combined}\n}}\n"))
            }
            Self::Since2_4 => {
                let (chain, key) = (file("fullchain.pem")?, file("key.pem")?);
                let block = |name: &&str| {
                    format!(
                        "local_name {name} {{\n  ssl_server_cert_file = {chain}\n  ssl_server_key_file = {key}\n}}\n"
                    )
                };
                Ok(names.iter().map(block).collect())
            }
        }
    }
}

/// Count the blocks of a file.
pub(super) fn count(text: &str) -> usize {
    text.lines().filter(|line| line.starts_with("local_name ")).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_decides_on_the_words() {
        assert_eq!(Syntax::of("2.3.19.1 (9b53102964)\n"), Some(Syntax::Before2_4));
        assert_eq!(Syntax::of("2.4.1-4 (7d8c0e5759)"), Some(Syntax::Since2_4));
        assert_eq!(Syntax::of("3.0.0"), Some(Syntax::Since2_4));
        for unknown in ["1.2.17", "", "dovecot: command not found"] {
            assert_eq!(Syntax::of(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn a_certificate_has_one_block_for_all_of_its_names_where_the_version_takes_that() {
        let dir = Path::new("/tls/dovecot/certificates/a.test/current");
        let old = Syntax::Before2_4.blocks(&["imap.a.test", "*.a.test"], dir).unwrap();
        let combined = "/tls/dovecot/certificates/a.test/current/combined.pem";
        assert_eq!(
            old,
            format!("local_name \"imap.a.test *.a.test\" {{\n  ssl_cert = <{combined}\n  ssl_key = <{combined}\n}}\n")
        );
        let new = Syntax::Since2_4.blocks(&["imap.a.test", "*.a.test"], dir).unwrap();
        assert!(
            new.contains("  ssl_server_cert_file = /tls/dovecot/certificates/a.test/current/fullchain.pem\n"),
            "{new}"
        );
        assert!(new.contains("  ssl_server_key_file = /tls/dovecot/certificates/a.test/current/key.pem\n"), "{new}");
        assert!(new.starts_with("local_name imap.a.test {\n") && new.contains("\nlocal_name *.a.test {\n"), "{new}");
        assert_eq!((count(&old), count(&new)), (1, 2), "2.4 takes one name a block");
        assert!(Syntax::Before2_4.blocks(&["a.test"], Path::new("/t l s")).is_err());
    }
}
