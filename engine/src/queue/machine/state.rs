//! Where a pending job stands.

use crate::model::Timestamp;

/// How far a job has come. Each state is written before the step that it names is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobState {
    /// Decided; nothing was sent.
    Planned,
    /// The new-order request is about to be sent, or was sent and its answer not yet recorded.
    Ordering,
    /// The order's URL is known.
    Ordered,
    /// Challenges are being answered.
    Validating,
    /// The finalize request is about to be sent, or was sent.
    Finalizing,
    /// The certificate is in the certificate store.
    Issued,
    /// A service is being configured with it.
    Installing,
    /// Installed, as far as a service is configured.
    Done,
    /// Given up.
    Failed,
    /// Given up because somebody said so.
    Cancelled,
}

/// Whether the job's order at the CA is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderState {
    /// It has none that it knows of.
    None,
    /// Its URL is in the journal.
    Known,
}

/// Where a job stands, and what is said beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Standing {
    /// How far it has come.
    pub state: JobState,
    /// Since when, or since when it waits, is held or is no longer held.
    pub since: Timestamp,
    /// Somebody keeps it from going on.
    pub held: bool,
    /// Until when it waits, or waited; `None` where it does not.
    pub wait_until: Option<Timestamp>,
    /// Whether it has an order.
    pub order: OrderState,
    /// How often an order was begun.
    pub tries: u32,
}

impl JobState {
    /// Every state, in the order of a job's life.
    pub const ALL: [Self; 10] = [
        Self::Planned,
        Self::Ordering,
        Self::Ordered,
        Self::Validating,
        Self::Finalizing,
        Self::Issued,
        Self::Installing,
        Self::Done,
        Self::Failed,
        Self::Cancelled,
    ];

    /// Name the state as the store spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Ordering => "ordering",
            Self::Ordered => "ordered",
            Self::Validating => "validating",
            Self::Finalizing => "finalizing",
            Self::Issued => "issued",
            Self::Installing => "installing",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Read a state's name; `None` where it is not one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Tell whether the job is over.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }

    /// Tell whether the job's certificate is there and waits for its services.
    #[must_use]
    pub const fn has_certificate(self) -> bool {
        matches!(self, Self::Issued | Self::Installing)
    }
}

impl Standing {
    /// Begin a job.
    #[must_use]
    pub const fn planned(at: Timestamp) -> Self {
        Self { state: JobState::Planned, since: at, held: false, wait_until: None, order: OrderState::None, tries: 0 }
    }
}
