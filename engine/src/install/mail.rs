//! What mail services have in common: which names their clients use, and where handshakes reach them.

use super::probe::{Door, Protocol};
use crate::config::{MailDoors, MailNames};
use std::path::Path;

/// Choose the names that mail programs use.
pub(super) fn concerned(wanted: &MailNames, names: &[String]) -> Vec<String> {
    if wanted.domains { names.to_vec() } else { with_labels(&wanted.labels, names) }
}

/// Choose the names with one of these first labels, and wildcards.
pub(super) fn with_labels(labels: &[String], names: &[String]) -> Vec<String> {
    let is_wanted = |name: &&String| {
        let first = name.split('.').next().unwrap_or_default();
        first == "*" || labels.iter().any(|label| label == first)
    };
    names.iter().filter(is_wanted).cloned().collect()
}

/// List the doors.
pub(super) fn doors(doors: &MailDoors) -> Vec<Door> {
    let MailDoors { tls, smtp, imap, pop3 } = doors;
    let kinds = [(Protocol::Tls, tls), (Protocol::Smtp, smtp), (Protocol::Imap, imap), (Protocol::Pop3, pop3)];
    let of_kind = |(protocol, addresses)| {
        let addresses: &Vec<std::net::SocketAddr> = addresses;
        addresses.iter().map(move |address| Door { protocol, address: *address })
    };
    kinds.into_iter().flat_map(of_kind).collect()
}

/// Write a path where a configuration ends it at a space.
pub(super) fn plain(path: &Path) -> Result<String, String> {
    let text = path.to_string_lossy();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+@%=~".contains(&byte);
    if text.bytes().all(is_plain) && path.is_absolute() {
        Ok(text.into_owned())
    } else {
        Err(format!("path {text:?} cannot stand in a mail server's configuration"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_programs_use_mail_names_and_wildcards_and_others_only_where_that_is_said() {
        let names = ["alice.test", "mail.alice.test", "mailing.alice.test", "*.alice.test"].map(str::to_owned);
        let wanted = MailNames { labels: vec!["mail".into()], domains: false };
        assert_eq!(concerned(&wanted, &names), ["mail.alice.test", "*.alice.test"]);
        assert_eq!(concerned(&MailNames { domains: true, ..wanted }, &names), names);
    }

    #[test]
    fn a_path_ends_where_it_is_said_to_end() {
        assert_eq!(plain(Path::new("/srv/a-b_c/x.pem")).as_deref(), Ok("/srv/a-b_c/x.pem"));
        for odd in ["/srv/a b", "/srv/a\nb", "/srv/\"", "srv", "/srv/{", "/srv/a,b"] {
            assert!(plain(Path::new(odd)).is_err(), "{odd:?}");
        }
    }
}
