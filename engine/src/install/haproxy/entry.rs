//! Entries of HAProxy's list of certificates: a file, and the names that it is presented for.

use std::fmt;

/// HAProxy takes lines of 64 KiB from a file, and commands of 16 KiB.
const MOST_CHARACTERS: usize = 8_000;

/// A certificate's file with names that it is presented for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) file: String,
    /// The names, one blank between them.
    pub(super) names: String,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.file, self.names)
    }
}

/// Make the entries of a certificate: one, or as many as its names need.
pub(super) fn entries(file: &str, names: &[&str]) -> Result<Vec<Entry>, String> {
    let is_odd = |text: &str, more: &str| {
        text.contains(|c: char| c.is_control() || c.is_whitespace() || "#[]!\\".contains(c) || more.contains(c))
    };
    if is_odd(file, "") {
        return Err(format!("certificate path {file:?} cannot stand in HAProxy's list"));
    }
    let mut made: Vec<Entry> = Vec::new();
    for name in names {
        if is_odd(name, "/:") {
            return Err(format!("name {name:?} cannot stand in HAProxy's list"));
        }
        match made.last_mut() {
            Some(entry) if entry.names.len() + name.len() < MOST_CHARACTERS => {
                entry.names.push(' ');
                entry.names.push_str(name);
            }
            _ => made.push(Entry { file: file.to_owned(), names: (*name).to_owned() }),
        }
    }
    Ok(made)
}

/// Read a line of the list, as it stands in its file or as HAProxy shows it: `FILE:LINE [options] names`.
///
/// The number is 0 where there is none. Comments and empty lines are no entries.
pub(super) fn read(line: &str) -> Option<(u32, Entry)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
    let numbered = first.rsplit_once(':').and_then(|(file, number)| Some((file, number.parse().ok()?)));
    let (file, number) = numbered.unwrap_or((first, 0));
    // Options of a certificate are not ours, and neither is the entry then.
    let names = rest.split_whitespace().collect::<Vec<_>>().join(" ");
    Some((number, Entry { file: file.to_owned(), names }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_as_it_was_written_and_as_haproxy_shows_it() {
        let made = entries("/tls/a.test/current/combined.pem", &["*.a.test", "a.test"]).unwrap();
        assert_eq!(read(&made[0].to_string()), Some((0, made[0].clone())));
        assert_eq!(read(&format!("{}:7 *.a.test a.test", made[0].file)), Some((7, made[0].clone())));
        assert_eq!(read("# /etc/haproxy/list"), None);
        let (number, foreign) = read("/etc/x.pem:1 [alpn h2,http/1.1 ] x.test").unwrap();
        assert_eq!((number, foreign.file.as_str()), (1, "/etc/x.pem"));
    }

    #[test]
    fn a_certificate_of_many_long_names_takes_several_entries() {
        let names: Vec<String> = (0..100).map(|number| format!("{}.{number}.test", "a".repeat(200))).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let made = entries("/a.pem", &names).unwrap();
        assert_eq!(made.len(), 3);
        assert_eq!(made.iter().map(|entry| entry.names.split(' ').count()).sum::<usize>(), 100);
    }

    #[test]
    fn nothing_odd_becomes_an_entry() {
        for name in ["a b", "a\nb", "!a", "a#", ""] {
            let made = entries("/a.pem", &[name]);
            assert!(made.is_err() || name.is_empty(), "{name:?}");
        }
        assert!(entries("/a b.pem", &["a.test"]).is_err());
    }
}
