//! When a certificate that a service could not take is brought to it again. Nothing is ordered for that, so the first tries come soon:
//! a daemon that was down is often back after minutes.

use crate::model::Timestamp;

/// Seconds to wait after each try in vain; the last one holds from then on.
const PAUSES: [i64; 5] = [
    60,    // 1 minute
    300,   // 6 minutes in all
    900,   // 21 minutes
    1_800, // 51 minutes
    3_600, // then hourly
];

/// Tell when to try again after this many tries in vain, the last of which was at `at`.
#[must_use]
pub fn next(tries: u32, at: Timestamp) -> Timestamp {
    let place = usize::try_from(tries).unwrap_or(usize::MAX).clamp(1, PAUSES.len());
    at.plus(PAUSES[place - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_tries_come_soon_and_the_later_ones_hourly() {
        let pause = |tries| next(tries, Timestamp(0)).0;
        assert_eq!([1, 2, 3, 4, 5, 6, u32::MAX].map(pause), [60, 300, 900, 1_800, 3_600, 3_600, 3_600]);
        assert_eq!(pause(0), 60);
    }
}
