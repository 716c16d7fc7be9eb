//! Where a name's challenge record is: at the end of the CNAME records, in which zone, and who speaks for that.

use crate::dcv::dns::{Resolver, Trouble};
use crate::dcv::{Code, Finding, zone};

/// The place of a challenge record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// The record's name.
    pub(super) record: String,
    /// The zone that it is in.
    pub(super) apex: String,
    /// The names of the zone's servers.
    pub(super) servers: Vec<String>,
    /// Which of the configured zones gives access.
    pub(super) zone: usize,
}

/// Find the place of the challenge record of a name (RFC 8555, section 8.4), among zones that are configured.
///
/// The finding says why it cannot be used.
pub(super) async fn find(resolver: &Resolver, name: &str, zones: &[&str]) -> Result<Target, Finding> {
    let base = name.strip_prefix("*.").unwrap_or(name);
    find_record(resolver, format!("_acme-challenge.{base}"), zones).await
}

/// Find the place of a record by its name, as [`find`] does for challenge records.
pub(super) async fn find_record(resolver: &Resolver, name: String, zones: &[&str]) -> Result<Target, Finding> {
    let place = zone::find_record(resolver, name).await;
    let record = place.record.to_ascii_lowercase();
    let (apex, servers) = match place.outcome {
        Ok((apex, servers)) => (apex.to_ascii_lowercase(), servers),
        Err(Trouble::Resolver(reason)) => return Err(Finding::new(Code::ResolverUnavailable, reason)),
        Err(trouble) => return Err(Finding::new(Code::Dns01ZoneFailed, format!("{record}: {trouble}"))),
    };
    match choose(&record, &apex, zones) {
        Some(zone) => Ok(Target { record, apex, servers, zone }),
        None => Err(Finding::new(Code::Dns01NotOurs, format!("{record} is in zone {apex}"))),
    }
}

/// Choose the configured zone of a record: the longest that it is in. One that is above the zone's apex gives no access:
/// what is delegated away is changed elsewhere.
fn choose(record: &str, apex: &str, zones: &[&str]) -> Option<usize> {
    let fitting = zones.iter().enumerate().filter(|(_, zone)| is_within(record, zone) && is_within(zone, apex));
    fitting.max_by_key(|(_, zone)| zone.len()).map(|(index, _)| index)
}

/// Tell whether a name is a zone's or below it; both in lower case, without a dot at the end.
pub(super) fn is_within(name: &str, zone: &str) -> bool {
    name.strip_suffix(zone).is_some_and(|front| front.is_empty() || front.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_zone_is_chosen_and_none_above_a_delegation() {
        let zones = ["a.test", "b.a.test", "test", "xa.test"];
        let chosen = |record, apex| choose(record, apex, &zones).map(|index| zones[index]);
        assert_eq!(chosen("_acme-challenge.a.test", "a.test"), Some("a.test"));
        assert_eq!(chosen("_acme-challenge.b.a.test", "a.test"), Some("b.a.test"));
        assert_eq!(chosen("_acme-challenge.b.a.test", "b.a.test"), Some("b.a.test"));
        assert_eq!(chosen("_acme-challenge.c.a.test", "c.a.test"), None);
        assert_eq!(chosen("_acme-challenge.c.example", "example"), None);
        assert_eq!(chosen("ba.test", "test"), Some("test"), "a part of a label is no zone");
    }
}
