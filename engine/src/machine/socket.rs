//! The TCP ports that processes listen on, as `/proc` lists them. Of other people's processes only root may know.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

/// The state of a listening socket in `/proc/net/tcp`.
const LISTENING: &str = "0A";

/// The sockets that are listened on.
#[derive(Clone, Debug)]
pub(super) struct Listening {
    proc: PathBuf,
    /// The port of each socket, by its number.
    ports: HashMap<u64, u16>,
}

/// Read all listening TCP sockets.
pub(super) fn listening(proc: &Path) -> Listening {
    let text = |name: &str| fs::read_to_string(proc.join("net").join(name)).unwrap_or_default();
    let ports = ["tcp", "tcp6"].iter().flat_map(|name| read_table(&text(name))).collect();
    Listening { proc: proc.to_owned(), ports }
}

impl Listening {
    /// List the ports of processes, ascending.
    pub(super) fn ports_of(&self, pids: impl Iterator<Item = u32>) -> Vec<u16> {
        let ports: BTreeSet<u16> = pids.flat_map(|pid| self.ports_of_one(pid)).collect();
        ports.into_iter().collect()
    }

    fn ports_of_one(&self, pid: u32) -> Vec<u16> {
        let Ok(entries) = fs::read_dir(self.proc.join(pid.to_string()).join("fd")) else { return Vec::new() };
        let links = entries.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
        let sockets = links.filter_map(|link| {
            let number = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
            self.ports.get(&number.parse().ok()?).copied()
        });
        sockets.collect()
    }
}

/// Read lines such as `0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 12345 …`.
fn read_table(text: &str) -> Vec<(u64, u16)> {
    let line = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (local, state, number) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
        let port = u16::from_str_radix(local.rsplit_once(':')?.1, 16).ok()?;
        (*state == LISTENING).then_some((number.parse().ok()?, port))
    };
    text.lines().skip(1).filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn only_listening_sockets_count() {
        let text = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
                    0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1\n\
                    1: 0100007F:1F91 0100007F:0050 01 00000000:00000000 00:00000000 00000000     0        0 12346 1\n";
        assert_eq!(read_table(text), [(12_345, 8_080)]);
    }

    #[test]
    fn a_port_of_this_process_is_found() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let ports = listening(Path::new("/proc")).ports_of(std::iter::once(std::process::id()));
        assert!(ports.contains(&port), "{port} is not in {ports:?}");
    }
}
