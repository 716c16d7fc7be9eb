//! The state of the server in one sentence.

use crate::text::{counted, grouped};
use engine::model::Overview;

/// How things stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to judge yet.
    Neutral,
    /// Everything is fine.
    Success,
    /// Something wants a look.
    Warning,
    /// Something is wrong.
    Failure,
}

/// The state of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How things stand.
    pub tone: Tone,
    /// In one sentence.
    pub sentence: String,
    /// What else is to be known; may be empty.
    pub more: String,
}

/// Judge.
#[must_use]
pub fn judge(overview: &Overview) -> Verdict {
    let counts = overview.coverage;
    let wanted = counts.secured + counts.unsecured + counts.failing;
    let say = |tone, sentence: String, more: String| Verdict { tone, sentence, more };
    if overview.users == 0 {
        return say(Tone::Neutral, "There are no users yet.".into(), String::new());
    }
    let Some(provider) = &overview.provider else {
        let sentence = "No provider is chosen: nothing is ordered.".into();
        return say(Tone::Warning, sentence, secured_of(counts.secured, wanted));
    };
    if let Some(error) = &provider.last_error {
        let sentence = format!("{} did not answer as it should.", provider.name);
        return say(Tone::Failure, sentence, crate::text::sentence(error));
    }
    if wanted == 0 {
        return say(Tone::Neutral, "AutoSSL is on for no name.".into(), String::new());
    }
    if counts.failing > 0 {
        let sentence = format!("{} cannot be secured.", counted(counts.failing, "name", "names"));
        return say(Tone::Failure, sentence, secured_of(counts.secured, wanted));
    }
    if counts.unsecured > 0 {
        let verb = if counts.unsecured == 1 { "waits" } else { "wait" };
        let sentence = format!("{} {verb} for a certificate.", counted(counts.unsecured, "name", "names"));
        return say(Tone::Warning, sentence, secured_of(counts.secured, wanted));
    }
    let sentence = match wanted {
        1 => "The only name is secured.".to_owned(),
        all => format!("All {} names are secured.", grouped(all)),
    };
    say(Tone::Success, sentence, String::new())
}

fn secured_of(secured: u32, wanted: u32) -> String {
    format!("{} of {} secured.", grouped(secured), counted(wanted, "name is", "names are"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::model::{CoverageCounts, ProviderHealth, ProviderSummary, TermsState};

    fn overview(secured: u32, unsecured: u32, failing: u32) -> Overview {
        Overview {
            users: 3,
            websites: 3,
            coverage: CoverageCounts { secured, unsecured, failing, off: 0 },
            expiring: 0,
            problems: Vec::new(),
            runs: Vec::new(),
            provider: Some(ProviderSummary {
                id: "p".into(),
                name: "Pebble".into(),
                directory_url: "https://ca.test/dir".into(),
                selected: true,
                fallback: None,
                health: ProviderHealth::Healthy,
                terms: TermsState::NotAgreed,
                account_url: None,
                last_error: None,
            }),
        }
    }

    #[test]
    fn all_is_well_only_if_every_name_is_secured() {
        let verdict = judge(&overview(10_240, 0, 0));
        assert_eq!((verdict.tone, verdict.sentence.as_str()), (Tone::Success, "All 10,240 names are secured."));
        assert_eq!(judge(&overview(9, 1, 0)).sentence, "1 name waits for a certificate.");
        let failing = judge(&overview(6, 1, 2));
        assert_eq!((failing.tone, failing.more.as_str()), (Tone::Failure, "6 of 9 names are secured."));
    }

    #[test]
    fn what_stops_everything_is_said_first() {
        let mut state = overview(1, 0, 3);
        state.provider = None;
        assert_eq!(judge(&state).sentence, "No provider is chosen: nothing is ordered.");
        state.users = 0;
        assert_eq!(judge(&state).tone, Tone::Neutral);
    }
}
