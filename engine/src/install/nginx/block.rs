//! The text of a website's TLS server block for nginx.

use super::map::quoted;
use crate::install::Placed;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Write the server block; refuses values that nginx would read as anything but an address or a path.
pub(super) fn render(
    placed: Placed<'_>,
    listen: &[String],
    include: Option<&Path>,
    pems: &[PathBuf],
) -> Result<String, String> {
    let item = placed.item;
    let website = &item.website;
    let mut names = vec![website.as_str()];
    names.extend(placed.names.iter().map(String::as_str).filter(|name| name != website));
    if let Some(odd) =
        listen.iter().find(|address| address.contains(|c: char| c.is_control() || ";{}\"'#$\\".contains(c)))
    {
        return Err(format!("address {odd:?} cannot stand in a configuration file"));
    }
    let listens: String = listen.iter().map(|address| format!("  listen {address} ssl;\n")).collect();
    let root = quoted("document root", Path::new(&item.document_root))?;
    let certificate = |pem: &PathBuf| {
        let pem = quoted("certificate path", pem)?;
        Ok(format!("  ssl_certificate {pem};\n  ssl_certificate_key {pem};\n"))
    };
    // With two, nginx chooses by the kind of key that the client can do.
    let certificates = pems.iter().map(certificate).collect::<Result<String, String>>()?;
    let include = match include {
        Some(path) => format!("  include {};\n", quoted("file to include", path)?),
        None => String::new(),
    };
    Ok(format!(
        "# Written by AutoSSL for {website}. Changes made here are lost at the next certificate.\n\
         server {{\n{listens}  server_name {names};\n  root {root};\n{certificates}{include}}}\n",
        names = names.join(" "),
    ))
}

/// What becomes of a website's server block when others have some of its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// None of its names is concerned.
    Whole,
    /// It stays, with the other names.
    Text(String),
    /// Its own name is another website's now: nothing is left.
    Nothing,
}

/// Take names out of a server block that [`render`] wrote.
pub(super) fn without(text: &str, names: &HashSet<&str>) -> Rest {
    let mut rest = String::with_capacity(text.len());
    let mut changed = false;
    for line in text.lines() {
        let listed = line.trim().strip_prefix("server_name ").and_then(|listed| listed.strip_suffix(';'));
        let Some(listed) = listed else {
            rest.push_str(line);
            rest.push('\n');
            continue;
        };
        if listed.split(' ').next().is_some_and(|own| names.contains(own)) {
            return Rest::Nothing;
        }
        let kept: Vec<&str> = listed.split(' ').filter(|name| !names.contains(name)).collect();
        changed |= kept.len() < listed.split(' ').count();
        rest.push_str(&format!("  server_name {};\n", kept.join(" ")));
    }
    if changed { Rest::Text(rest) } else { Rest::Whole }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::install::Item;

    fn block(names: &[&str], root: &str, listen: &str) -> Result<String, String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let item = Item {
            website: "alice.test".into(),
            names: names.clone(),
            document_root: root.into(),
            fingerprint: String::new(),
            generation: 1,
            companion: None,
        };
        let placed = Placed { item: &item, names: &names, companion: None };
        render(placed, &[listen.to_owned()], Some(Path::new("/etc/nginx/site.conf")), &["/tls/combined.pem".into()])
    }

    #[test]
    fn a_website_gets_one_block_with_its_names_and_one_pem() {
        let text = block(&["alice.test", "www.alice.test"], "/home/alice", "[::]:443").unwrap();
        assert!(text.contains("  listen [::]:443 ssl;\n  server_name alice.test www.alice.test;\n"), "{text}");
        assert!(text.contains("  ssl_certificate \"/tls/combined.pem\";\n"), "{text}");
        assert!(text.contains("  include \"/etc/nginx/site.conf\";\n}"), "{text}");
    }

    #[test]
    fn names_that_another_website_has_are_taken_out() {
        let text = block(&["alice.test", "www.alice.test"], "/srv", "443").unwrap();
        assert_eq!(without(&text, &HashSet::from(["other.test"])), Rest::Whole);
        assert_eq!(without(&text, &HashSet::from(["alice.test"])), Rest::Nothing);
        let alone = block(&["alice.test"], "/srv", "443").unwrap();
        assert_eq!(without(&text, &HashSet::from(["www.alice.test"])), Rest::Text(alone));
    }

    #[test]
    fn no_value_can_smuggle_directives() {
        for root in ["/x\";return 200;", "/home/$host", "relative", "/a\\b", "/a\nb"] {
            assert!(block(&["alice.test"], root, "443").is_err(), "{root:?}");
        }
        for listen in ["443; return 200", "443 }", "443\nx"] {
            assert!(block(&["alice.test"], "/srv", listen).is_err(), "{listen:?}");
        }
    }
}
