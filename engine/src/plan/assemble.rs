//! Making the plan of a run.

use super::eligibility::name_eligibility;
use super::input::{Check, Current, NameInput, Pending, Settings, WebsiteInput};
use super::names::{Candidate, NameSecurity, select};
use super::need::{Need, OrderReason, RestReason, need};
use super::output::{LeftOut, LeftOutReason, Occasion, Plan, PlannedInstall, PlannedJob, SkipReason, Skipped};
use super::priority::{self, PriorityClass, Rank};
use super::replace::Origin;
use super::shrink::{Dueness, FailingName, Readd, Shrink, readd, shrink};
use crate::analyze::is_covered;
use crate::budget::{Buckets, Charge, Ledger, OrderRequest, Purpose, Schedule};
use crate::model::Timestamp;

/// Make the plan for websites at a moment. Nothing is spent in the ledger.
#[must_use]
pub fn assemble<'a, B: Buckets>(
    websites: impl IntoIterator<Item = &'a WebsiteInput<'a>>,
    settings: &Settings,
    ledger: &Ledger<B>,
    now: Timestamp,
) -> Plan {
    let provider = settings.provider.clone();
    let mut plan = Plan { at: now, provider, jobs: Vec::new(), installs: Vec::new(), skipped: Vec::new() };
    for website in websites {
        decide(website, settings, now, &mut plan);
    }
    plan.jobs = priority::sort(plan.jobs, |job| Rank { user: &job.user, class: job.class, health: job.health });
    let mut schedule = Schedule::new(ledger, now);
    for job in &mut plan.jobs {
        let request =
            OrderRequest { account: &settings.account, names: &job.names, charge: job.charge, purpose: job.purpose };
        job.wait = schedule.place(&request).wait;
    }
    plan
}

/// Decide for one website and add the decision to the plan.
fn decide(website: &WebsiteInput<'_>, settings: &Settings, now: Timestamp, plan: &mut Plan) {
    if !website.eligibility.is_eligible() {
        return plan.skipped.push(skipped(website, SkipReason::User(website.eligibility), Vec::new()));
    }
    if website.pending == Pending::Job {
        return plan.skipped.push(skipped(website, SkipReason::Pending, Vec::new()));
    }
    let mut left_out = Vec::new();
    let mut eligible: Vec<&NameInput<'_>> = Vec::with_capacity(website.names.len());
    for name in &website.names {
        let verdict = name_eligibility(name.name, name.exclusion, &settings.exclusions, settings.addresses);
        if verdict.is_eligible() {
            eligible.push(name);
        } else {
            left_out.push(LeftOut { name: name.name.into(), because: LeftOutReason::Ineligible(verdict) });
        }
    }
    let wanted: Vec<&str> = eligible.iter().map(|name| name.name).collect();
    let need = need(&wanted, website.current, settings.foreign, now);
    if matches!(need, Need::Install | Need::Rest(RestReason::Secured { .. }))
        && let Some(job) = companion(website, &wanted, settings, now)
    {
        return plan.jobs.push(job);
    }
    let (class, because, dueness) = match need {
        Need::Rest(reason) => return plan.skipped.push(skipped(website, SkipReason::Rest(reason), left_out)),
        Need::Install => {
            let (user, domain) = (website.user.into(), website.domain.into());
            return plan.installs.push(PlannedInstall { website: website.id, user, domain });
        }
        Need::Certificate { class, because, dueness } => (class, because, dueness),
    };
    left_out.extend(eligible.iter().filter_map(|name| failure(name)));
    let failing: Vec<FailingName<'_>> = eligible.iter().filter_map(|name| failing(name)).collect();
    let is_refused = matches!(because, OrderReason::Defective(_) | OrderReason::ForeignInvalid(_));
    let live = website.current.filter(|_| !is_refused);
    let skip = match shrink(&wanted, &failing, live.map(|current| current.facts), dueness, now) {
        Shrink::Order { names, lost } => {
            let draft = Draft { class, because, dueness, left_out, lost, occasion: Occasion::Ordinary };
            match order(website, &names, &eligible, draft, settings, now) {
                Ok(jobs) => return plan.jobs.extend(jobs),
                Err(skip) => return plan.skipped.push(skip),
            }
        }
        Shrink::Deferred { until, names } => SkipReason::Deferred { until, names },
        Shrink::Impeded(impediment) => match backing_off(&eligible, &because) {
            Some(until) => SkipReason::BackingOff { until },
            None => SkipReason::Impeded(impediment),
        },
    };
    plan.skipped.push(skipped(website, skip, left_out));
}

/// Make the job for the companion of a website's certificate, which is sound; `None` where none is due.
fn companion(website: &WebsiteInput<'_>, wanted: &[&str], settings: &Settings, now: Timestamp) -> Option<PlannedJob> {
    let current = website.current.filter(|current| current.origin != Origin::Foreign)?;
    let facts = Some(current.facts).filter(|facts| settings.companions.has_one(facts))?;
    let names = website.beside.wanted(facts, wanted, now)?;
    let own = Some(Current { window: None, ..current }).filter(|current| current.origin == Origin::CurrentProvider);
    Some(PlannedJob {
        website: website.id,
        user: website.user.into(),
        domain: website.domain.into(),
        because: OrderReason::Companion,
        class: PriorityClass::Renewal,
        health: website.last_order,
        charge: charge(own, &names, now),
        replaces: None,
        provider: None,
        names,
        left_out: Vec::new(),
        lost: Vec::new(),
        purpose: Purpose::Ordinary,
        occasion: Occasion::Companion,
        wait: None,
    })
}

/// What the jobs of one website have in common.
struct Draft {
    class: PriorityClass,
    because: OrderReason,
    dueness: Dueness,
    left_out: Vec<LeftOut>,
    lost: Vec<String>,
    occasion: Occasion,
}

/// Choose the names and make the website's jobs, or tell why an order would bring nothing.
fn order(
    website: &WebsiteInput<'_>,
    names: &[String],
    eligible: &[&NameInput<'_>],
    mut draft: Draft,
    settings: &Settings,
    now: Timestamp,
) -> Result<Vec<PlannedJob>, Skipped> {
    let candidates: Vec<Candidate<'_>> = eligible
        .iter()
        .filter(|name| names.iter().any(|passing| passing == name.name))
        .map(|name| Candidate { name: name.name, role: name.role, security: security(website.current, name.name) })
        .collect();
    let selection = select(&candidates, &settings.names, &settings.zones);
    let is_secured = |name: &String| security(website.current, name) == NameSecurity::Secured;
    let over_limit =
        selection.cut_off.iter().map(|name| LeftOut { name: name.clone(), because: LeftOutReason::OverLimit });
    draft.left_out.extend(over_limit);
    let gains_nothing = draft.dueness == Dueness::NotDue && selection.certificates.iter().flatten().all(is_secured);
    if gains_nothing {
        return Err(skipped(website, SkipReason::OverLimit, draft.left_out));
    }
    if only_readds(eligible, &draft) {
        // The limit for exactly the same names is the ledger's to know.
        if let Readd::Wait { until } = readd(website.readded, &[], settings.readd, now) {
            return Err(skipped(website, SkipReason::ReaddLater { until }, draft.left_out));
        }
        draft.occasion = Occasion::Readd;
    }
    draft.lost.extend(selection.cut_off.iter().filter(|name| is_secured(name)).cloned());
    Ok(jobs(website, selection.certificates, &draft, now))
}

fn jobs(website: &WebsiteInput<'_>, certificates: Vec<Vec<String>>, draft: &Draft, now: Timestamp) -> Vec<PlannedJob> {
    let own = website.current.filter(|current| current.origin == Origin::CurrentProvider);
    let purpose = match draft.class {
        PriorityClass::Expired | PriorityClass::Expiring => Purpose::Urgent,
        PriorityClass::New | PriorityClass::Renewal => Purpose::Ordinary,
    };
    let job = |names: Vec<String>| PlannedJob {
        website: website.id,
        user: website.user.into(),
        domain: website.domain.into(),
        because: draft.because.clone(),
        class: draft.class,
        health: website.last_order,
        charge: charge(own, &names, now),
        replaces: replaces(own, &names),
        provider: None,
        names,
        left_out: draft.left_out.clone(),
        lost: draft.lost.clone(),
        purpose,
        occasion: draft.occasion,
        wait: None,
    };
    certificates.into_iter().map(job).collect()
}

/// Tell which limits an order for `names` counts against; `own` is the provider's certificate that it would replace.
pub(crate) fn charge(own: Option<Current<'_>>, names: &[String], now: Timestamp) -> Charge {
    let Some(current) = own else { return Charge::Full };
    let covered = &current.facts.names;
    let is_in_window = current.window.is_some_and(|window| window.contains(now));
    if is_in_window && replaces(own, names).is_some() {
        return Charge::Exempt;
    }
    let is_same_set = covered.len() == names.len() && names.iter().all(|name| covered.contains(name));
    if is_same_set { Charge::SameSet } else { Charge::Full }
}

/// Tell which certificate an order for `names` replaces (RFC 9773, section 5); `own` is the provider's that is in place.
pub(crate) fn replaces(own: Option<Current<'_>>, names: &[String]) -> Option<String> {
    // A revoked one is not replaced. A window is there only if the provider knows ARI; to others the field is an error.
    let is_known = |current: &Current<'_>| current.window.is_some() && current.facts.revoked_at.is_none();
    let known = own.filter(|current| is_known(current) && shares_a_name(*current, names))?;
    known.facts.ari_id.clone()
}

fn shares_a_name(current: Current<'_>, names: &[String]) -> bool {
    names.iter().any(|name| current.facts.names.contains(name))
}

fn security(current: Option<Current<'_>>, name: &str) -> NameSecurity {
    match current {
        Some(current) if is_covered(name, &current.facts.names) => NameSecurity::Secured,
        _ => NameSecurity::Unsecured,
    }
}

/// Tell whether an order only brings back names that had failed; such are made a few times a week at most.
fn only_readds(eligible: &[&NameInput<'_>], draft: &Draft) -> bool {
    let OrderReason::Missing(missing) = &draft.because else { return false };
    let mut gained =
        eligible.iter().filter(|name| missing.iter().any(|other| other == name.name) && failing(name).is_none());
    draft.dueness == Dueness::NotDue && gained.all(|name| name.check == Check::PassedAgain)
}

/// Tell when the first name that the website lacks, and that is left alone, is tried again; `None` where other names fail, too.
fn backing_off(eligible: &[&NameInput<'_>], because: &OrderReason) -> Option<Timestamp> {
    let is_lacking = |name: &NameInput<'_>| match because {
        OrderReason::Missing(missing) => missing.iter().any(|other| other == name.name),
        _ => true,
    };
    let moments = eligible.iter().filter(|name| is_lacking(name)).map(|name| match name.check {
        Check::BackingOff { until, .. } => Some(until),
        _ => None,
    });
    moments.collect::<Option<Vec<_>>>()?.into_iter().min()
}

fn failing<'a>(name: &NameInput<'a>) -> Option<FailingName<'a>> {
    match name.check {
        Check::Failed { persistence, .. } | Check::BackingOff { persistence, .. } => {
            Some(FailingName { name: name.name, persistence })
        }
        Check::Unchecked | Check::Passed | Check::PassedAgain => None,
    }
}

fn failure(name: &NameInput<'_>) -> Option<LeftOut> {
    let because = match name.check {
        Check::Failed { code, .. } => LeftOutReason::Failing(code.into()),
        Check::BackingOff { until, .. } => LeftOutReason::BackingOff(until),
        Check::Unchecked | Check::Passed | Check::PassedAgain => return None,
    };
    Some(LeftOut { name: name.name.into(), because })
}

fn skipped(website: &WebsiteInput<'_>, because: SkipReason, left_out: Vec<LeftOut>) -> Skipped {
    Skipped { website: website.id, user: website.user.into(), domain: website.domain.into(), because, left_out }
}

#[cfg(test)]
mod tests;
