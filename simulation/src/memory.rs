//! How much memory this process had at most.

/// Read it from the kernel, in MiB; `None` where there is no `/proc`.
pub(crate) fn most_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1_024)
}

/// Read the memory of a process and of all that it started, in MiB, what they share counted once; `None` where there is no `/proc`.
pub(crate) fn of_processes_mib(first: u32) -> Option<u64> {
    let parents: Vec<(u32, u32)> = std::fs::read_dir("/proc")
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|pid: u32| Some((pid, parent_of(pid)?)))
        .collect();
    let mut family = vec![first];
    let mut looked_at = 0;
    while let Some(&pid) = family.get(looked_at) {
        family.extend(parents.iter().filter(|(_, parent)| *parent == pid).map(|(child, _)| *child));
        looked_at += 1;
    }
    // A process may end while it is looked at.
    let kib: u64 = family.into_iter().filter_map(share_of).sum();
    Some(kib / 1_024)
}

fn parent_of(pid: u32) -> Option<u32> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
}

/// The process's share of memory, in KiB: a page that several have counts in parts (`Pss`).
fn share_of(pid: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    text.lines().find_map(|line| line.strip_prefix("Pss:"))?.split_whitespace().next()?.parse().ok()
}
