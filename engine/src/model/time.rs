//! A moment, as whole seconds, that serialises the same in the browser and on the server.

use serde::{Deserialize, Serialize};

const DAY: i64 = 86_400;

/// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Add whole seconds; negative values go back.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Tell how many whole seconds lie between `earlier` and this moment; negative where it is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Write as RFC 3339 in UTC, e.g. `2026-11-23T09:30:00Z`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        let (year, month, day) = self.date();
        let (hour, minute, second) = self.time();
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }

    /// Write for people, in UTC, e.g. `2026-11-23 09:30`.
    #[must_use]
    pub fn short(self) -> String {
        let (year, month, day) = self.date();
        let (hour, minute, _) = self.time();
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}")
    }

    /// Describe the distance to `now` in one unit, e.g. `3 minutes ago` or `in 2 days`.
    #[must_use]
    pub fn relative(self, now: Self) -> String {
        let distance = now.since(self);
        let (amount, unit) = match distance.abs() {
            0..=44 => return if distance >= 0 { "just now".into() } else { "in a moment".into() },
            s @ 45..=2_699 => ((s + 30) / 60, "minute"),
            s @ 2_700..=79_199 => ((s + 1_800) / 3_600, "hour"),
            s => ((s + DAY / 2) / DAY, "day"),
        };
        let plural = if amount == 1 { "" } else { "s" };
        if distance >= 0 { format!("{amount} {unit}{plural} ago") } else { format!("in {amount} {unit}{plural}") }
    }

    // Civil date from a day count, after Howard Hinnant's public-domain algorithm.
    fn date(self) -> (i64, i64, i64) {
        let shifted = self.0.div_euclid(DAY) + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_index = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_index + 2) / 5 + 1;
        let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year, month, day)
    }

    fn time(self) -> (i64, i64, i64) {
        let seconds = self.0.rem_euclid(DAY);
        (seconds / 3_600, seconds / 60 % 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn a_moment_is_written_as_rfc_3339_in_utc() {
        assert_eq!(Timestamp(0).rfc3339(), "1970-01-01T00:00:00Z");
        assert_eq!(Timestamp(1_795_426_200).rfc3339(), "2026-11-23T09:30:00Z");
        assert_eq!(Timestamp(1_709_251_199).rfc3339(), "2024-02-29T23:59:59Z");
        assert_eq!(Timestamp(-1).rfc3339(), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn a_distance_is_told_in_one_unit() {
        let now = Timestamp(1_000_000);
        assert_eq!(now.relative(now), "just now");
        assert_eq!(now.plus(-60).relative(now), "1 minute ago");
        assert_eq!(now.plus(-7_200).relative(now), "2 hours ago");
        assert_eq!(now.plus(2 * 86_400).relative(now), "in 2 days");
    }
}
