//! What the addresses of a name are by themselves. Pure.

use crate::dcv::dns::Host;
use crate::dcv::{Code, Finding, Settings, addresses, evidence};
use std::net::IpAddr;

/// List the addresses to fetch from: those that a CA can reach, each once, both kinds within the limit.
pub(in crate::dcv) fn fetchable(settings: &Settings, host: &Host) -> Vec<IpAddr> {
    let mut usable = usable(settings, host);
    let (v6, v4): (Vec<IpAddr>, Vec<IpAddr>) = usable.drain(..).partition(IpAddr::is_ipv6);
    // Half for IPv6, or what IPv4 leaves.
    let for_v6 = settings.address_limit.saturating_sub(v4.len()).max(settings.address_limit.div_ceil(2)).min(v6.len());
    let for_v4 = settings.address_limit - for_v6;
    v6.into_iter().take(for_v6).chain(v4.into_iter().take(for_v4)).collect()
}

/// Judge which of the addresses are reachable, and which are this server's.
pub(super) fn judge(settings: &Settings, host: &Host) -> Vec<Finding> {
    if host.addresses.is_empty() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let usable = usable(settings, host);
    if usable.len() < distinct(&host.addresses).len() {
        let code = if usable.is_empty() { Code::AddressPrivate } else { Code::AddressPrivateSome };
        findings.push(Finding::new(code, described(&host.addresses)));
    }
    findings.extend(ownership(settings, &usable));
    let tried = fetchable(settings, host).len();
    if tried < usable.len() {
        findings.push(Finding::new(Code::AddressNotChecked, format!("{tried} of {} addresses checked", usable.len())));
    }
    findings
}

fn ownership(settings: &Settings, usable: &[IpAddr]) -> Option<Finding> {
    let (own, foreign): (Vec<IpAddr>, Vec<IpAddr>) = usable.iter().partition(|address| settings.is_own(**address));
    if foreign.is_empty() || !settings.knows_own_addresses() {
        return None;
    }
    let code = if own.is_empty() { Code::AddressElsewhere } else { Code::AddressPartlyElsewhere };
    let mut ours = settings.own_addresses.clone();
    ours.extend(settings.mapped_addresses.keys());
    let seen =
        format!("not ours: {}; this server has {}", evidence::listed(&foreign), evidence::listed(&distinct(&ours)));
    Some(Finding::new(code, seen))
}

fn usable(settings: &Settings, host: &Host) -> Vec<IpAddr> {
    let reachable = |address: &IpAddr| settings.allow_private || addresses::reserved(*address).is_none();
    distinct(&host.addresses).into_iter().filter(reachable).collect()
}

fn distinct(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let mut distinct = Vec::new();
    for address in addresses {
        if !distinct.contains(address) {
            distinct.push(*address);
        }
    }
    distinct
}

fn described(all: &[IpAddr]) -> String {
    let one = |address: &IpAddr| match addresses::reserved(*address) {
        Some(what) => format!("{address} ({what})"),
        None => address.to_string(),
    };
    evidence::listed(&all.iter().map(one).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_have_their_share_of_the_fetches() {
        let host = |v6: u8, v4: u8| Host {
            addresses: (0..v6)
                .map(|last| IpAddr::from([0x2600, 0, 0, 0, 0, 0, 0, u16::from(last)]))
                .chain((0..v4).map(|last| IpAddr::from([8, 8, 8, last])))
                .collect(),
            ..Host::default()
        };
        let settings = Settings { address_limit: 4, ..Settings::default() };
        let kinds = |v6, v4| {
            let chosen = fetchable(&settings, &host(v6, v4));
            let v6 = chosen.iter().filter(|address| address.is_ipv6()).count();
            (v6, chosen.len() - v6)
        };
        assert_eq!(kinds(9, 9), (2, 2));
        assert_eq!(kinds(9, 1), (3, 1));
        assert_eq!(kinds(1, 9), (1, 3));
        assert_eq!(kinds(0, 1), (0, 1));
    }
}
