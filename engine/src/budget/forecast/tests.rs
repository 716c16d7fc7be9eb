//! How long many orders take.

use super::*;
use crate::budget::{Bucket, BucketKey, Charge, Limits, Purpose, Rate};
use std::collections::BTreeMap;

const START: Timestamp = Timestamp(1_800_000_000);

fn of(sites: &[Vec<String>], ledger: &Ledger<BTreeMap<BucketKey, Bucket>>) -> Forecast {
    let request = |names| OrderRequest { account: "acct/1", names, charge: Charge::Full, purpose: Purpose::Ordinary };
    forecast(sites.iter().map(|names| request(names)), ledger, START)
}

fn sites(count: usize, name: impl Fn(usize) -> String) -> Vec<Vec<String>> {
    (0..count).map(|number| vec![name(number)]).collect()
}

#[test]
fn ten_thousand_new_names_take_four_days_from_a_full_bucket_and_a_little_more_from_an_empty_one() {
    let wanted = sites(10_000, |number| format!("site{number}.test"));
    let full = Ledger::new(Limits::lets_encrypt(), BTreeMap::new());
    assert_eq!(of(&wanted, &full).words(), "10,000 orders take 4.1 days: new orders per account");
    assert_eq!(of(&wanted, &full).per_day, [2_669, 2_400, 2_400, 2_400, 131]);
    let rate = Rate { capacity: 300, seconds: 10_800 };
    let empty = Bucket::full(rate, START).spend(rate, 300, START);
    let key = BucketKey::new(LimitKind::NewOrders, "acct/1");
    let used_up = Ledger::new(Limits::lets_encrypt(), BTreeMap::from([(key, empty)]));
    assert_eq!(of(&wanted, &used_up).words(), "10,000 orders take 4.2 days: new orders per account");
}

#[test]
fn many_subdomains_of_one_domain_are_bound_by_the_domain() {
    let wanted = sites(150, |number| format!("n{number}.example.org"));
    let forecast = of(&wanted, &Ledger::new(Limits::lets_encrypt(), BTreeMap::new()));
    assert_eq!(forecast.words(), "150 orders take 14.7 days: certificates per registered domain");
    assert_eq!(forecast.per_day.iter().sum::<usize>(), 150);
}

#[test]
fn what_fits_the_budget_can_be_sent_at_once() {
    let wanted = sites(270, |number| format!("site{number}.test"));
    let forecast = of(&wanted, &Ledger::new(Limits::lets_encrypt(), BTreeMap::new()));
    assert_eq!((forecast.words().as_str(), forecast.seconds), ("270 orders can be sent at once", 0));
}

#[test]
fn a_forecast_agrees_with_sending_the_orders_one_by_one() {
    let wanted = sites(700, |number| format!("site{number}.test"));
    let mut ledger = Ledger::new(Limits::lets_encrypt(), BTreeMap::new());
    let told = of(&wanted, &ledger).seconds;
    let mut now = START;
    for names in &wanted {
        let request = OrderRequest { account: "acct/1", names, charge: Charge::Full, purpose: Purpose::Ordinary };
        if let crate::budget::Verdict::Wait(wait) = ledger.may_order(&request, now) {
            now = wait.until;
        }
        ledger.spend(&request, now);
    }
    assert_eq!(now.since(START), told);
}

#[test]
fn new_names_are_told_as_if_each_were_forecast() {
    let rate = Rate { capacity: 300, seconds: 10_800 };
    let key = BucketKey::new(LimitKind::NewOrders, "acct/1");
    let half = BTreeMap::from([(key, Bucket::full(rate, START).spend(rate, 150, START))]);
    let closed = BTreeMap::from([(BucketKey::new(LimitKind::Unstated, "acct/1"), Bucket::closed(START.plus(90)))]);
    for buckets in [BTreeMap::new(), half, closed] {
        let ledger = Ledger::new(Limits::lets_encrypt(), buckets);
        for count in [1, 130, 271, 1_000] {
            let told = of(&sites(count, |number| format!("site{number}.test")), &ledger);
            let names = u32::try_from(count).unwrap();
            assert_eq!(last_of_new_names(names, "acct/1", &ledger, START), (told.seconds, told.bound_by), "{count}");
        }
    }
    let words = |names, limits| new_names_in_words(names, "", &Ledger::new(limits, BTreeMap::new()), START);
    assert_eq!(words(10_000, Limits::lets_encrypt()), "10,000 new names take 4.1 days: new orders per account");
    assert_eq!(words(10_000, Limits::none()), "10,000 new names can be ordered at once");
    assert_eq!(words(1, Limits::lets_encrypt()), "1 new name can be ordered at once");
}
