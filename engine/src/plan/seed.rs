//! Chance that stays the same: numbers drawn from a name, so that a plan made twice is the same plan.

/// The source of stable chance for one certificate, name or job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Seed(pub u64);

impl Seed {
    /// Draw a seed from a text that does not change, e.g. a certificate's serial number.
    #[must_use]
    pub fn of(text: &str) -> Self {
        // FNV-1a. Its low bits are poor, so `mixed` scatters them.
        let hash = text
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self(mixed(hash))
    }

    /// Draw another seed, e.g. for the next try of the same name.
    #[must_use]
    pub const fn with(self, salt: u64) -> Self {
        Self(mixed(self.0 ^ mixed(salt.wrapping_add(0x9e37_79b9_7f4a_7c15))))
    }

    /// Draw a number of seconds from 0 to `span`, both included; 0 where `span` is negative.
    #[must_use]
    pub fn within(self, span: i64) -> i64 {
        let Ok(span) = u64::try_from(span) else { return 0 };
        let scaled = (u128::from(mixed(self.0)) * (u128::from(span) + 1)) >> 64;
        i64::try_from(scaled).unwrap_or(i64::MAX)
    }

    /// Draw a number of seconds that differs from `seconds` by at most `percent` of it.
    #[must_use]
    pub fn around(self, seconds: i64, percent: i64) -> i64 {
        let reach = seconds.saturating_mul(percent) / 100;
        seconds - reach + self.within(reach.saturating_mul(2))
    }
}

/// The finaliser of splitmix64 (Steele, Lea, Flood, 2014).
const fn mixed(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::Seed;
    use proptest::prelude::*;

    #[test]
    fn ten_thousand_seeds_fill_a_span_evenly() {
        let mut tenths = [0_u32; 10];
        for number in 0..10_000 {
            tenths[usize::try_from(Seed::of(&format!("site{number}.test")).within(999) / 100).unwrap()] += 1;
        }
        assert!(tenths.iter().all(|count| (850..1150).contains(count)), "{tenths:?}");
    }

    proptest! {
        #[test]
        fn what_is_drawn_lies_within_the_span_and_is_the_same_again(seed: u64, span in -5_i64..i64::MAX, salt: u64) {
            let seed = Seed(seed).with(salt);
            let drawn = seed.within(span);
            prop_assert!((0..=span.max(0)).contains(&drawn));
            prop_assert_eq!(drawn, seed.within(span));
        }

        #[test]
        fn what_is_drawn_around_a_number_is_near_it(seed: u64, seconds in 0_i64..1_000_000, percent in 0_i64..100) {
            let drawn = Seed(seed).around(seconds, percent);
            prop_assert!((drawn - seconds).abs() * 100 <= seconds * percent);
        }
    }
}
