//! The addresses of a name, and the CNAME records on the way.

use super::{Answer, Data, Kind, Resolver, Trouble};
use std::net::IpAddr;

/// What the DNS says about where a name is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Host {
    /// The targets of the CNAME records, in order.
    pub(crate) chain: Vec<String>,
    /// IPv6 first, as CAs go.
    pub(crate) addresses: Vec<IpAddr>,
    /// Why there may be addresses missing; with addresses, only one kind failed.
    pub(crate) fault: Option<HostFault>,
    /// All answers were validated by the resolver.
    pub(crate) authentic: bool,
    /// The zone, where an answer named it.
    pub(crate) zone: Option<String>,
}

/// Why a name has no addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HostFault {
    /// The name, or the last of the chain, does not exist.
    NoSuchName,
    /// It exists without addresses.
    NoAddress,
    /// The chain comes back to a name in it.
    Loop,
    /// The chain is longer than is followed.
    TooLong,
    /// A question had no answer.
    Trouble(Kind, Trouble),
}

impl Resolver {
    /// Ask for the IPv6 and IPv4 addresses of a name at once.
    pub(crate) async fn host(&self, name: &str) -> Host {
        let (v6, v4) = tokio::join!(self.addresses(name, Kind::Aaaa), self.addresses(name, Kind::A));
        merge(v6, v4)
    }

    /// Follow CNAME records that the resolver did not follow itself.
    async fn addresses(&self, name: &str, kind: Kind) -> Host {
        let mut host = Host { authentic: true, ..Host::default() };
        loop {
            let current = host.chain.last().map_or(name, String::as_str).to_owned();
            let answer = match self.ask(&current, kind).await {
                Ok(answer) => answer,
                Err(trouble) => return self.explain(name, host, kind, trouble).await,
            };
            let followed = host.follow(name, &current, &answer, kind, self.cname_limit);
            if followed == Followed::ToTheEnd {
                return host;
            }
        }
    }

    /// Resolvers answer SERVFAIL to chains that loop or are too long: then walk them step by step.
    async fn explain(&self, name: &str, mut host: Host, kind: Kind, trouble: Trouble) -> Host {
        if matches!(trouble, Trouble::ServFail(_)) {
            loop {
                let current = host.chain.last().map_or(name, String::as_str).to_owned();
                let Ok(answer) = self.ask(&current, Kind::Cname).await else { break };
                if answer.chain(&current).is_empty() {
                    break;
                }
                if host.follow(name, &current, &answer, Kind::Cname, self.cname_limit) == Followed::ToTheEnd {
                    return host;
                }
            }
        }
        host.fault = Some(HostFault::Trouble(kind, trouble));
        host
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Followed {
    ToTheEnd,
    SomeWay,
}

impl Host {
    /// Add an answer about `current` to what is known about `name`.
    fn follow(&mut self, name: &str, current: &str, answer: &Answer, kind: Kind, limit: usize) -> Followed {
        self.authentic &= answer.authentic;
        self.zone = self.zone.take().or_else(|| answer.zone().map(str::to_owned));
        let step = answer.chain(current);
        let moved = !step.is_empty();
        for target in step {
            let seen =
                target.eq_ignore_ascii_case(name) || self.chain.iter().any(|past| past.eq_ignore_ascii_case(&target));
            self.chain.push(target);
            if seen {
                self.fault = Some(HostFault::Loop);
                return Followed::ToTheEnd;
            }
        }
        if self.chain.len() > limit {
            self.fault = Some(HostFault::TooLong);
            return Followed::ToTheEnd;
        }
        if kind != Kind::Cname {
            self.addresses.extend(answer.of(kind).filter_map(|data| match data {
                Data::Address(address) => Some(*address),
                _ => None,
            }));
        }
        match (answer.exists, self.addresses.is_empty(), moved) {
            (_, false, _) => Followed::ToTheEnd,
            (true, true, true) => Followed::SomeWay,
            (exists, true, _) => {
                self.fault = Some(if exists { HostFault::NoAddress } else { HostFault::NoSuchName });
                Followed::ToTheEnd
            }
        }
    }
}

/// Put both kinds together. With addresses of one kind, only real trouble with the other is worth keeping.
fn merge(v6: Host, v4: Host) -> Host {
    let mut addresses = v6.addresses;
    addresses.extend(v4.addresses);
    let mut faults: Vec<HostFault> = [v4.fault, v6.fault].into_iter().flatten().collect();
    if !addresses.is_empty() {
        faults.retain(|fault| !matches!(fault, HostFault::NoAddress | HostFault::NoSuchName));
    }
    faults.sort_by_key(weight);
    Host {
        chain: if v4.chain.len() >= v6.chain.len() { v4.chain } else { v6.chain },
        addresses,
        fault: faults.into_iter().next(),
        authentic: v4.authentic && v6.authentic,
        zone: v4.zone.or(v6.zone),
    }
}

/// Of two faults, the one with the lower weight explains more.
fn weight(fault: &HostFault) -> u8 {
    match fault {
        HostFault::Loop | HostFault::TooLong => 0,
        HostFault::Trouble(_, Trouble::Resolver(_)) => 1,
        HostFault::Trouble(..) => 2,
        HostFault::NoAddress => 3,
        HostFault::NoSuchName => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dcv::dns::Record;

    fn cname(owner: &str, target: &str) -> Record {
        Record { owner: owner.into(), kind: Kind::Cname as u16, data: Data::Name(target.into()) }
    }

    fn answer(exists: bool, records: Vec<Record>) -> Answer {
        Answer { exists, authentic: false, records, authority: Vec::new() }
    }

    #[test]
    fn a_chain_that_comes_back_is_a_loop_and_ends() {
        let mut host = Host::default();
        let looped = answer(true, vec![cname("a.test", "b.test"), cname("b.test", "A.test")]);
        assert!(host.follow("a.test", "a.test", &looped, Kind::A, 10) == Followed::ToTheEnd);
        assert_eq!(host.fault, Some(HostFault::Loop));
        assert_eq!(host.chain, ["b.test", "A.test"]);
    }

    #[test]
    fn nxdomain_after_a_cname_speaks_of_the_target() {
        let mut host = Host::default();
        let dangling = answer(false, vec![cname("a.test", "gone.test")]);
        assert!(host.follow("a.test", "a.test", &dangling, Kind::A, 10) == Followed::ToTheEnd);
        assert_eq!((host.fault, host.chain), (Some(HostFault::NoSuchName), vec!["gone.test".to_owned()]));
    }
}
