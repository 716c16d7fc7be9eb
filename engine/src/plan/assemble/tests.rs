//! Whole plans.

use super::*;
use crate::analyze::{CertificateFacts, Defect};
use crate::budget::{LimitKind, Limits};
use crate::plan::SiteId;
use crate::plan::companion::{Beside, CompanionOrder, Companions, IssuedCompanion, OrderedFor};
use crate::plan::eligibility::{Exclusions, NameEligibility, NameExclusion, Pattern, UserEligibility};
use crate::plan::input::Serving;
use crate::plan::level::Turn;
use crate::plan::names::NameRole;
use crate::plan::priority::Health;
use crate::plan::renewal::AriWindow;
use crate::plan::samples::{DAY, START, certificate};
use crate::plan::shrink::{Impediment, Persistence};
use proptest::prelude::*;
use std::collections::BTreeMap;

const NAMES: [&str; 2] = ["a.test", "www.a.test"];

fn site<'a>(names: &[&'a str]) -> WebsiteInput<'a> {
    let name = |name: &&'a str| NameInput {
        name,
        role: if *name == names[0] { NameRole::Primary } else { NameRole::Alias },
        exclusion: NameExclusion::None,
        check: Check::Unchecked,
    };
    WebsiteInput {
        id: SiteId(1),
        user: "alice",
        eligibility: UserEligibility::EnabledByFeatureList,
        domain: names[0],
        names: names.iter().map(name).collect(),
        current: None,
        beside: Beside::default(),
        pending: Pending::None,
        last_order: Health::Sound,
        readded: &[],
    }
}

fn own(facts: &CertificateFacts) -> Option<Current<'_>> {
    Some(Current { facts, origin: Origin::CurrentProvider, window: None, serving: Serving::Proved, turn: Turn::Drawn })
}

fn plan_with(sites: &[WebsiteInput<'_>], settings: &Settings, day: i64) -> Plan {
    assemble(sites, settings, &Ledger::new(Limits::lets_encrypt(), BTreeMap::new()), START.plus(day * DAY))
}

fn plan(site: &WebsiteInput<'_>, day: i64) -> Plan {
    plan_with(std::slice::from_ref(site), &Settings::default(), day)
}

fn why(plan: &Plan) -> &SkipReason {
    assert!(plan.jobs.is_empty() && plan.installs.is_empty());
    &plan.skipped[0].because
}

const FAILED: Check<'static> = Check::Failed { code: "dcv_timeout", persistence: Persistence::Recent };

fn backing_off_until(at: Timestamp) -> Check<'static> {
    Check::BackingOff { until: at, persistence: Persistence::Recent }
}

#[test]
fn a_disabled_user_is_skipped_with_the_reason() {
    let site = WebsiteInput { eligibility: UserEligibility::DisabledByOverride, ..site(&NAMES) };
    assert_eq!(why(&plan(&site, 0)), &SkipReason::User(UserEligibility::DisabledByOverride));
}

#[test]
fn a_website_with_a_pending_job_is_not_planned_again() {
    let site = WebsiteInput { pending: Pending::Job, ..site(&NAMES) };
    assert_eq!(why(&plan(&site, 0)), &SkipReason::Pending);
}

#[test]
fn one_bad_alias_never_sinks_the_certificate() {
    let mut site = site(&NAMES);
    site.names[1].check = FAILED;
    let plan = plan(&site, 0);
    assert_eq!(plan.jobs[0].names, ["a.test"]);
    assert_eq!(plan.jobs[0].left_out[0].because, LeftOutReason::Failing("dcv_timeout".into()));
}

#[test]
fn excluded_names_are_left_out_and_not_missed() {
    let facts = certificate(&["a.test"], 90);
    let mut excluding = WebsiteInput { current: own(&facts), ..site(&NAMES) };
    excluding.names[1].exclusion = NameExclusion::ByUser;
    let plan = plan(&excluding, 1);
    assert!(matches!(why(&plan), SkipReason::Rest(_)));
    assert_eq!(plan.skipped[0].left_out[0].because, LeftOutReason::Ineligible(NameEligibility::ExcludedByUser));
    let settings = Settings { exclusions: Exclusions(vec![Pattern::parse("www.*").unwrap()]), ..Settings::default() };
    assert_eq!(plan_with(&[site(&NAMES)], &settings, 0).jobs[0].names, ["a.test"]);
}

#[test]
fn a_website_whose_names_all_fail_has_an_impediment() {
    let mut site = site(&["a.test"]);
    site.names[0].check = FAILED;
    assert_eq!(why(&plan(&site, 0)), &SkipReason::Impeded(Impediment::TotalDcvFailure));
}

#[test]
fn names_in_back_off_are_left_out_until_their_moment() {
    let facts = certificate(&["a.test"], 90);
    let mut site = WebsiteInput { current: own(&facts), ..site(&NAMES) };
    site.names[1].check = backing_off_until(START.plus(5));
    assert_eq!(why(&plan(&site, 1)), &SkipReason::BackingOff { until: START.plus(5) });
    site.names[1].check = FAILED;
    assert_eq!(why(&plan(&site, 1)), &SkipReason::Impeded(Impediment::NoUnsecuredDomainPassedDcv));
}

#[test]
fn a_renewal_is_deferred_while_a_secured_name_fails_and_then_made_without_it() {
    let facts = certificate(&NAMES, 90);
    let mut site = WebsiteInput { current: own(&facts), ..site(&NAMES) };
    site.names[1].check = FAILED;
    let deferred = SkipReason::Deferred { until: START.plus(87 * DAY), names: vec!["www.a.test".into()] };
    assert_eq!(why(&plan(&site, 70)), &deferred);
    let late = plan(&site, 87);
    assert_eq!(
        (late.jobs[0].names.as_slice(), late.jobs[0].lost.as_slice()),
        (&["a.test".to_owned()][..], &["www.a.test".to_owned()][..])
    );
}

#[test]
fn a_name_that_passes_again_is_added_twice_a_week_at_most() {
    let facts = certificate(&["a.test"], 90);
    let orders = [START, START.plus(DAY)];
    let mut site = WebsiteInput { current: own(&facts), readded: &orders, ..site(&NAMES) };
    site.names[1].check = Check::PassedAgain;
    assert_eq!(why(&plan(&site, 2)), &SkipReason::ReaddLater { until: START.plus(7 * DAY) });
    assert_eq!(plan(&site, 7).jobs.len(), 1);
    site.names[1].check = Check::Passed;
    assert_eq!(plan(&site, 2).jobs.len(), 1);
}

#[test]
fn a_renewal_in_the_window_of_the_ca_is_exempt_and_says_what_it_replaces() {
    let facts = certificate(&NAMES, 90);
    let window = AriWindow { start: START.plus(49 * DAY), end: START.plus(50 * DAY), explanation_url: None };
    let mut site = WebsiteInput { current: own(&facts), ..site(&NAMES) };
    let job = |site: &WebsiteInput<'_>, day| plan(site, day).jobs.remove(0);
    assert_eq!((job(&site, 60).charge, job(&site, 60).replaces), (Charge::SameSet, None));
    site.current = Some(Current { window: Some(&window), ..site.current.unwrap() });
    assert_eq!((job(&site, 50).charge, job(&site, 50).replaces.as_deref()), (Charge::Exempt, Some("a.b")));
    assert_eq!(job(&site, 51).charge, Charge::SameSet);
    site.current = Some(Current { origin: Origin::OtherProvider, ..site.current.unwrap() });
    assert_eq!((job(&site, 50).charge, job(&site, 50).replaces), (Charge::Full, None));
}

#[test]
fn names_over_the_limit_are_reported() {
    let mut settings = Settings::default();
    settings.names.limit = 1;
    let plan = plan_with(&[site(&NAMES)], &settings, 0);
    assert_eq!(plan.jobs[0].names, ["a.test"]);
    assert_eq!(plan.jobs[0].left_out, [LeftOut { name: "www.a.test".into(), because: LeftOutReason::OverLimit }]);
}

#[test]
fn a_website_with_more_names_than_the_limit_is_not_ordered_again_and_again() {
    let facts = certificate(&["a.test"], 90);
    let mut settings = Settings::default();
    settings.names.limit = 1;
    let full = WebsiteInput { current: own(&facts), ..site(&NAMES) };
    assert_eq!(why(&plan_with(&[full], &settings, 1)), &SkipReason::OverLimit);
}

#[test]
fn a_secured_name_that_a_smaller_limit_cuts_off_is_told_as_lost() {
    let facts = certificate(&NAMES, 90);
    let mut settings = Settings::default();
    settings.names.limit = 1;
    let due = plan_with(&[WebsiteInput { current: own(&facts), ..site(&NAMES) }], &settings, 61);
    assert_eq!(due.jobs[0].lost, ["www.a.test"]);
}

#[test]
fn what_the_budget_does_not_allow_now_waits_in_order() {
    let domains: Vec<String> = (0..271).map(|number| format!("site{number}.test")).collect();
    let sites: Vec<WebsiteInput<'_>> = domains.iter().map(|domain| site(&[domain])).collect();
    let plan = plan_with(&sites, &Settings::default(), 0);
    assert_eq!(plan.jobs.iter().filter(|job| job.wait.is_none()).count(), 270);
    let wait = plan.jobs[270].wait.clone().unwrap();
    assert_eq!((wait.limit.kind, wait.until), (LimitKind::NewOrders, START.plus(36)));
}

#[test]
fn an_unproved_certificate_is_installed_again() {
    let facts = certificate(&NAMES, 90);
    let current = own(&facts).map(|current| Current { serving: Serving::Unproved, ..current });
    let plan = plan(&WebsiteInput { current, ..site(&NAMES) }, 1);
    assert_eq!((plan.jobs.len(), plan.installs.len(), plan.skipped.len()), (0, 1, 0));
}

fn any_check() -> impl Strategy<Value = Check<'static>> {
    prop_oneof![
        Just(Check::Unchecked),
        Just(Check::Passed),
        Just(Check::PassedAgain),
        Just(FAILED),
        Just(backing_off_until(START.plus(200 * DAY))),
    ]
}

proptest! {
    #[test]
    fn every_website_has_one_decision_and_every_name_is_in_or_out(
        checks in proptest::collection::vec((any_check(), 0_usize..3), 1..6), covered in 0_usize..7, day in 0_i64..100, limit in 1_usize..6,
    ) {
        let all = ["a.test", "www.a.test", "mail.a.test", "b.test", "www.b.test", "c.test"];
        let facts = certificate(&all[..covered.min(6)], 90);
        let mut site = site(&all[..checks.len()]);
        site.current = own(&facts).filter(|_| covered > 0);
        for (name, (check, exclusion)) in site.names.iter_mut().zip(&checks) {
            name.check = *check;
            name.exclusion = [NameExclusion::None, NameExclusion::None, NameExclusion::ByAdministrator][*exclusion];
        }
        let mut settings = Settings::default();
        settings.names.limit = limit;
        let plan = plan_with(std::slice::from_ref(&site), &settings, day);
        prop_assert_eq!(plan.jobs.len() + plan.installs.len() + plan.skipped.len(), 1);
        for job in &plan.jobs {
            prop_assert!(!job.names.is_empty() && job.names.len() <= limit);
            for name in &site.names {
                let is_in = job.names.iter().any(|other| other == name.name);
                let is_out = job.left_out.iter().any(|other| other.name == name.name);
                prop_assert!(is_in != is_out, "{}", name.name);
                prop_assert!(!is_in || (name.exclusion == NameExclusion::None && failing(name).is_none()));
            }
        }
    }
}

#[test]
fn a_revoked_certificate_is_replaced_at_once_without_naming_it_to_the_provider() {
    let window = AriWindow { start: START.plus(-DAY), end: START.plus(80 * DAY), explanation_url: None };
    let with = |revoked_at| {
        let facts = CertificateFacts { revoked_at, ..certificate(&NAMES, 90) };
        let current = own(&facts).map(|current| Current { window: Some(&window), ..current });
        plan(&WebsiteInput { current, ..site(&NAMES) }, 61).jobs.remove(0)
    };
    let sound = with(None);
    assert_eq!((sound.replaces.as_deref(), sound.charge), (Some("a.b"), Charge::Exempt));
    let revoked = with(Some(START.plus(DAY)));
    assert_eq!(revoked.because, OrderReason::Defective(vec![Defect::Revoked]));
    assert_eq!((revoked.class, revoked.replaces, revoked.charge), (PriorityClass::Expired, None, Charge::SameSet));
}

#[test]
fn a_companion_is_ordered_beside_a_sound_certificate_and_after_all_that_is_needed() {
    let facts = certificate(&NAMES, 90);
    let settings = Settings { companions: Companions::Wanted, ..Settings::default() };
    let sound = WebsiteInput { current: own(&facts), ..site(&NAMES) };
    assert!(plan(&sound, 1).jobs.is_empty(), "nobody wants one");
    let plan = plan_with(&[sound.clone(), WebsiteInput { id: SiteId(2), ..site(&["b.test"]) }], &settings, 1);
    let [first, companion] = plan.jobs.as_slice() else { panic!("{plan:?}") };
    assert_eq!((first.occasion, companion.occasion), (Occasion::Ordinary, Occasion::Companion));
    assert_eq!((companion.charge, companion.replaces.as_ref()), (Charge::SameSet, None), "a renewal of the same names");
    assert_eq!(companion.names, NAMES);

    let due = plan_with(std::slice::from_ref(&sound), &settings, 61);
    assert_eq!(due.jobs[0].occasion, Occasion::Ordinary, "the certificate itself comes first");
    let names = NAMES.map(str::to_owned);
    let issued =
        IssuedCompanion { names: &names, validity: facts.validity, revoked_at: None, ordered_for: OrderedFor::ThisOne };
    let has_one = WebsiteInput { beside: Beside { issued: Some(issued), ..Beside::default() }, ..sound.clone() };
    assert!(plan_with(&[has_one], &settings, 1).jobs.is_empty());
    let rests = WebsiteInput { beside: Beside { issued: None, order: CompanionOrder::Rests }, ..sound };
    assert!(plan_with(&[rests], &settings, 1).jobs.is_empty());
}
