//! The processes of this machine, as `/proc` lists them.

use std::fs;
use std::path::Path;

/// A process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) pid: u32,
    pub(super) parent: u32,
    /// The program's name, cut by the kernel after 15 bytes.
    pub(super) name: String,
    /// Its command line. A process may have overwritten it with a title.
    pub(super) words: Vec<String>,
}

/// List all processes; those that end meanwhile are missing.
pub(super) fn list(proc: &Path) -> Vec<Process> {
    let Ok(entries) = fs::read_dir(proc) else { return Vec::new() };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid: u32| {
        let dir = proc.join(pid.to_string());
        let (name, parent) = read_stat(&fs::read_to_string(dir.join("stat")).ok()?)?;
        let line = fs::read(dir.join("cmdline")).ok()?;
        let words = String::from_utf8_lossy(&line);
        // A title has blanks where a command line has zero bytes.
        let words = words.split(['\0', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect();
        Some(Process { pid, parent, name, words })
    })
    .collect()
}

/// Find the first process of each service of one of these names; a name with a slash is the end of a path.
pub(super) fn first_of<'a>(processes: &'a [Process], names: &'a [&str]) -> impl Iterator<Item = &'a Process> {
    let is_named = move |process: &Process| {
        names.iter().any(|name| match name.contains('/') {
            true => process.words.first().is_some_and(|word| word.ends_with(name)),
            false => process.name == *name,
        })
    };
    let is_child = move |process: &Process| {
        let parent = processes.iter().find(|other| other.pid == process.parent);
        parent.is_some_and(is_named)
    };
    // A process that has ended and waits for its parent has no command line.
    processes.iter().filter(move |process| is_named(process) && !is_child(process) && !process.words.is_empty())
}

/// List a process and its children.
pub(super) fn family(processes: &[Process], pid: u32) -> impl Iterator<Item = u32> {
    processes.iter().filter(move |process| process.pid == pid || process.parent == pid).map(|process| process.pid)
}

/// Read name and parent out of `/proc/PID/stat`: `1 (name) S 0 …`, where the name may hold anything.
fn read_stat(stat: &str) -> Option<(String, u32)> {
    let (before, after) = stat.rsplit_once(") ")?;
    let (_, name) = before.split_once(" (")?;
    Some((name.to_owned(), after.split(' ').nth(1)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: u32, parent: u32, name: &str, line: &str) -> Process {
        Process { pid, parent, name: name.into(), words: line.split(' ').map(str::to_owned).collect() }
    }

    #[test]
    fn a_name_with_brackets_does_not_hide_the_parent() {
        assert_eq!(read_stat("7 (a) b (c) S 3 7 7 0"), Some(("a) b (c".into(), 3)));
        assert_eq!(read_stat("garbage"), None);
    }

    #[test]
    fn workers_are_not_services_of_their_own() {
        let all = [
            process(10, 1, "nginx", "nginx: master process nginx"),
            process(11, 10, "nginx", "nginx: worker process"),
            process(20, 1, "nginx", "nginx: master process nginx -c /b"),
            process(30, 1, "master", "/usr/lib/postfix/sbin/master -w"),
            process(31, 30, "qmgr", "qmgr -l"),
            process(40, 1, "master", "/opt/other/master"),
        ];
        let pids = |names: &'static [&str]| first_of(&all, names).map(|process| process.pid).collect::<Vec<_>>();
        assert_eq!(pids(&["nginx"]), [10, 20]);
        assert_eq!(pids(&["postfix/sbin/master"]), [30]);
    }

    #[test]
    fn this_process_is_in_the_list() {
        let own = list(Path::new("/proc")).into_iter().find(|process| process.pid == std::process::id()).unwrap();
        assert!(!own.words.is_empty());
    }
}
