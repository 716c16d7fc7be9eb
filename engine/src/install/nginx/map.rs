//! The entries of the map by which nginx finds the file of a name, for the names that it cannot find by themselves.

use crate::tls_store::as_entry;
use std::collections::BTreeSet;
use std::path::Path;

/// List the wildcards, each with the file with chain and key in a directory of names.
///
/// In a map a wildcard counts before the expression that finds all other names: so names below a wildcard that have a certificate of
/// their own are listed, too.
pub(super) fn render<'a>(names: impl Iterator<Item = &'a str> + Clone, names_dir: &Path) -> Result<String, String> {
    let wildcards: BTreeSet<&str> = names.clone().filter(|name| name.starts_with("*.")).collect();
    let below = |name: &str| {
        let parents = name.match_indices('.').map(|(place, _)| format!("*{}", &name[place..]));
        !name.starts_with('*') && parents.into_iter().any(|parent| wildcards.contains(parent.as_str()))
    };
    let listed: BTreeSet<&str> = names.filter(|name| wildcards.contains(name) || below(name)).collect();
    let mut text = String::from("# Written by AutoSSL: wildcards, and names below them.\n");
    for name in listed {
        let file = quoted("certificate path", &names_dir.join(as_entry(name)).join("combined.pem"))?;
        text += &format!("{name} {file};\n");
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
    use super::render;
    use std::path::Path;

    #[test]
    fn only_wildcards_and_names_below_them_are_listed() {
        let names = ["*.w.test", "a.test", "shop.w.test", "w.test", "a.b.w.test"];
        let text = render(names.into_iter(), Path::new("/tls/names")).unwrap();
        let listed: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            listed,
            [
                "*.w.test \"/tls/names/_.w.test/combined.pem\";",
                "a.b.w.test \"/tls/names/a.b.w.test/combined.pem\";",
                "shop.w.test \"/tls/names/shop.w.test/combined.pem\";",
            ]
        );
        assert!(render(["*.a.test"].into_iter(), Path::new("/tls/$x")).is_err());
    }
}
