//! How long providers take, as measured here.

use crate::engine::Inner;
use crate::error::EngineResult;
use crate::model::Delivery;
use crate::store::DeliveryTime;
use std::collections::BTreeMap;

/// Tell how long each provider took for its newest certificates, by its short name.
pub(crate) async fn deliveries(inner: &Inner) -> EngineResult<BTreeMap<String, Delivery>> {
    Ok(sum_up(inner.store.delivery_times().await?))
}

fn sum_up(times: Vec<DeliveryTime>) -> BTreeMap<String, Delivery> {
    let mut seconds: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for time in times {
        seconds.entry(time.provider).or_default().push(time.seconds);
    }
    let each = seconds.into_iter().filter_map(|(provider, mut seconds)| {
        seconds.sort_unstable();
        let median = *seconds.get(seconds.len().checked_sub(1)? / 2)?;
        let certificates = u32::try_from(seconds.len()).unwrap_or(u32::MAX);
        Some((provider, Delivery { median, slowest: *seconds.last()?, certificates }))
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_certificates_took_the_median_at_most() {
        let times = [("a", 9), ("b", 3), ("a", 4), ("a", 600), ("a", 4)]
            .map(|(provider, seconds)| DeliveryTime { provider: provider.into(), seconds });
        let told = sum_up(times.into());
        assert_eq!(told["a"], Delivery { median: 4, slowest: 600, certificates: 4 });
        assert_eq!(told["b"], Delivery { median: 3, slowest: 3, certificates: 1 });
        assert_eq!(told.len(), 2);
    }
}
