//! What would work here, and what would not.

use super::Engine;
use crate::doctor::{self, Depth, Surroundings};
use crate::error::EngineResult;
use crate::model::{Diagnosis, ServiceReport};

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

    /// List the services that AutoSSL knows, with what was found of each at a glance.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn services(&self) -> EngineResult<Vec<ServiceReport>> {
        doctor::reports(&self.inner, Depth::Glance).await
    }
}
