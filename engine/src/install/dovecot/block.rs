//! The text of Dovecot's blocks, in the words of its version.

use crate::install::mail;
use std::path::Path;

/// The first line of our file.
pub(super) const HEAD: &str = "# Written by AutoSSL. Changes made here are lost at the next certificate.\n";

/// What is presented for the names of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Certificates {
    /// One certificate.
    Alone,
    /// Two, of which Dovecot chooses by the kind of key that the client can do.
    WithCompanion,
}

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
    pub(super) fn blocks(
        self,
        names: &[&str],
        certificate: &Path,
        certificates: Certificates,
    ) -> Result<String, String> {
        let mut settings = self.settings(certificate, ["", ""])?;
        if certificates == Certificates::WithCompanion {
            settings += &self.settings(certificate, ["alt_", "-rsa"])?;
        }
        Ok(match self {
            Self::Before2_4 => format!("local_name \"{}\" {{\n{settings}}}\n", names.join(" ")),
            Self::Since2_4 => names.iter().map(|name| format!("local_name {name} {{\n{settings}}}\n")).collect(),
        })
    }

    /// Write the settings of one chain with its key; `alt` is what the settings of the second one have in their names.
    fn settings(self, certificate: &Path, [alt, ending]: [&str; 2]) -> Result<String, String> {
        let file = |name: &str| mail::plain(&certificate.join(format!("{name}{ending}.pem")));
        Ok(match self {
            Self::Before2_4 => {
                let combined = file("combined")?;
                format!("  ssl_{alt}cert = <{combined}\n  ssl_{alt}key = <{combined}\n")
            }
            Self::Since2_4 => {
                let (chain, key) = (file("fullchain")?, file("key")?);
                format!("  ssl_server_{alt}cert_file = {chain}\n  ssl_server_{alt}key_file = {key}\n")
            }
        })
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
        let old = Syntax::Before2_4.blocks(&["imap.a.test", "*.a.test"], dir, Certificates::Alone).unwrap();
        let combined = "/tls/dovecot/certificates/a.test/current/combined.pem";
        assert_eq!(
            old,
            format!("local_name \"imap.a.test *.a.test\" {{\n  ssl_cert = <{combined}\n  ssl_key = <{combined}\n}}\n")
        );
        let new = Syntax::Since2_4.blocks(&["imap.a.test", "*.a.test"], dir, Certificates::Alone).unwrap();
        assert!(
            new.contains("  ssl_server_cert_file = /tls/dovecot/certificates/a.test/current/fullchain.pem\n"),
            "{new}"
        );
        assert!(new.contains("  ssl_server_key_file = /tls/dovecot/certificates/a.test/current/key.pem\n"), "{new}");
        assert!(new.starts_with("local_name imap.a.test {\n") && new.contains("\nlocal_name *.a.test {\n"), "{new}");
        assert_eq!((count(&old), count(&new)), (1, 2), "2.4 takes one name a block");
        assert!(Syntax::Before2_4.blocks(&["a.test"], Path::new("/t l s"), Certificates::Alone).is_err());
    }

    #[test]
    fn a_companion_is_the_alternative_of_its_certificate() {
        let with = |syntax: Syntax| syntax.blocks(&["a.test"], Path::new("/c"), Certificates::WithCompanion).unwrap();
        let old = with(Syntax::Before2_4);
        assert!(old.contains("\n  ssl_key = </c/combined.pem\n  ssl_alt_cert = </c/combined-rsa.pem\n"), "{old}");
        let new = with(Syntax::Since2_4);
        assert!(new.contains("  ssl_server_alt_cert_file = /c/fullchain-rsa.pem\n"), "{new}");
        assert!(new.contains("  ssl_server_alt_key_file = /c/key-rsa.pem\n}\n"), "{new}");
    }
}
