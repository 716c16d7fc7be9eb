//! The system's resolvers, from resolv.conf(5).

use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};

const PATH: &str = "/etc/resolv.conf";

/// Read the system's resolvers; none where the file cannot be read.
pub(super) fn system() -> Vec<SocketAddr> {
    std::fs::read(PATH).map(|bytes| parse(&String::from_utf8_lossy(&bytes))).unwrap_or_default()
}

fn parse(text: &str) -> Vec<SocketAddr> {
    text.lines().filter_map(nameserver).collect()
}

fn nameserver(line: &str) -> Option<SocketAddr> {
    let mut words = line.split_whitespace();
    if words.next() != Some("nameserver") {
        return None;
    }
    let word = words.next()?;
    match word.split_once('%') {
        None => Some(SocketAddr::new(word.parse::<IpAddr>().ok()?, 53)),
        // A scope is an interface's number, or its name, which the kernel's table translates.
        Some((address, scope)) => {
            let scope = scope.parse().ok().or_else(|| interface_number(scope))?;
            Some(SocketAddrV6::new(address.parse::<Ipv6Addr>().ok()?, 53, 0, scope).into())
        }
    }
}

fn interface_number(name: &str) -> Option<u32> {
    if name.contains('/') || name.starts_with('.') {
        return None;
    }
    std::fs::read_to_string(format!("/sys/class/net/{name}/ifindex")).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_servers_are_read_and_all_else_is_skipped() {
        let text = "# x\nsearch a.test\nnameserver 192.0.2.1\n nameserver\t2001:db8::1 # y\noptions edns0\nnameserver bad\n\
                    nameserver fe80::1%7\n;nameserver 192.0.2.9\n";
        let found: Vec<String> = parse(text).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["192.0.2.1:53", "[2001:db8::1]:53", "[fe80::1%7]:53"]);
    }
}
