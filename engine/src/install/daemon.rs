//! What a daemon shows of itself: its process.

use std::path::Path;

/// Tell why the daemon that writes this file with its process id does not run, if that is so.
pub(super) fn is_down(service: &str, pid_file: &Path) -> Option<String> {
    let Ok(text) = std::fs::read_to_string(pid_file) else {
        return Some(format!("{service} does not run: there is no {}", pid_file.display()));
    };
    let pid = text.split_whitespace().next().and_then(|word| word.parse::<u32>().ok());
    let runs = pid.is_some_and(|pid| Path::new("/proc").join(pid.to_string()).exists());
    (!runs).then(|| format!("{service} does not run: no process has the id in {}", pid_file.display()))
}
