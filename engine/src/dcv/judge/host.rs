//! What the DNS says about where a name is. Pure.

use crate::dcv::dns::{Host, HostFault, Trouble};
use crate::dcv::{Code, Finding};

/// Judge the answers for A and AAAA.
pub(super) fn judge(host: &Host, unvalidated_zone: Option<&str>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(fault) = &host.fault {
        let finding = Finding::new(code(fault, host), evidence(fault, host));
        // With addresses of the other kind there is something to go by.
        findings.push(if host.addresses.is_empty() { finding } else { finding.softened() });
    }
    findings
        .extend(unvalidated_zone.map(|zone| {
            Finding::new(Code::DnssecNotChecked, format!("{zone} has a DS record, the answers have AD=0"))
        }));
    findings
}

fn code(fault: &HostFault, host: &Host) -> Code {
    match fault {
        HostFault::NoSuchName if host.chain.is_empty() => Code::DnsNoSuchName,
        HostFault::NoSuchName => Code::CnameDangling,
        HostFault::NoAddress => Code::DnsNoAddress,
        HostFault::Loop => Code::CnameLoop,
        HostFault::TooLong => Code::CnameChainTooLong,
        HostFault::Trouble(_, trouble) => match trouble {
            Trouble::Resolver(_) => Code::ResolverUnavailable,
            Trouble::Timeout(_) => Code::DnsTimeout,
            Trouble::ServFail(_) => Code::DnsServfail,
            Trouble::Bogus(_) => Code::DnssecBogus,
            Trouble::Refused(_) => Code::DnsRefused,
            Trouble::Bad(_) => Code::DnsBadAnswer,
        },
    }
}

fn evidence(fault: &HostFault, host: &Host) -> String {
    let chain = match &host.chain[..] {
        [] => String::new(),
        chain => format!("CNAME {}: ", chain.join(" → ")),
    };
    let seen = match fault {
        HostFault::NoSuchName => "NXDOMAIN".to_owned(),
        HostFault::NoAddress => "neither A nor AAAA".to_owned(),
        HostFault::Loop => "the last was there before".to_owned(),
        HostFault::TooLong => format!("{} CNAME records", host.chain.len()),
        HostFault::Trouble(_, trouble @ Trouble::Resolver(_)) => trouble.to_string(),
        HostFault::Trouble(kind, trouble) => format!("{kind:?}: {trouble}"),
    };
    chain + &seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dcv::dns::Kind;
    use crate::dcv::{Code, Severity};

    #[test]
    fn trouble_with_one_kind_of_address_is_a_warning_where_the_other_is_there() {
        let fault = Some(HostFault::Trouble(Kind::Aaaa, Trouble::Timeout("x".into())));
        let host = Host { addresses: vec!["8.8.8.8".parse().unwrap()], fault, ..Host::default() };
        let judged = |host: &Host| judge(host, None).iter().map(|one| (one.code, one.severity)).collect::<Vec<_>>();
        assert_eq!(judged(&host), [(Code::DnsTimeout, Severity::Warning)]);
        let host = Host { addresses: Vec::new(), ..host };
        assert_eq!(judged(&host), [(Code::DnsTimeout, Severity::Blocking)]);
    }
}
