//! CAA records: found by climbing the tree (RFC 8659, section 3), read and judged purely in `caa/`.

mod judge;
mod record;

pub(super) use judge::judge;
pub(super) use record::{Property, Value};

use super::dns::{Data, Kind, Resolver, Trouble};
use super::name;

/// How many CNAME records are followed where the resolver does not do it.
const MOST_ALIASES: usize = 10;

/// What the DNS says about who may issue for a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Caa {
    /// No name up to the top-level domain has records: everybody may.
    Nowhere,
    /// The closest records, and who has them.
    At(String, Vec<Property>),
    /// A question on the way had no answer, which forbids.
    Unknown(String, Trouble),
}

/// Climb from a name (without `*.`) to the closest records. Answers above the name are shared with other names.
pub(super) async fn find(resolver: &Resolver, name: &str) -> Caa {
    for ancestor in name::climb(name) {
        match records(resolver, ancestor).await {
            Ok(records) if records.is_empty() => {}
            Ok(records) => return Caa::At(ancestor.to_owned(), records),
            Err(trouble) => return Caa::Unknown(ancestor.to_owned(), trouble),
        }
    }
    Caa::Nowhere
}

/// Ask for the records of one name, at the end of its CNAME records; their targets are not climbed from.
async fn records(resolver: &Resolver, name: &str) -> Result<Vec<Property>, Trouble> {
    let mut current = name.to_owned();
    for _ in 0..MOST_ALIASES {
        let answer = resolver.ask_shared(&current, Kind::Caa).await?;
        let found: Vec<Property> = answer
            .of(Kind::Caa)
            .filter_map(|data| match data {
                Data::Raw(bytes) => Some(record::read(bytes)),
                _ => None,
            })
            .collect();
        match answer.chain(&current).pop() {
            Some(target) if found.is_empty() && answer.exists => current = target,
            _ => return Ok(found),
        }
    }
    Err(Trouble::Bad("the CNAME records do not end".into()))
}
