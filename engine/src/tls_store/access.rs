//! Who may read a service's part of the store.

use std::io;

/// Who may read a service's part of the store, beside us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Access {
    /// A group's name or number; `None` for nobody.
    pub(crate) group: Option<String>,
}

/// The same with the group's number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) group: Option<u32>,
}

impl Access {
    /// Let a group read.
    pub(crate) fn group(group: Option<&str>) -> Self {
        Self { group: group.map(str::to_owned) }
    }

    /// Look the group up.
    pub(super) fn resolve(&self) -> io::Result<Owner> {
        let Some(group) = &self.group else { return Ok(Owner::default()) };
        if let Ok(number) = group.parse() {
            return Ok(Owner { group: Some(number) });
        }
        let number = number_of(&std::fs::read_to_string("/etc/group")?, group);
        let unknown = || io::Error::new(io::ErrorKind::NotFound, format!("there is no group {group:?}"));
        Ok(Owner { group: Some(number.ok_or_else(unknown)?) })
    }
}

impl Owner {
    pub(super) const fn dir_mode(self) -> u32 {
        if self.group.is_some() { 0o750 } else { 0o700 }
    }

    pub(super) const fn file_mode(self) -> u32 {
        if self.group.is_some() { 0o640 } else { 0o600 }
    }
}

/// Find a group's number in a text like `/etc/group`, or a user's in one like `/etc/passwd`.
pub(crate) fn number_of(text: &str, name: &str) -> Option<u32> {
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_found_by_name_or_number() {
        assert_eq!(number_of("root:x:0:\nDebian-exim:x:104:\n", "Debian-exim"), Some(104));
        assert_eq!(number_of("root:x:0:\n", "roo"), None);
        assert_eq!(Access::group(Some("107")).resolve().unwrap(), Owner { group: Some(107) });
        let error = Access::group(Some("no-such-group")).resolve().unwrap_err();
        assert_eq!(error.to_string(), "there is no group \"no-such-group\"");
    }
}
