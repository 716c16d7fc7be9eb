//! What a new order asks for, checked for all that does not depend on the CA's state.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    authority::Authority,
    clock::later,
    names::Identifier,
    problem::{Problem, ProblemKind},
    profile::{Addresses, Profile},
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewOrder {
    identifiers: Vec<Value>,
    not_before: Option<String>,
    not_after: Option<String>,
    pub(super) replaces: Option<String>,
    profile: Option<String>,
}

/// The checked parts of the request.
pub(super) struct Wanted<'a> {
    pub(super) identifiers: BTreeSet<Identifier>,
    pub(super) profile: &'a Profile,
    pub(super) not_before: Option<Timestamp>,
    pub(super) not_after: Option<Timestamp>,
}

impl NewOrder {
    /// Read the identifiers, so that the journal has them even if they are refused later.
    pub(super) fn identifiers(&self) -> Result<BTreeSet<Identifier>, Problem> {
        if self.identifiers.is_empty() {
            return Err(Problem::malformed("an order has at least one identifier"));
        }
        self.identifiers.iter().map(Identifier::from_json).collect()
    }

    pub(super) fn check<'a>(
        &self,
        ca: &'a Authority,
        identifiers: BTreeSet<Identifier>,
        now: Timestamp,
    ) -> Result<Wanted<'a>, Problem> {
        let profile = self.profile(ca)?;
        check_names(ca, &identifiers, profile)?;
        let not_before = moment(self.not_before.as_deref(), "notBefore")?;
        let not_after = moment(self.not_after.as_deref(), "notAfter")?;
        let start = not_before.unwrap_or(now);
        if not_after.is_some_and(|end| end <= start || end > later(start, profile.lifetime)) {
            let detail = "notAfter is not after notBefore, or later than the profile's lifetime allows";
            return Err(Problem::malformed(detail));
        }
        Ok(Wanted { identifiers, profile, not_before, not_after })
    }

    /// The profile asked for, or the first one.
    fn profile<'a>(&self, ca: &'a Authority) -> Result<&'a Profile, Problem> {
        let profiles = &ca.settings.profiles;
        let found = match &self.profile {
            None => profiles.first(),
            Some(wanted) => profiles.iter().find(|profile| profile.name == *wanted),
        };
        found.ok_or_else(|| {
            let wanted = self.profile.as_deref().unwrap_or_default();
            Problem::new(ProblemKind::InvalidProfile, format!("there is no profile \"{wanted}\""))
        })
    }
}

fn moment(text: Option<&str>, field: &str) -> Result<Option<Timestamp>, Problem> {
    let parsed = text.map(|text| text.parse().map_err(|_| Problem::malformed(format!("{field} is not RFC 3339"))));
    parsed.transpose()
}

fn check_names(ca: &Authority, identifiers: &BTreeSet<Identifier>, profile: &Profile) -> Result<(), Problem> {
    if identifiers.len() > profile.max_names {
        let (limit, name) = (profile.max_names, &profile.name);
        return Err(Problem::malformed(format!("the profile {name} takes at most {limit} identifiers")));
    }
    let refusals: Vec<(String, Problem)> = identifiers
        .iter()
        .filter_map(|identifier| Some((identifier.text(), refusal(ca, identifier, identifiers, profile)?)))
        .collect();
    let [(_, first), others @ ..] = refusals.as_slice() else { return Ok(()) };
    let mut problem = first.clone();
    if !others.is_empty() {
        problem.detail += &format!(" (and {} more problems: see the subproblems)", others.len());
    }
    if identifiers.len() > 1 {
        problem.extra.subproblems = refusals;
    }
    Err(problem)
}

fn refusal(ca: &Authority, identifier: &Identifier, all: &BTreeSet<Identifier>, profile: &Profile) -> Option<Problem> {
    if let Some(problem) = identifier.refusal() {
        return Some(problem);
    }
    let text = identifier.text();
    if matches!(identifier, Identifier::Ip(_)) && profile.addresses == Addresses::Refused {
        let detail = format!("the profile {} is not for addresses such as {text}", profile.name);
        return Some(Problem::new(ProblemKind::UnsupportedIdentifier, detail));
    }
    if ca.state().refused_names.contains(&identifier.base()) {
        let detail = format!("the CA's policy forbids issuing for \"{text}\"");
        return Some(Problem::new(ProblemKind::RejectedIdentifier, detail));
    }
    let (_, parent) = text.split_once('.')?;
    let covered = !identifier.is_wildcard() && all.contains(&Identifier::Dns(format!("*.{parent}")));
    covered.then(|| Problem::malformed(format!("\"{text}\" is covered by \"*.{parent}\" in the same order")))
}
