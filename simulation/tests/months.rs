//! The first cycle of a small server and the days after it, for each lifetime: nothing expires, no limit is hit, and days become even.
#![expect(clippy::unwrap_used, reason = "a test says what it expects")]

use simulation::{Figures, Fleet, Setting};

async fn live(setting: Setting, days: u32) -> Figures {
    let directory = tempfile::tempdir().unwrap();
    let mut fleet = Fleet::start(setting, directory.path()).await.unwrap();
    for _ in 0..days {
        fleet.day().await.unwrap();
    }
    fleet.figures()
}

fn all_is_well(figures: &Figures) {
    assert_eq!((figures.expired, figures.refused, figures.without, figures.after_deadline), (0, 0, 0, 0), "{figures}");
    assert!(figures.steady.is_within(0.1), "{figures}\n{:?}", figures.per_day);
    assert!(figures.busiest_hour as f64 <= figures.steady.mean / 24.0 + 1.0, "renewals come by the hour: {figures}");
}

/// A server that gets its first certificates in some days, since the authority accepts no more.
const SMALL: Setting = Setting { websites: 120, lifetime_days: 90, renewal_information: false, orders_in_3_hours: 5 };

#[tokio::test(flavor = "multi_thread")]
async fn ninety_days() {
    let figures = live(SMALL, 80).await;
    all_is_well(&figures);
    assert!(figures.per_day[1] > 30, "the first certificates come in a wave: {:?}", figures.per_day);
    assert!(figures.first_cycle.most <= 7, "which is flat the first time it comes back: {figures}");
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_five_days() {
    all_is_well(&live(Setting { lifetime_days: 45, ..SMALL }, 48).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn six_days() {
    all_is_well(&live(Setting { lifetime_days: 6, ..SMALL }, 16).await);
}
