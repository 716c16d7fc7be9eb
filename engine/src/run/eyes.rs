//! Our own check with the eyes of each provider that may get the order: CAA records (RFC 8659) may allow one and forbid another.

use super::authorities::Authorities;
use super::precheck::{Prechecker, Verdicts};
use crate::dcv::{Code, Severity, Verdict};
use crate::engine::Inner;
use crate::error::EngineResult;
use crate::provider::choice::fewest;

/// Codes of CAA records that stand in the way of one provider, account or method, and perhaps not of another provider's.
const OF_ONE_PROVIDER: [Code; 4] =
    [Code::CaaOtherIssuer, Code::CaaWildcardForbidden, Code::CaaAccountMismatch, Code::CaaMethodNotAllowed];

/// One checker for each provider that orders go to, in their order.
pub(super) struct Eyes<'a> {
    checkers: Vec<Prechecker<'a>>,
    first: usize,
}

/// Where the CAA records of a website's names let them be ordered. The numbers are places in the list of providers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sight {
    /// The providers that would lose the fewest names; `None` for all, as far as is known.
    pub(super) at: Option<Vec<usize>>,
    /// The provider with whose eyes the names were checked, if they were.
    pub(super) by: Option<usize>,
}

impl<'a> Eyes<'a> {
    /// Prepare with what is remembered of the providers; `None` where the check is switched off. Names are checked with the eyes of
    /// `first` unless CAA records forbid that one.
    pub(super) async fn open(inner: &'a Inner, authorities: &Authorities, first: usize) -> EngineResult<Option<Self>> {
        let mut checkers = Vec::new();
        for authority in authorities.order() {
            let record = inner.store.provider(authority.id()).await?;
            checkers.extend(Prechecker::new(inner, &record));
        }
        Ok((first < checkers.len()).then_some(Self { checkers, first }))
    }

    /// The checker of the provider that is asked first.
    pub(super) fn first(&self) -> &Prechecker<'a> {
        &self.checkers[self.first]
    }

    /// The place of that provider.
    pub(super) fn first_place(&self) -> usize {
        self.first
    }

    /// The checker of the provider with whose eyes names were checked.
    pub(super) fn of(&self, sight: &Sight) -> &Prechecker<'a> {
        sight.by.and_then(|place| self.checkers.get(place)).unwrap_or_else(|| self.first())
    }

    /// Look at the names of a website with other eyes if CAA records forbid the first provider one of them. The verdicts are then
    /// those of the first provider that would lose the fewest names.
    pub(super) async fn reconsider(&self, names: &[String], verdicts: &mut Verdicts) -> EngineResult<Sight> {
        let lost =
            |verdicts: &Verdicts| names.iter().filter(|name| verdicts.get(*name).is_some_and(is_forbidden)).count();
        let mut counts = vec![lost(verdicts); self.checkers.len()];
        if counts[self.first] == 0 || self.checkers.len() == 1 {
            return Ok(Sight { at: None, by: Some(self.first) });
        }
        let mut seen = Vec::with_capacity(counts.len());
        for (place, checker) in self.checkers.iter().enumerate() {
            let verdicts = if place == self.first { Verdicts::new() } else { checker.look(names.iter()).await };
            if place != self.first {
                counts[place] = lost(&verdicts);
            }
            seen.push(verdicts);
        }
        let at = fewest(&counts);
        let by = if at.contains(&self.first) { self.first } else { at.first().copied().unwrap_or(self.first) };
        verdicts.extend(seen.swap_remove(by));
        Ok(Sight { at: Some(at), by: Some(by) })
    }

    /// Find a name that CAA records do not let a provider issue for; `None` where it may issue for all of them.
    pub(super) async fn forbidden_at(&self, place: usize, names: &[String]) -> Option<String> {
        let verdicts = self.checkers.get(place)?.look(names.iter()).await;
        names.iter().find(|name| verdicts.get(*name).is_some_and(is_forbidden)).cloned()
    }
}

/// Tell whether nothing but CAA records of this provider's stand in the way.
fn is_forbidden(verdict: &Verdict) -> bool {
    let mut blocking = verdict.findings.iter().filter(|finding| finding.severity == Severity::Blocking).peekable();
    !verdict.passed() && blocking.peek().is_some() && blocking.all(|finding| OF_ONE_PROVIDER.contains(&finding.code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dcv::{Finding, Method};

    fn failing(codes: &[Code]) -> Verdict {
        let findings = codes.iter().map(|code| Finding::new(*code, "seen")).collect();
        Verdict { name: "a.test".into(), method: Method::None, findings }
    }

    #[test]
    fn only_where_caa_alone_is_in_the_way_another_provider_may_help() {
        assert!(is_forbidden(&failing(&[Code::CaaOtherIssuer])));
        assert!(is_forbidden(&failing(&[Code::CaaMethodNotAllowed, Code::CaaOtherIssuer])));
        assert!(!is_forbidden(&failing(&[Code::CaaOtherIssuer, Code::DnsNoAddress])));
        assert!(!is_forbidden(&failing(&[Code::CaaForbidsAll])), "nobody may issue");
        assert!(!is_forbidden(&Verdict { method: Method::Http01, ..failing(&[]) }));
    }
}
