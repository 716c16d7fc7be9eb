//! The map by which nginx finds the certificate of a name: each name with the file of one generation.
//!
//! nginx reads the certificate and the key one after the other at each handshake. The files of a generation never change, so both
//! are always of the same one, which they would not be where a name led to whatever is in place.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// List the names, each with the file with chain and key of the website that it belongs to; `default` is for clients that name no host
/// and for names that are not listed.
///
/// A website without a file is left out.
pub(super) fn render(
    names: &BTreeMap<String, String>,
    default: Option<&str>,
    file: impl Fn(&str) -> Option<PathBuf>,
) -> Result<String, String> {
    let mut files: BTreeMap<&str, Option<String>> = BTreeMap::new();
    for website in names.values().map(String::as_str).chain(default) {
        if !files.contains_key(website) {
            let quoted = file(website).map(|path| quoted("certificate path", &path)).transpose()?;
            files.insert(website, quoted);
        }
    }
    let mut text = String::from("# Written by AutoSSL. Changes made here are lost at the next certificate.\n");
    if let Some(file) = default.and_then(|website| files.get(website)?.as_ref()) {
        // An expression, since the map has a default of its own until this file is there.
        text += &format!("\"\" {file};\n\"~.\" {file};\n");
    }
    for (name, website) in names {
        if let Some(Some(file)) = files.get(website.as_str()) {
            text += &format!("{name} {file};\n");
        }
    }
    Ok(text)
}

/// Write an absolute path so that nginx reads nothing else in it.
pub(super) fn quoted(what: &str, path: &Path) -> Result<String, String> {
    let text = path.to_string_lossy();
    let is_odd = text.contains(|character: char| character.is_control() || "\"\\$".contains(character));
    if is_odd || !text.starts_with('/') {
        return Err(format!("{what} {text:?} cannot stand in a configuration file"));
    }
    Ok(format!("\"{text}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, website)| ((*name).to_owned(), (*website).to_owned())).collect()
    }

    #[test]
    fn every_name_is_listed_with_the_file_of_its_websites_generation() {
        let names =
            names(&[("*.w.test", "w.test"), ("a.test", "a.test"), ("gone.test", "gone.test"), ("w.test", "w.test")]);
        let file =
            |website: &str| (website != "gone.test").then(|| Path::new("/tls").join(website).join("2/combined.pem"));
        let text = render(&names, Some("a.test"), file).unwrap();
        let listed: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            listed,
            [
                "\"\" \"/tls/a.test/2/combined.pem\";",
                "\"~.\" \"/tls/a.test/2/combined.pem\";",
                "*.w.test \"/tls/w.test/2/combined.pem\";",
                "a.test \"/tls/a.test/2/combined.pem\";",
                "w.test \"/tls/w.test/2/combined.pem\";",
            ]
        );
    }

    #[test]
    fn no_path_can_smuggle_a_variable() {
        let names = names(&[("a.test", "a.test")]);
        assert!(render(&names, None, |_| Some("/tls/$x".into())).is_err());
    }
}
