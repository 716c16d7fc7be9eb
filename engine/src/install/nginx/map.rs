//! The map by which nginx finds the file of a name at a handshake.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

/// Write a map from `$ssl_server_name` to the file with chain and key in a directory of names.
///
/// What a client asks for becomes a path only where it is a name. In a map a wildcard counts before an expression: names below one
/// that have a certificate of their own are listed.
pub(super) fn render<'a>(names: impl Iterator<Item = &'a str> + Clone, names_dir: &Path) -> Result<String, String> {
    let wildcards: BTreeSet<&str> = names.clone().filter(|name| name.starts_with("*.")).collect();
    let below = |name: &str| {
        let parents = name.match_indices('.').map(|(place, _)| format!("*{}", &name[place..]));
        !name.starts_with('*') && parents.into_iter().any(|parent| wildcards.contains(parent.as_str()))
    };
    let listed: BTreeSet<&str> = names.filter(|name| wildcards.contains(name) || below(name)).collect();
    let file = |entry: &str| quoted("certificate path", &names_dir.join(entry).join("combined.pem"));
    let mut text = format!(
        "# Written by AutoSSL. Include it in http and say in a server: ssl_certificate $autossl_certificate;\n\
         map $ssl_server_name $autossl_certificate {{\n  hostnames;\n  default {};\n",
        file("default")?,
    );
    for name in listed {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {name} {};", file(&name.replace('*', "_"))?);
    }
    let dir = names_dir.to_string_lossy();
    quoted("directory of names", names_dir)?;
    let _ = writeln!(text, "  \"~^(?:[a-z0-9-]+\\.)+[a-z0-9-]+$\" \"{dir}/$ssl_server_name/combined.pem\";\n}}");
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
        let listed: Vec<&str> = text.lines().filter(|line| line.starts_with("  ") && !line.contains('$')).collect();
        assert_eq!(
            listed,
            [
                "  hostnames;",
                "  default \"/tls/names/default/combined.pem\";",
                "  *.w.test \"/tls/names/_.w.test/combined.pem\";",
                "  a.b.w.test \"/tls/names/a.b.w.test/combined.pem\";",
                "  shop.w.test \"/tls/names/shop.w.test/combined.pem\";",
            ]
        );
        assert!(text.ends_with("+$\" \"/tls/names/$ssl_server_name/combined.pem\";\n}\n"), "{text}");
        assert!(render(["a.test"].into_iter(), Path::new("/tls/$x")).is_err());
    }
}
