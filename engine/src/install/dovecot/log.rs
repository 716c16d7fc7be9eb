//! What Dovecot's log says after a reload.

use crate::install::command::in_one_line;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

/// More than a reload has to say.
const MOST_BYTES: u64 = 1 << 20;

/// Where a log ended.
#[derive(Debug)]
pub(super) struct Mark {
    path: PathBuf,
    length: u64,
}

impl Mark {
    pub(super) fn at_end_of(path: PathBuf) -> Self {
        let length = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
        Self { path, length }
    }

    /// Tell the first thing since then that keeps Dovecot from serving as it was told.
    pub(super) fn complaint(&self) -> Option<String> {
        let mut file = File::open(&self.path).ok()?;
        file.seek(SeekFrom::Start(self.length)).ok()?;
        let mut bytes = Vec::new();
        file.take(MOST_BYTES).read_to_end(&mut bytes).ok()?;
        complaint(&String::from_utf8_lossy(&bytes))
    }
}

/// Find a line with which Dovecot refuses a configuration, or its configuration process fails.
fn complaint(text: &str) -> Option<String> {
    let is_one = |line: &&str| {
        let grave = line.contains("Error: ") || line.contains("Fatal: ") || line.contains("Panic: ");
        grave && (line.contains("master: ") || line.contains("config: "))
    };
    text.lines().find(is_one).map(|line| format!("Dovecot's log says {:?}", in_one_line(line)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const REFUSED: &str = "Nov 29 02:02:16 master: Error: Error reading configuration: Error in configuration file \
                           /etc/dovecot/autossl.conf line 2: ssl_cert: Can't open file /x.pem: No such file or directory";
    const MEMORY: &str = "Nov 29 02:02:16 config: Fatal: master: service(config): child 1 returned error 83 (Out of memory \
                          (service config { vsz_limit=256 MB }, you may need to increase it))";

    #[test]
    fn a_refused_configuration_and_a_lack_of_memory_are_told() {
        for line in [REFUSED, MEMORY] {
            assert!(complaint(line).unwrap().contains(&line[..40]), "{line}");
        }
        let others = "Nov 29 02:02:16 master: Warning: SIGHUP received - reloading configuration\n\
                      Nov 29 02:02:17 imap(bob)<1><x>: Error: Mailbox is broken\n";
        assert_eq!(complaint(others), None);
    }

    #[test]
    fn what_was_said_before_the_reload_does_not_count() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "{REFUSED}").unwrap();
        let mark = Mark::at_end_of(file.path().to_owned());
        assert_eq!(mark.complaint(), None);
        writeln!(file, "{MEMORY}").unwrap();
        assert!(mark.complaint().unwrap().contains("vsz_limit"));
        assert_eq!(Mark::at_end_of("/nonexistent/log".into()).complaint(), None);
    }
}
