//! Whether DNS-01 can work: the zone that must hold `_acme-challenge.<name>` answers (RFC 8555, section 8.4).

use super::dns::{Data, Kind, Resolver, Trouble};
use super::{Code, Finding, evidence};

const MOST_ALIASES: usize = 10;

/// What was learned about the place of the challenge record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Zone {
    /// The name of the record, after all CNAME records.
    pub(crate) record: String,
    /// The CNAME records on the way to it.
    pub(crate) chain: Vec<String>,
    /// The zone and its name servers.
    pub(crate) outcome: Result<(String, Vec<String>), Trouble>,
}

/// Find the zone of the challenge record of a name (without `*.`).
pub(crate) async fn find(resolver: &Resolver, name: &str) -> Zone {
    find_record(resolver, format!("_acme-challenge.{name}")).await
}

/// Find the zone of a record by its name.
pub(crate) async fn find_record(resolver: &Resolver, start: String) -> Zone {
    let mut chain = Vec::new();
    let outcome = apex_and_servers(resolver, &start, &mut chain).await;
    Zone { record: chain.last().cloned().unwrap_or(start), chain, outcome }
}

async fn apex_and_servers(
    resolver: &Resolver,
    start: &str,
    chain: &mut Vec<String>,
) -> Result<(String, Vec<String>), Trouble> {
    loop {
        let record = chain.last().map_or(start, String::as_str).to_owned();
        let answer = resolver.ask(&record, Kind::Soa).await?;
        if let Some(apex) = answer.zone() {
            chain.extend(answer.chain(&record));
            return Ok((apex.to_owned(), servers(resolver, apex).await?));
        }
        let step = answer.chain(&record);
        if step.is_empty() {
            return Err(Trouble::Bad(format!("the answer about {record} names no zone")));
        }
        chain.extend(step);
        if chain.len() > MOST_ALIASES {
            return Err(Trouble::Bad("the CNAME records do not end".into()));
        }
    }
}

async fn servers(resolver: &Resolver, apex: &str) -> Result<Vec<String>, Trouble> {
    let answer = resolver.ask_shared(apex, Kind::Ns).await?;
    let name = |data: &Data| if let Data::Name(name) = data { Some(name.clone()) } else { None };
    Ok(answer.of(Kind::Ns).filter_map(name).collect())
}

/// Judge: what blocks DNS-01, or what is worth knowing about it.
pub(crate) fn judge(zone: &Zone) -> Option<Finding> {
    let place = || match &zone.chain[..] {
        [] => zone.record.clone(),
        chain => format!("_acme-challenge → {}", chain.join(" → ")),
    };
    match &zone.outcome {
        Err(Trouble::Resolver(reason)) => Some(Finding::new(Code::ResolverUnavailable, reason.clone())),
        Err(trouble) => Some(Finding::new(Code::Dns01ZoneFailed, format!("{}: {trouble}", place()))),
        Ok((apex, _)) if !apex.contains('.') => {
            Some(Finding::new(Code::Dns01NotDelegated, format!("{}: the closest zone is {}", place(), shown(apex))))
        }
        Ok((apex, servers)) if servers.is_empty() => {
            Some(Finding::new(Code::Dns01ZoneFailed, format!("{}: zone {apex} has no NS record", place())))
        }
        Ok((apex, servers)) if !zone.chain.is_empty() => {
            let servers = evidence::listed(servers);
            Some(Finding::new(Code::Dns01Delegated, format!("{}, in zone {apex} at {servers}", place())))
        }
        Ok(_) => None,
    }
}

fn shown(apex: &str) -> String {
    if apex.is_empty() { "the root".to_owned() } else { format!("the top-level domain {apex}") }
}
