//! The text of a website's TLS virtual host for Apache.

use crate::analyze::address_of;
use crate::install::Placed;
use crate::tls_store::as_entry;
use std::borrow::Cow;
use std::collections::HashSet;
use std::path::PathBuf;

/// How the names end that stand for IPv6 addresses.
const STAND_IN: &str = ".ip6.invalid";

/// Name the file of a website's virtual host. Those of addresses sort before all others: Apache's first virtual host answers where no
/// name is sent (RFC 6066, section 3).
pub(super) fn file_name(website: &str) -> String {
    let first = if address_of(website).is_some() { "+" } else { "" };
    format!("{first}{}.conf", as_entry(website))
}

/// Write the virtual host; refuses values that Apache would read as anything but a name or a path.
pub(super) fn render(placed: Placed<'_>, listen: &str, pems: &[PathBuf]) -> Result<String, String> {
    let item = placed.item;
    let root = quoted("document root", &item.document_root)?;
    let certificates = certificates(pems)?;
    let mut names = vec![item.website.as_str()];
    names.extend(placed.names.iter().map(String::as_str).filter(|name| *name != item.website));
    let server_name = server_name(&item.website);
    let aliases = if server_name == item.website { &names[1..] } else { &names[..] };
    let aliases = if aliases.is_empty() { String::new() } else { format!("  ServerAlias {}\n", aliases.join(" ")) };
    Ok(format!(
        "# Written by AutoSSL for {website}. Changes made here are lost at the next certificate.\n\
         <VirtualHost {listen}>\n  ServerName {server_name}\n{aliases}  DocumentRoot {root}\n  SSLEngine on\n\
         {certificates}  <Directory {root}>\n    Require all granted\n  </Directory>\n</VirtualHost>\n",
        website = item.website,
    ))
}

/// Write a line for each file with a chain and its key: Apache chooses by the kind of key that the client can do.
fn certificates(pems: &[PathBuf]) -> Result<String, String> {
    let line =
        |pem: &PathBuf| Ok(format!("  SSLCertificateFile {}\n", quoted("certificate path", &pem.to_string_lossy())?));
    pems.iter().map(line).collect()
}

/// Name a website to Apache, which takes no IPv6 address for a `ServerName`: such a one is an alias of a name that nobody asks for.
fn server_name(website: &str) -> Cow<'_, str> {
    match website.contains(':') {
        true => format!("{}{STAND_IN}", website.replace(':', "-")).into(),
        false => website.into(),
    }
}

/// Write the virtual host of a website's Web Disk. Who may do what there is the server's configuration to say: nothing is opened here.
///
/// It has no name of its own, so that others can take any of its names out.
pub(super) fn render_disk(placed: Placed<'_>, listen: &str, pems: &[PathBuf]) -> Result<String, String> {
    let root = quoted("document root", &placed.item.document_root)?;
    let certificates = certificates(pems)?;
    Ok(format!(
        "# Written by AutoSSL for {website}. Changes made here are lost at the next certificate.\n\
         <VirtualHost {listen}>\n  ServerName autossl.invalid\n  ServerAlias {names}\n  DocumentRoot {root}\n  SSLEngine on\n\
         {certificates}</VirtualHost>\n",
        website = placed.item.website,
        names = placed.names.join(" "),
    ))
}

/// What becomes of a website's virtual host when others have some of its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// None of its names is concerned.
    Whole,
    /// It stays, with other aliases.
    Text(String),
    /// Its own name is another website's now: nothing is left.
    Nothing,
}

/// Take names out of a virtual host that [`render`] wrote.
pub(super) fn without(text: &str, names: &HashSet<&str>) -> Rest {
    let mut lines = Vec::new();
    let mut changed = false;
    for line in text.lines() {
        let is_stand_in = |own: &str| own.ends_with(STAND_IN) && names.iter().any(|name| server_name(name) == own);
        let is_taken = |own: &str| names.contains(own) || is_stand_in(own);
        if line.trim().strip_prefix("ServerName ").is_some_and(is_taken) {
            return Rest::Nothing;
        }
        let Some(aliases) = line.trim().strip_prefix("ServerAlias ") else {
            lines.push(line.to_owned());
            continue;
        };
        let kept: Vec<&str> = aliases.split(' ').filter(|alias| !names.contains(alias)).collect();
        changed |= kept.len() < aliases.split(' ').count();
        if !kept.is_empty() {
            lines.push(format!("  ServerAlias {}", kept.join(" ")));
        }
    }
    if changed { Rest::Text(lines.join("\n") + "\n") } else { Rest::Whole }
}

fn quoted(what: &str, path: &str) -> Result<String, String> {
    let unsafe_text = path.contains(['"', '\\', '\n', '\r', '\0']) || path.contains("${") || path.contains("%{");
    if unsafe_text || !path.starts_with('/') {
        return Err(format!("{what} {path:?} cannot stand in a configuration file"));
    }
    Ok(format!("\"{path}\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::install::Item;

    fn rendered(names: &[&str], document_root: &str, pem: &str) -> Result<String, String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let item = Item {
            website: "alice.test".into(),
            names: names.clone(),
            document_root: document_root.into(),
            fingerprint: String::new(),
            generation: 1,
            companion: None,
        };
        render(Placed { item: &item, names: &names, companion: None }, "*:443", &[pem.into()])
    }

    fn written(address: &str) -> String {
        let names = vec![address.to_owned()];
        let item = Item {
            website: address.into(),
            names: names.clone(),
            document_root: "/srv".into(),
            fingerprint: String::new(),
            generation: 1,
            companion: None,
        };
        render(Placed { item: &item, names: &names, companion: None }, "*:443", &["/x.pem".into()]).unwrap()
    }

    const BOTH: [&str; 2] = ["alice.test", "www.alice.test"];

    #[test]
    fn a_website_gets_one_virtual_host_with_its_aliases_and_one_pem() {
        let text = rendered(&BOTH, "/home/alice/public_html", "/store/alice.test/current/combined.pem").unwrap();
        assert!(
            text.contains("<VirtualHost *:443>\n  ServerName alice.test\n  ServerAlias www.alice.test\n"),
            "{text}"
        );
        assert!(text.contains("SSLCertificateFile \"/store/alice.test/current/combined.pem\""), "{text}");
    }

    #[test]
    fn names_that_another_website_has_are_taken_out() {
        let text = rendered(&BOTH, "/srv", "/data/x.pem").unwrap();
        assert_eq!(without(&text, &HashSet::from(["other.test"])), Rest::Whole);
        assert_eq!(without(&text, &HashSet::from(["alice.test", "other.test"])), Rest::Nothing);
        let alone = rendered(&["alice.test"], "/srv", "/data/x.pem").unwrap();
        assert_eq!(without(&text, &HashSet::from(["www.alice.test"])), Rest::Text(alone));
    }

    #[test]
    fn a_document_root_cannot_smuggle_directives() {
        for root in ["/x\"\nLoadModule evil", "/home/${PWD}", "relative", "/a\\b"] {
            assert!(rendered(&BOTH, root, "/data/x.pem").is_err(), "{root:?}");
        }
    }

    #[test]
    fn an_address_comes_before_all_names_and_apache_can_read_it() {
        assert!(file_name("192.0.2.7") < file_name("0.test") && file_name("2001:db8::1") < file_name("-.test"));
        let text = written("192.0.2.7");
        assert!(text.contains("  ServerName 192.0.2.7\n  DocumentRoot"), "{text}");
        let text = written("2001:db8::1");
        assert!(text.contains("  ServerName 2001-db8--1.ip6.invalid\n  ServerAlias 2001:db8::1\n"), "{text}");
        assert_eq!(without(&text, &HashSet::from(["2001:db8::1"])), Rest::Nothing);
    }
}
