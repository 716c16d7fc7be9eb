//! Reads what `-D DUMP_CONFIG` prints: the configuration after includes, defines, conditions and macros.
//!
//! Each directive follows a comment with its line, after a comment with its file wherever that changes. Sections are indented
//! by two spaces each. The indentation is what counts: an empty section has no closing tag in the print.

use std::collections::HashSet;
use std::sync::Arc;

/// The directives that are kept, in lower case; the others would fill the memory.
const KEPT: [&str; 13] = [
    "servername",
    "serveralias",
    "documentroot",
    "virtualdocumentroot",
    "virtualdocumentrootip",
    "sslengine",
    "sslcertificatefile",
    "sslcertificatekeyfile",
    "assignuserid",
    "ruidgid",
    "suexecusergroup",
    "suphp_usergroup",
    "listen",
];

/// Where a section begins. In a macro the file is Apache's description of where the macro stands and is used.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) file: Arc<str>,
    pub(super) line: usize,
}

/// A directive outside of any section within its virtual host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directive {
    /// In lower case.
    pub(super) name: &'static str,
    pub(super) arguments: String,
}

/// A `<VirtualHost>` with its directives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) place: Place,
    pub(super) directives: Vec<Directive>,
}

/// All virtual hosts, and what stands outside of them, both in the order in which Apache reads them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tree {
    pub(super) main: Vec<Directive>,
    pub(super) vhosts: Vec<Section>,
}

impl Tree {
    /// Return where virtual hosts begin.
    pub(super) fn places(&self) -> HashSet<&Place> {
        self.vhosts.iter().map(|vhost| &vhost.place).collect()
    }
}

/// Parse the print.
///
/// # Errors
/// With the reason, where it is something else.
pub(super) fn parse(text: &str) -> Result<Tree, String> {
    let mut tree = Tree::default();
    let mut file: Option<Arc<str>> = None;
    let mut line_number = 0;
    let mut in_vhost = false;
    for (number, line) in text.lines().enumerate() {
        if let Some(name) = line.strip_prefix("# In file: ") {
            file = Some(Arc::from(name));
            continue;
        }
        let directive = line.trim_start();
        if let Some(comment) = directive.strip_prefix('#') {
            let digits = comment.trim().trim_end_matches(':');
            line_number = digits.parse().map_err(|_| format!("line {} has no line number", number + 1))?;
            continue;
        }
        let Some(file) = &file else { return Err("no file is named before the first directive".into()) };
        match (line.len() - directive.len()) / 2 {
            0 => {
                in_vhost = is_vhost(directive);
                if in_vhost {
                    let place = Place { file: Arc::clone(file), line: line_number };
                    tree.vhosts.push(Section { place, directives: Vec::new() });
                } else {
                    tree.main.extend(kept(directive));
                }
            }
            1 if in_vhost => {
                if let Some(vhost) = tree.vhosts.last_mut() {
                    vhost.directives.extend(kept(directive));
                }
            }
            _ => {}
        }
    }
    if file.is_none() {
        return Err("no file is named".into());
    }
    Ok(tree)
}

/// Return the arguments of all directives of a name.
pub(super) fn all<'a>(directives: &'a [Directive], name: &'a str) -> impl DoubleEndedIterator<Item = &'a str> {
    directives.iter().filter(move |directive| directive.name == name).map(|directive| directive.arguments.as_str())
}

pub(super) fn is_vhost(directive: &str) -> bool {
    directive.split_ascii_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case("<VirtualHost"))
}

fn kept(directive: &str) -> Option<Directive> {
    let (name, arguments) = directive.split_once(' ').unwrap_or((directive, ""));
    let name = KEPT.into_iter().find(|kept| kept.eq_ignore_ascii_case(name))?;
    Some(Directive { name, arguments: arguments.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Printed by Apache 2.4.71 with mod_info, mod_macro and mpm-itk 2.4.7-04, shortened.
    const PRINT: &str = include_str!("samples/config.txt");

    fn place(file: &str, line: usize) -> Place {
        Place { file: file.into(), line }
    }

    #[test]
    fn macros_conditions_and_includes_are_read_with_their_places() {
        let tree = parse(PRINT).unwrap();
        let site = r#"macro 'site' (defined on line 18 of "/etc/httpd.conf") used on line 2 of "macro 'both' (defined on line 35 of "/etc/httpd.conf") used on line 40 of "/etc/httpd.conf"""#;
        let places: Vec<Place> = tree.vhosts.iter().map(|vhost| vhost.place.clone()).collect();
        assert_eq!(
            places,
            [
                place(site, 1),
                place(site, 6),
                place("/etc/httpd.conf", 47),
                place("/etc/httpd.conf", 57),
                place("/etc/httpd.conf", 62),
                place("/etc/inc/a.conf", 1),
            ]
        );
        assert_eq!(
            all(&tree.vhosts[1].directives, "serveralias").collect::<Vec<_>>(),
            ["\"www.m3.test\"", "more.m3.test"]
        );
        assert_eq!(all(&tree.vhosts[1].directives, "assignuserid").collect::<Vec<_>>(), ["www-data nogroup"]);
        assert_eq!(all(&tree.main, "documentroot").collect::<Vec<_>>(), ["/srv"]);
        assert_eq!(all(&tree.vhosts[5].directives, "documentroot").collect::<Vec<_>>(), ["docs1"]);
    }

    #[test]
    fn an_empty_section_has_no_closing_tag_and_swallows_nothing() {
        let tree = parse(PRINT).unwrap();
        assert!(tree.vhosts[3].directives.is_empty());
        assert_eq!(all(&tree.vhosts[4].directives, "servername").collect::<Vec<_>>(), ["after.empty.test"]);
        assert_eq!(tree.vhosts[4].directives.len(), 1, "what stands in inner sections is not the virtual host's");
    }

    #[test]
    fn something_else_is_refused() {
        assert_eq!(parse("Syntax OK\n").unwrap_err(), "no file is named before the first directive");
        assert_eq!(parse("# In file: /x\n#   x:\n").unwrap_err(), "line 2 has no line number");
        assert_eq!(parse("").unwrap_err(), "no file is named");
    }
}
