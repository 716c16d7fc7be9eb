//! Orders against limits.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

const START: Timestamp = Timestamp(1_800_000_000);
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

fn ledger(limits: Limits) -> Ledger<BTreeMap<BucketKey, Bucket>> {
    Ledger::new(limits, BTreeMap::new())
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn request(names: &[String]) -> OrderRequest<'_> {
    OrderRequest { account: "acct/1", names, charge: Charge::Full, purpose: Purpose::Ordinary }
}

fn limit(verdict: Verdict) -> Option<(LimitKind, i64)> {
    match verdict {
        Verdict::Allowed => None,
        Verdict::Wait(wait) => Some((wait.limit.kind, wait.until.since(START))),
    }
}

/// Send orders for different names until one has to wait.
fn orders_until_wait(
    ledger: &mut Ledger<BTreeMap<BucketKey, Bucket>>,
    purpose: Purpose,
    name: impl Fn(u32) -> String,
) -> u32 {
    let mut sent = 0;
    loop {
        let names = [name(sent)];
        let request = OrderRequest { purpose, ..request(&names) };
        if sent > 1_000 || ledger.may_order(&request, START) != Verdict::Allowed {
            return sent;
        }
        ledger.spend(&request, START);
        sent += 1;
    }
}

#[test]
fn an_account_sends_300_orders_in_3_hours_of_which_30_are_kept_for_what_expires() {
    let mut ledger = ledger(Limits::lets_encrypt());
    assert_eq!(orders_until_wait(&mut ledger, Purpose::Ordinary, |n| format!("site{n}.test")), 270);
    assert_eq!(limit(ledger.may_order(&request(&names(&["x.test"])), START)), Some((LimitKind::NewOrders, 36)));
    assert_eq!(orders_until_wait(&mut ledger, Purpose::Urgent, |n| format!("old{n}.test")), 30);
}

#[test]
fn a_registered_domain_gets_50_certificates_a_week_all_subdomains_together() {
    let mut ledger = ledger(Limits::lets_encrypt());
    assert_eq!(orders_until_wait(&mut ledger, Purpose::Urgent, |n| format!("n{n}.example.co.uk")), 50);
    let (kind, seconds) = limit(ledger.may_order(&request(&names(&["y.example.co.uk"])), START)).unwrap();
    // Six tokens of 12,096 seconds: one to spend, five kept.
    assert_eq!((kind, seconds), (LimitKind::RegisteredDomain, 6 * 12_096));
    assert_eq!(ledger.may_order(&request(&names(&["other.co.uk"])), START), Verdict::Allowed);
}

#[test]
fn the_same_names_are_ordered_five_times_a_week_in_any_order() {
    let mut ledger = ledger(Limits::lets_encrypt());
    for _ in 0..5 {
        ledger.spend(&request(&names(&["a.test", "b.test"])), START);
    }
    let verdict = |wanted: &[&str]| limit(ledger.may_order(&request(&names(wanted)), START));
    assert_eq!(verdict(&["b.test", "a.test"]), Some((LimitKind::ExactSet, 120_960)));
    assert_eq!(verdict(&["a.test"]), None);
}

#[test]
fn a_name_that_failed_five_times_in_an_hour_holds_up_an_order_with_it() {
    let mut ledger = ledger(Limits::lets_encrypt());
    for _ in 0..5 {
        ledger.spend_failed_validation("acct/1", "b.test", START);
    }
    let verdict = |wanted: &[&str]| limit(ledger.may_order(&request(&names(wanted)), START));
    assert_eq!(verdict(&["a.test", "b.test"]), Some((LimitKind::FailedValidations, 720)));
    assert_eq!(verdict(&["a.test"]), None);
}

#[test]
fn a_renewal_in_the_window_of_the_ca_is_exempt_and_one_for_the_same_names_nearly() {
    let mut ledger = ledger(Limits::lets_encrypt());
    orders_until_wait(&mut ledger, Purpose::Urgent, |n| format!("site{n}.test"));
    let wanted = names(&["a.test"]);
    let with = |charge| OrderRequest { charge, ..request(&wanted) };
    assert_eq!(ledger.may_order(&with(Charge::Exempt), START), Verdict::Allowed);
    assert_eq!(ledger.may_order(&with(Charge::SameSet), START), Verdict::Allowed);
    assert!(limit(ledger.may_order(&with(Charge::Full), START)).is_some());
    for _ in 0..5 {
        ledger.spend(&with(Charge::SameSet), START);
    }
    assert_eq!(limit(ledger.may_order(&with(Charge::SameSet), START)).unwrap().0, LimitKind::ExactSet);
    assert_eq!(ledger.may_order(&with(Charge::Exempt), START), Verdict::Allowed);
}

#[test]
fn ten_accounts_are_registered_in_three_hours() {
    let mut ledger = ledger(Limits::lets_encrypt());
    for _ in 0..10 {
        assert_eq!(ledger.may_register(START), Verdict::Allowed);
        ledger.spend_registration(START);
    }
    assert_eq!(limit(ledger.may_register(START)), Some((LimitKind::NewAccounts, 18 * 60)));
}

#[test]
fn a_limit_that_the_ca_names_is_closed_until_its_moment() {
    let mut ledger = ledger(Limits::lets_encrypt());
    let wanted = names(&["a.test", "b.test"]);
    let refusal = CaRefusal {
        limit: Some(LimitKind::RegisteredDomain),
        subject: Some("b.test".into()),
        retry_after: Some(START.plus(2 * HOUR)),
    };
    ledger.reconcile(&refusal, &request(&wanted), START);
    let urgent = |wanted: &[String]| {
        limit(ledger.may_order(&OrderRequest { purpose: Purpose::Urgent, ..request(wanted) }, START))
    };
    assert_eq!(urgent(&wanted), Some((LimitKind::RegisteredDomain, 2 * HOUR)));
    assert_eq!(urgent(&names(&["a.test"])), None);
}

#[test]
fn a_limit_that_the_ca_does_not_name_closes_the_account_even_without_limits_of_ours() {
    let mut ledger = ledger(Limits::none());
    let wanted = names(&["a.test"]);
    ledger.reconcile(&CaRefusal::default(), &request(&wanted), START);
    let exempt = OrderRequest { charge: Charge::Exempt, ..request(&wanted) };
    assert_eq!(limit(ledger.may_order(&exempt, START)), Some((LimitKind::Unstated, HOUR)));
    assert_eq!(ledger.may_order(&exempt, START.plus(HOUR)), Verdict::Allowed);
}

#[test]
fn a_refusal_never_opens_earlier_what_is_closed_for_longer() {
    let mut ledger = ledger(Limits::none());
    let wanted = names(&["a.test"]);
    let closing = |seconds| CaRefusal { retry_after: Some(START.plus(seconds)), ..CaRefusal::default() };
    ledger.reconcile(&closing(2 * DAY), &request(&wanted), START);
    ledger.reconcile(&closing(5), &request(&wanted), START);
    assert_eq!(limit(ledger.may_order(&request(&wanted), START)), Some((LimitKind::Unstated, 2 * DAY)));
}

#[test]
fn without_limits_anything_may_be_ordered() {
    assert_eq!(orders_until_wait(&mut ledger(Limits::none()), Purpose::Ordinary, |_| "a.test".into()), 1_001);
}

#[test]
fn the_books_survive_a_restart() {
    let mut before = ledger(Limits::lets_encrypt());
    let wanted = names(&["a.test"]);
    before.spend(&request(&wanted), START);
    let rows: Vec<(BucketKey, Bucket)> = before.into_buckets().into_iter().collect();
    let stored = serde_json::to_string(&rows).unwrap();
    let loaded: Vec<(BucketKey, Bucket)> = serde_json::from_str(&stored).unwrap();
    assert_eq!(loaded, rows);
    assert_eq!(loaded.len(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    // The CA's own view: whatever is allowed by us is allowed by buckets that know nothing of reserves.
    #[test]
    fn an_order_that_is_allowed_finds_a_token_in_every_bucket(
        orders in proptest::collection::vec((0_usize..4, 0_i64..20_000, any::<bool>()), 1..200),
    ) {
        let limits = Limits::lets_encrypt().configured([("new_orders", "20/3h"), ("registered_domain", "8/7d")]).unwrap();
        let mut ledger = ledger(limits);
        let mut now = START;
        for (site, pause, is_urgent) in orders {
            now = now.plus(pause);
            let wanted = names(&[["a.test", "w.a.test", "b.test", "c.test"][site]]);
            let purpose = if is_urgent { Purpose::Urgent } else { Purpose::Ordinary };
            let request = OrderRequest { purpose, ..request(&wanted) };
            match ledger.may_order(&request, now) {
                Verdict::Allowed => {
                    for demand in ledger.demands(&request) {
                        prop_assert!(ledger.bucket(&demand.key, demand.rate, now).tokens(demand.rate, now) >= 1);
                    }
                    ledger.spend(&request, now);
                }
                Verdict::Wait(wait) => {
                    prop_assert!(wait.until > now);
                    prop_assert_eq!(ledger.may_order(&request, wait.until), Verdict::Allowed);
                }
            }
        }
    }
}

#[test]
fn who_waits_for_the_same_limit_comes_one_after_the_other() {
    let mut ledger = ledger(Limits::lets_encrypt());
    orders_until_wait(&mut ledger, Purpose::Ordinary, |n| format!("site{n}.test"));
    let names = names(&["x.test"]);
    let limit = BucketKey::new(LimitKind::NewOrders, "acct/1");
    let moments = [0, 1, 99].map(|others| ledger.may_order_after(&request(&names), &limit, others, START).since(START));
    assert_eq!(moments, [36, 72, 3_600]);
    let other = BucketKey::new(LimitKind::NewOrders, "acct/2");
    assert_eq!(ledger.may_order_after(&request(&names), &other, 5, START), START, "another account's limit");
}
