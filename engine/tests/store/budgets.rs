//! What is left of providers' limits, and how long providers take.

use crate::sample::{NOW, import, names, site_of, user};
use engine::budget::{Bucket, BucketKey, LimitKind, Rate};
use engine::model::{RunId, Timestamp};
use engine::plan::Occasion;
use engine::store::{NewCertificate, NewJob, Step, Store, WebsiteId};

const WEEKLY: Rate = Rate { capacity: 50, seconds: 7 * 86_400 };

pub(crate) async fn the_tightest_buckets_are_found(store: &dyn Store) {
    let key = |domain: &str| BucketKey::new(LimitKind::RegisteredDomain, domain);
    let used = |tokens, at| Bucket::full(WEEKLY, at).spend(WEEKLY, tokens, at);
    let yesterday = NOW.plus(-86_400);
    let buckets = [
        (key("much.test"), used(20, NOW)),
        // Seven come back in a day.
        (key("longer-ago.test"), used(25, yesterday)),
        (key("over.test"), used(7, yesterday)),
        (key("empty.test"), used(50, NOW)),
        (key("closed.test"), Bucket::closed(NOW.plus(500))),
        (BucketKey::new(LimitKind::ExactSet, "another limit"), used(50, NOW)),
    ];
    store.keep_buckets("tight", &buckets).await.unwrap();
    store.keep_buckets("another", &[(key("elsewhere.test"), used(50, NOW))]).await.unwrap();
    let limit = (LimitKind::RegisteredDomain, WEEKLY);
    let found = store.tightest_buckets("tight", limit, NOW, 3).await.unwrap();
    let domains: Vec<&str> = found.iter().map(|(key, _)| key.subject.as_str()).collect();
    assert_eq!(domains, ["closed.test", "empty.test", "much.test"], "by what is in them now");
    assert_eq!(found[1].1, buckets[3].1);
    let all = store.tightest_buckets("tight", limit, NOW, 9).await.unwrap();
    assert_eq!(all.len(), 4, "what is full again is not among them: {all:?}");
    assert_eq!(store.bucket("tight", &key("much.test")).await.unwrap(), Some(buckets[0].1));
    assert_eq!(store.bucket("tight", &key("elsewhere.test")).await.unwrap(), None);
    let keys: Vec<BucketKey> = buckets.into_iter().map(|(key, _)| key).collect();
    store.drop_buckets("tight", &keys).await.unwrap();
    assert_eq!(store.tightest_buckets("tight", limit, NOW, 9).await.unwrap(), []);
}

/// Order a certificate, and have it so many seconds later.
async fn deliver(store: &dyn Store, website: WebsiteId, provider: &str, seconds: i64, at: Timestamp) {
    let planned = NewJob {
        run: RunId("deliver".into()),
        website,
        names: names(&["slow.test"]),
        provider: provider.into(),
        detail: String::new(),
        replaces: None,
        occasion: Occasion::Ordinary,
    };
    let job = store.plan_job(&planned, at.plus(-900)).await.unwrap().id;
    crate::sample::finalize(store, job, at).await;
    let new = NewCertificate {
        website,
        names: names(&["slow.test"]),
        not_before: at,
        not_after: at.plus(90 * 86_400),
        issuer: "Slow CA".into(),
        fingerprint: format!("slow {}", at.0),
        serial: "0b".into(),
        shelf: "alice.test".into(),
        generation: 1,
        ari_id: None,
        key_type: None,
        profile: None,
    };
    store.record_certificate(job, &new, at.plus(seconds)).await.unwrap();
    store.step_job(job, Step::Install, "", at.plus(seconds)).await.unwrap();
    store.step_job(job, Step::Finish, "", at.plus(seconds)).await.unwrap();
}

pub(crate) async fn delivery_times_are_kept_for_the_newest_certificates(store: &dyn Store) {
    import(store, vec![user("slow", &[&["slow.test"]])]).await.unwrap();
    let website = site_of(store, "slow").await.id;
    let of = async |provider: &str| -> Vec<u32> {
        let all = store.delivery_times().await.unwrap();
        all.into_iter().filter(|time| time.provider == provider).map(|time| time.seconds).collect()
    };
    for (number, seconds) in (0..).zip([4, 90]) {
        deliver(store, website, "slow", seconds, NOW.plus(number * 1_000)).await;
    }
    assert_eq!(of("slow").await, [4, 90], "from the order on, not from the plan on");
    for number in 2..204 {
        deliver(store, website, "slow", number, NOW.plus(number * 1_000)).await;
    }
    let kept = of("slow").await;
    assert_eq!((kept.len(), kept.first(), kept.last()), (200, Some(&4), Some(&203)), "the oldest are forgotten");
    assert_eq!(of("quick").await, [0_u32; 0]);
}
