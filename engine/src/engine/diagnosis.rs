//! What would work here, and what would not.

use super::Engine;
use crate::doctor::{self, Depth, Surroundings};
use crate::error::EngineResult;
use crate::model::{Diagnosis, DriftReport, ServiceReport};

impl Engine {
    /// Look at everything that certificates need here, and at one name where one is given.
    ///
    /// Challenges must be answered meanwhile, by the server or by the caller.
    ///
    /// # Errors
    /// Where the store fails, or the name is none. That something would not work is no error: the observations say so.
    pub async fn diagnose(&self, surroundings: &Surroundings, name: Option<&str>) -> EngineResult<Diagnosis> {
        doctor::diagnose(&self.inner, surroundings, name).await
    }

    /// Look whether every service still presents what was installed, for each name at each door. What differs is recorded, and put right
    /// as the schedule or the next run comes to it.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn look_for_drift(&self) -> EngineResult<DriftReport> {
        crate::run::look_now(&self.inner).await
    }

    /// List the services that AutoSSL knows, with what was found of each at a glance.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn services(&self) -> EngineResult<Vec<ServiceReport>> {
        doctor::reports(&self.inner, Depth::Glance).await
    }
}
