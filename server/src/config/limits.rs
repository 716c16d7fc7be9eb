//! `[limits]`: how much may happen at once.

use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

const ORDERS_IN_FLIGHT: NonZeroUsize = NonZeroUsize::new(8).expect("eight is not zero");

/// How much may happen at once.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LimitsSection {
    /// Orders that are worked on at the same time.
    pub(crate) orders_in_flight: NonZeroUsize,
}

impl Default for LimitsSection {
    fn default() -> Self {
        Self { orders_in_flight: ORDERS_IN_FLIGHT }
    }
}

impl LimitsSection {
    pub(super) fn engine(&self) -> engine::config::LimitsConfig {
        engine::config::LimitsConfig { orders_in_flight: self.orders_in_flight.get() }
    }
}
