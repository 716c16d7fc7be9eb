//! The plan as people read it.

use crate::budget::{Bucket, BucketKey, Ledger, LimitKind, Limits};
use crate::plan::companion::Beside;
use crate::plan::eligibility::{NameExclusion, UserEligibility};
use crate::plan::level::Turn;
use crate::plan::names::NameRole;
use crate::plan::priority::Health;
use crate::plan::replace::Origin;
use crate::plan::samples::{DAY, START, certificate};
use crate::plan::shrink::Persistence;
use crate::plan::{Check, Current, NameInput, Pending, Plan, Serving, Settings, SiteId, WebsiteInput, assemble};
use std::collections::BTreeMap;

fn site<'a>(id: i64, user: &'a str, names: &[(&'a str, Check<'a>)]) -> WebsiteInput<'a> {
    let name = |(name, check): &(&'a str, Check<'a>)| NameInput {
        name,
        role: if *name == names[0].0 { NameRole::Primary } else { NameRole::Alias },
        exclusion: NameExclusion::None,
        check: *check,
    };
    WebsiteInput {
        id: SiteId(id),
        user,
        eligibility: UserEligibility::EnabledByFeatureList,
        domain: names[0].0,
        names: names.iter().map(name).collect(),
        current: None,
        beside: Beside::default(),
        pending: Pending::None,
        last_order: Health::Sound,
        readded: &[],
    }
}

fn sample() -> Plan {
    let now = START.plus(70 * DAY);
    let old = certificate(&["dora.test", "shop.dora.test"], 90);
    let failing = Check::Failed { code: "dcv_points_elsewhere", persistence: Persistence::Recent };
    let mut excluded = site(2, "bob", &[("bob.test", Check::Passed)]);
    excluded.eligibility = UserEligibility::Suspended;
    let mut deferred = site(4, "dora", &[("dora.test", Check::Passed), ("shop.dora.test", failing)]);
    deferred.current = Some(Current {
        facts: &old,
        origin: Origin::CurrentProvider,
        window: None,
        serving: Serving::Proved,
        turn: Turn::Drawn,
    });
    let sites = [
        site(
            1,
            "alice",
            &[("alice.test", Check::Passed), ("www.alice.test", Check::Passed), ("old.alice.test", failing)],
        ),
        excluded,
        site(3, "carol", &[("carol.test", Check::Passed)]),
        deferred,
    ];
    let settings = Settings { provider: "Let's Encrypt".into(), account: "acct/1".into(), ..Settings::default() };
    let closed = (BucketKey::new(LimitKind::RegisteredDomain, "carol.test"), Bucket::closed(now.plus(DAY)));
    let limits = Limits::lets_encrypt().configured([("registered_domain", "1/7d")]).unwrap();
    assemble(&sites, &settings, &Ledger::new(limits, BTreeMap::from([closed])), now)
}

#[test]
fn a_plan_is_readable() {
    assert_eq!(
        sample().text(),
        "\
Plan of 2027-03-26 08:00 UTC with Let's Encrypt: 1 to order now, 1 later (the last at 2027-03-27 08:00), 0 to install again, 2 websites left as they are.

alice.test (alice): order, new
  why:  there is no certificate
  when: now
  in:   alice.test, www.alice.test
  out:  old.alice.test: fails validation (dcv_points_elsewhere)

carol.test (carol): order, new
  why:  there is no certificate
  when: waits until 2027-03-27 08:00 because of certificates per registered domain (carol.test)
  in:   carol.test

bob.test (bob): nothing
  why:  the user is suspended

dora.test (dora): nothing
  why:  renewal deferred until 2027-04-12 08:00, since these secured names fail: shop.dora.test
  out:  shop.dora.test: fails validation (dcv_points_elsewhere)
"
    );
}

#[test]
fn a_plan_is_the_same_after_json() {
    let plan = sample();
    let json = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan);
    assert!(json.contains("\"class\":\"new\"") && json.contains("\"deferred\":{\"until\":"));
}

#[test]
fn a_name_cannot_forge_a_line() {
    let mut plan = sample();
    plan.jobs[0].domain = "x\nevil.test: order\u{1b}[2J".into();
    assert!(!plan.text().contains("\nevil") && !plan.text().contains('\u{1b}'));
}
