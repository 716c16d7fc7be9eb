//! What the fetches from all addresses of a name mean together. Pure.

use crate::dcv::fetch::{Failure, Fetch};
use crate::dcv::{Code, Finding, Settings};

/// Judge the fetches of one name.
pub(super) fn judge(settings: &Settings, fetches: &[Fetch]) -> Vec<Finding> {
    let failures: Vec<(&Fetch, &Failure)> =
        fetches.iter().filter_map(|fetch| Some((fetch, fetch.failure.as_ref()?))).collect();
    let mut findings: Vec<Finding> = Vec::new();
    for (fetch, failure) in &failures {
        let code = code(fetch, failure, fetches);
        let seen = evidence(fetch, failure, code);
        match findings.iter_mut().find(|known| known.code == code) {
            Some(known) => known.evidence += &format!(" | {seen}"),
            None => findings.push(Finding::new(code, seen)),
        }
    }
    let not_ours = |fetch: &&Fetch| settings.knows_own_addresses() && !settings.is_own(fetch.address);
    let marked = fetches.iter().find_map(|fetch| {
        let matters = fetch.failure.is_some() || not_ours(&fetch);
        fetch.proxy.as_ref().filter(|_| matters)
    });
    findings.extend(marked.map(|mark| Finding::new(Code::ProxyInFront, mark.clone())));
    findings
}

/// Where others serve the file, that one address does not is the fault; where none does, why it does not.
fn code(fetch: &Fetch, failure: &Failure, all: &[Fetch]) -> Code {
    let served = |wanted: fn(&std::net::IpAddr) -> bool| {
        all.iter().any(|other| other.failure.is_none() && wanted(&other.address))
    };
    match fetch.address.is_ipv6() {
        true if served(std::net::IpAddr::is_ipv4) && failure.is_silence() => Code::Ipv6Unreachable,
        true if served(std::net::IpAddr::is_ipv4) => Code::Ipv6Differs,
        _ if served(|_| true) => Code::AddressDisagree,
        _ => failure.code,
    }
}

fn evidence(fetch: &Fetch, failure: &Failure, code: Code) -> String {
    let reason = if code == failure.code { String::new() } else { format!("{}: ", failure.code) };
    match fetch.trail() {
        trail if trail.is_empty() => format!("{}: {reason}{}", fetch.address, failure.detail),
        trail => format!("{trail}; {reason}{}", failure.detail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetch(address: &str, failure: Option<Code>) -> Fetch {
        let failure = failure.map(|code| Failure::new(code, "x"));
        Fetch { address: address.parse().unwrap(), hops: Vec::new(), proxy: None, failure }
    }

    fn codes(fetches: &[Fetch]) -> Vec<Code> {
        judge(&Settings::default(), fetches).into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn a_failing_address_beside_a_good_one_is_named_as_such() {
        let (good, bad) = (fetch("8.8.8.8", None), fetch("8.8.4.4", Some(Code::HttpNotFound)));
        let silent = fetch("2600::1", Some(Code::ConnectRefused));
        let other = fetch("2600::2", Some(Code::HttpNotFound));
        let good_v6 = fetch("2600::3", None);
        assert_eq!(codes(std::slice::from_ref(&good)), []);
        assert_eq!(codes(&[good.clone(), bad.clone()]), [Code::AddressDisagree]);
        assert_eq!(codes(&[silent.clone(), good.clone()]), [Code::Ipv6Unreachable]);
        assert_eq!(codes(&[other.clone(), good]), [Code::Ipv6Differs]);
        assert_eq!(codes(&[silent.clone(), bad.clone()]), [Code::ConnectRefused, Code::HttpNotFound]);
        assert_eq!(codes(&[other, good_v6, bad.clone()]), [Code::AddressDisagree]);
        assert_eq!(codes(&[bad.clone(), bad]), [Code::HttpNotFound]);
    }
}
