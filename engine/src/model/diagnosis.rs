//! What `autossl doctor` finds: whether the parts that a certificate needs would work, one by one.

use super::ServiceReport;
use serde::{Deserialize, Serialize};

/// How a part was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Soundness {
    /// It works.
    Fine,
    /// It is not used, or cannot be told from here.
    Note,
    /// It works, and something about it should be changed.
    Warning,
    /// It would not work.
    Broken,
}

impl Soundness {
    /// Return the stable name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Broken => "broken",
        }
    }
}

/// One part that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// How it was found.
    pub soundness: Soundness,
    /// What was seen, as a sentence with the part's name.
    pub seen: String,
    /// What to do; empty where there is nothing to do.
    pub remedy: String,
}

impl Observation {
    /// Say that something works.
    #[must_use]
    pub fn fine(seen: impl Into<String>) -> Self {
        Self { soundness: Soundness::Fine, seen: seen.into(), remedy: String::new() }
    }

    /// Say something that is neither good nor bad.
    #[must_use]
    pub fn note(seen: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { soundness: Soundness::Note, seen: seen.into(), remedy: remedy.into() }
    }

    /// Say that something works that should be otherwise.
    #[must_use]
    pub fn warning(seen: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { soundness: Soundness::Warning, seen: seen.into(), remedy: remedy.into() }
    }

    /// Say that something would not work.
    #[must_use]
    pub fn broken(seen: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { soundness: Soundness::Broken, seen: seen.into(), remedy: remedy.into() }
    }
}

/// Observations about one subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiagnosisSection {
    /// The subject, e.g. `Ports`.
    pub title: String,
    /// What was found, in the order in which it was looked at.
    pub observations: Vec<Observation>,
}

/// Everything that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// Subject by subject.
    pub sections: Vec<DiagnosisSection>,
    /// The services in full.
    pub services: Vec<ServiceReport>,
}

impl Diagnosis {
    /// Tell whether everything would work.
    #[must_use]
    pub fn works(&self) -> bool {
        self.observations().all(|observation| observation.soundness != Soundness::Broken)
    }

    /// List all observations.
    pub fn observations(&self) -> impl Iterator<Item = &Observation> {
        self.sections.iter().flat_map(|section| &section.observations)
    }
}
