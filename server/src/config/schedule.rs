//! `[schedule]`: what happens by itself.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What happens by itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ScheduleSection {
    /// When all users are checked, in UTC; `off` for never.
    pub(crate) nightly: Nightly,
    /// The most minutes by which that is put off, differently each night.
    pub(crate) jitter_minutes: u16,
    /// Whether all users are checked a minute after an import, or after a website or name was added.
    pub(crate) after_changes: bool,
    /// After how many minutes it is looked again whether services still present what was installed; 0 for never.
    pub(crate) drift_minutes: u16,
    /// For how many hours after a website is gone its files stay in services.
    pub(crate) grace_hours: u16,
}

impl Default for ScheduleSection {
    fn default() -> Self {
        Self {
            nightly: Nightly::At { minute_of_day: 150 },
            jitter_minutes: 90,
            after_changes: true,
            drift_minutes: 60,
            grace_hours: 24,
        }
    }
}

/// A time of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nightly {
    /// At this minute of the day in UTC.
    At {
        /// From 0 to 1439.
        minute_of_day: u16,
    },
    /// Never.
    Off,
}

impl ScheduleSection {
    pub(super) fn engine(&self) -> engine::config::ScheduleConfig {
        engine::config::ScheduleConfig {
            nightly: match self.nightly {
                Nightly::At { minute_of_day } => Some(i64::from(minute_of_day) * 60),
                Nightly::Off => None,
            },
            jitter: i64::from(self.jitter_minutes) * 60,
            after_changes: self.after_changes,
            drift: (self.drift_minutes > 0).then(|| i64::from(self.drift_minutes) * 60),
            grace: Some(i64::from(self.grace_hours) * 3_600),
        }
    }
}

impl<'de> Deserialize<'de> for Nightly {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text)
            .ok_or_else(|| D::Error::custom(format!("{text:?} is neither a time such as \"02:30\" nor \"off\"")))
    }
}

impl Serialize for Nightly {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::At { minute_of_day } => {
                serializer.collect_str(&format_args!("{:02}:{:02}", minute_of_day / 60, minute_of_day % 60))
            }
            Self::Off => serializer.serialize_str("off"),
        }
    }
}

fn parse(text: &str) -> Option<Nightly> {
    if text == "off" {
        return Some(Nightly::Off);
    }
    let (hour, minute) = text.split_once(':')?;
    let number = |part: &str, below: u16| {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u16>().ok().filter(|number| digits && *number < below)
    };
    Some(Nightly::At { minute_of_day: number(hour, 24)? * 60 + number(minute, 60)? })
}

#[cfg(test)]
mod tests {
    use super::{Nightly, parse};

    #[test]
    fn a_time_of_the_day_is_read_and_nothing_else() {
        assert_eq!(parse("02:30"), Some(Nightly::At { minute_of_day: 150 }));
        assert_eq!(parse("23:59"), Some(Nightly::At { minute_of_day: 1_439 }));
        assert_eq!(parse("off"), Some(Nightly::Off));
        for wrong in ["24:00", "2:30", "02:60", "0230", "+2:30", "never", ""] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
