//! The text of a website's TLS virtual host for Apache.

use super::Item;
use std::collections::HashSet;
use std::path::Path;

/// Write the virtual host; refuses values that Apache would read as anything but a name or a path.
pub(super) fn render(item: &Item, listen: &str, combined_pem: &Path) -> Result<String, String> {
    let root = quoted("document root", &item.document_root)?;
    let pem = quoted("certificate path", &combined_pem.to_string_lossy())?;
    let mut names = vec![item.website.as_str()];
    names.extend(item.names.iter().map(String::as_str).filter(|name| *name != item.website));
    if let Some(odd) = names.iter().find(|name| !name.bytes().all(is_name_byte)) {
        return Err(format!("name {odd:?} cannot stand in a configuration file"));
    }
    let aliases = if names.len() > 1 { format!("  ServerAlias {}\n", names[1..].join(" ")) } else { String::new() };
    Ok(format!(
        "# Written by AutoSSL for {website}. Changes made here are lost at the next certificate.\n\
         <VirtualHost {listen}>\n  ServerName {website}\n{aliases}  DocumentRoot {root}\n  SSLEngine on\n  \
         SSLCertificateFile {pem}\n  <Directory {root}>\n    Require all granted\n  </Directory>\n</VirtualHost>\n",
        website = item.website,
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
        if line.trim().strip_prefix("ServerName ").is_some_and(|name| names.contains(name)) {
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

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'*')
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

    fn item(document_root: &str) -> Item {
        Item {
            website: "alice.test".into(),
            names: vec!["alice.test".into(), "www.alice.test".into()],
            document_root: document_root.into(),
            fingerprint: String::new(),
            generation: 1,
        }
    }

    #[test]
    fn a_website_gets_one_virtual_host_with_its_aliases_and_one_pem() {
        let text =
            render(&item("/home/alice/public_html"), "*:443", Path::new("/data/alice.test/current/combined.pem"));
        let text = text.unwrap();
        assert!(
            text.contains("<VirtualHost *:443>\n  ServerName alice.test\n  ServerAlias www.alice.test\n"),
            "{text}"
        );
        assert!(text.contains("SSLCertificateFile \"/data/alice.test/current/combined.pem\""), "{text}");
    }

    #[test]
    fn names_that_another_website_has_are_taken_out() {
        let text = render(&item("/srv"), "*:443", Path::new("/data/x.pem")).unwrap();
        assert_eq!(without(&text, &HashSet::from(["other.test"])), Rest::Whole);
        assert_eq!(without(&text, &HashSet::from(["alice.test", "other.test"])), Rest::Nothing);
        let alone = Item { names: vec!["alice.test".into()], ..item("/srv") };
        let alone = render(&alone, "*:443", Path::new("/data/x.pem")).unwrap();
        assert_eq!(without(&text, &HashSet::from(["www.alice.test"])), Rest::Text(alone));
    }

    #[test]
    fn a_document_root_cannot_smuggle_directives() {
        for root in ["/x\"\nLoadModule evil", "/home/${PWD}", "relative", "/a\\b"] {
            assert!(render(&item(root), "*:443", Path::new("/data/x.pem")).is_err(), "{root:?}");
        }
    }
}
