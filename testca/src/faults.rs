//! Scripted faults: what goes wrong, where, and how often. A test adds [`Rule`]s; requests meet them in that order.

use std::sync::Mutex;

use crate::{lock::lock, problem::Problem};

mod altered;
mod chance;
mod endpoint;
mod rule;

pub(crate) use altered::alter;
pub(crate) use chance::Chance;
pub use endpoint::Endpoint;
use rule::Standing;
pub use rule::{Rule, RuleId};

/// What happens to a request instead of, or beside, the right thing.
///
/// Most act on every endpoint; those that do not say so, and [`Faults::add`] refuses them elsewhere.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// The request is read and never answered, and nothing is done.
    Hang,
    /// The connection is reset (TCP RST) before anything is done.
    Reset,
    /// The work is done, and the connection is reset instead of answering: the client never hears.
    AnswerLost,
    /// A load balancer's page (HTML) with this status, such as 429, 500 or 503; nothing is done.
    Page {
        /// The HTTP status.
        status: u16,
        /// The Retry-After field, in seconds or as a date.
        retry_after: Option<String>,
    },
    /// An ACME problem of the test's choice; nothing is done.
    Refusal(Problem),
    /// The work is done, and the answer is followed by blanks up to this many bytes.
    Oversized(usize),
    /// The work is done, and the answer breaks off in the middle of its JSON.
    MalformedJson,
    /// The work is done, and a text in the answer is another one, such as a URL that leads to another host.
    Altered {
        /// Which: a member of the answer's JSON such as `newOrder`, `status` or `authorizations`, at any depth, or the URL in
        /// the header field `location` or `link`.
        place: String,
        /// What stands there.
        text: String,
    },
    /// `badNonce`, with a fresh nonce; nothing is done. On endpoints that take signed requests.
    BadNonce,
    /// `accountDoesNotExist`, as after a loss of the CA's database. On endpoints that take signed requests.
    AccountVanished,
    /// `userActionRequired`, with a link to these new terms. On endpoints that take signed requests.
    TermsChanged(String),
    /// The order becomes invalid, without any error in it or in its authorizations. On order, challenge and finalize.
    OrderInvalid,
    /// The certificate is issued for a key that nobody knows. On finalize.
    WrongKey,
    /// The certificate is issued for these names instead. On finalize.
    WrongNames(Vec<String>),
    /// The certificate is issued with a validity that ended an hour ago. On finalize.
    ExpiredCertificate,
    /// The chain is sent with the intermediate before the leaf. On certificate.
    ChainReversed,
    /// The chain is sent without the intermediate. On certificate.
    ChainIncomplete,
    /// The alternate chain that was advertised is not there: 404. On certificate.
    AlternateMissing,
    /// The suggested window ends before it starts. On renewalInfo.
    WindowReversed,
    /// The Retry-After field is left out. On all endpoints, but only order and renewalInfo have one.
    NoRetryAfter,
}

impl Fault {
    /// A 503 page, as a load balancer sends when the CA is down.
    pub fn unavailable() -> Self {
        Self::Page { status: 503, retry_after: None }
    }

    /// Put another text at a place of the answer; see [`Fault::Altered`].
    pub fn altered(place: &str, text: &str) -> Self {
        Self::Altered { place: place.to_owned(), text: text.to_owned() }
    }

    /// The name that the journal shows.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Hang => "hang",
            Self::Reset => "reset",
            Self::AnswerLost => "answer-lost",
            Self::Page { .. } => "page",
            Self::Refusal(_) => "refusal",
            Self::Oversized(_) => "oversized",
            Self::MalformedJson => "malformed-json",
            Self::Altered { .. } => "altered",
            Self::BadNonce => "bad-nonce",
            Self::AccountVanished => "account-vanished",
            Self::TermsChanged(_) => "terms-changed",
            Self::OrderInvalid => "order-invalid",
            Self::WrongKey => "wrong-key",
            Self::WrongNames(_) => "wrong-names",
            Self::ExpiredCertificate => "expired-certificate",
            Self::ChainReversed => "chain-reversed",
            Self::ChainIncomplete => "chain-incomplete",
            Self::AlternateMissing => "alternate-missing",
            Self::WindowReversed => "window-reversed",
            Self::NoRetryAfter => "no-retry-after",
        }
    }

    fn acts_on(&self, endpoint: Endpoint) -> bool {
        match self {
            Self::BadNonce | Self::AccountVanished | Self::TermsChanged(_) => endpoint.is_signed(),
            Self::OrderInvalid => matches!(endpoint, Endpoint::Order | Endpoint::Challenge | Endpoint::Finalize),
            Self::WrongKey | Self::WrongNames(_) | Self::ExpiredCertificate => endpoint == Endpoint::Finalize,
            Self::ChainReversed | Self::ChainIncomplete | Self::AlternateMissing => endpoint == Endpoint::Certificate,
            Self::WindowReversed => endpoint == Endpoint::RenewalInfo,
            _ => true,
        }
    }
}

/// A rule that could never do anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the fault {fault} does not act on the endpoint {endpoint}")]
pub struct MisplacedFault {
    fault: &'static str,
    endpoint: Endpoint,
}

/// The table of rules. Reached by [`TestCa::faults`](crate::TestCa::faults).
pub struct Faults {
    table: Mutex<Table>,
}

struct Table {
    rules: Vec<Standing>,
    next: u64,
    chance: Chance,
}

impl Faults {
    pub(crate) fn new(chance: Chance) -> Self {
        Self { table: Mutex::new(Table { rules: Vec::new(), next: 0, chance }) }
    }

    /// Add a rule behind those that are there. The first that matches a request is the one that acts.
    pub fn add(&self, rule: Rule) -> Result<RuleId, MisplacedFault> {
        if !rule.fault.acts_on(rule.endpoint) {
            return Err(MisplacedFault { fault: rule.fault.name(), endpoint: rule.endpoint });
        }
        let mut table = lock(&self.table);
        let id = RuleId(table.next);
        table.next += 1;
        table.rules.push(Standing::new(id, rule));
        Ok(id)
    }

    /// Take a rule away. Returns how often it has acted, or nothing if it is used up or unknown.
    pub fn remove(&self, id: RuleId) -> Option<u64> {
        let mut table = lock(&self.table);
        let at = table.rules.iter().position(|standing| standing.id == id)?;
        Some(table.rules.remove(at).acted)
    }

    /// Take all rules away: the CA is well again.
    pub fn clear(&self) {
        lock(&self.table).rules.clear();
    }

    /// Return how many rules still wait for requests.
    pub fn waiting(&self) -> usize {
        lock(&self.table).rules.len()
    }

    /// Find the fault for a request, and count it.
    pub(crate) fn meet(&self, endpoint: Endpoint) -> Option<Fault> {
        let Table { rules, chance, .. } = &mut *lock(&self.table);
        let at = rules.iter_mut().position(|standing| standing.strikes(endpoint, chance))?;
        let fault = rules[at].rule.fault.clone();
        rules.retain(|standing| !standing.is_used_up());
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_act_in_their_order_and_are_used_up() {
        let faults = Faults::new(Chance::seeded(1));
        faults.add(Rule::on(Endpoint::NewOrder, Fault::Hang).times(1)).unwrap();
        let forever = faults.add(Rule::on(Endpoint::NewOrder, Fault::Reset).forever()).unwrap();
        assert_eq!(faults.meet(Endpoint::Directory), None);
        assert_eq!(faults.meet(Endpoint::NewOrder), Some(Fault::Hang));
        assert_eq!(faults.meet(Endpoint::NewOrder), Some(Fault::Reset));
        assert_eq!(faults.meet(Endpoint::NewOrder), Some(Fault::Reset));
        assert_eq!(faults.remove(forever), Some(2));
        assert_eq!((faults.meet(Endpoint::NewOrder), faults.waiting()), (None, 0));
    }

    #[test]
    fn requests_can_be_let_through_before_a_rule_acts() {
        let faults = Faults::new(Chance::seeded(1));
        faults.add(Rule::on(Endpoint::Order, Fault::Hang).after(2).times(1)).unwrap();
        let met: Vec<bool> = (0..4).map(|_| faults.meet(Endpoint::Order).is_some()).collect();
        assert_eq!(met, [false, false, true, false]);
    }

    #[test]
    fn the_same_seed_gives_the_same_faults() {
        let met = || {
            let faults = Faults::new(Chance::seeded(7));
            faults.add(Rule::on(Endpoint::Order, Fault::Hang).forever().with_probability(0.3)).unwrap();
            (0..1000).map(|_| faults.meet(Endpoint::Order).is_some()).collect::<Vec<_>>()
        };
        assert_eq!(met(), met());
        let share = met().iter().filter(|met| **met).count();
        assert!((200..400).contains(&share), "{share} of 1000");
    }

    #[test]
    fn a_fault_that_could_not_act_is_refused() {
        let faults = Faults::new(Chance::seeded(1));
        let refused = faults.add(Rule::on(Endpoint::Directory, Fault::WrongKey)).unwrap_err();
        assert_eq!(refused.to_string(), "the fault wrong-key does not act on the endpoint directory");
    }
}
