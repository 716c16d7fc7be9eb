//! The providers of a run: those that orders go to, in their order, and others that still have orders or issued certificates.

use super::authority::Authority;
use super::site::Asked;
use crate::engine::Inner;
use crate::error::EngineResult;
use crate::provider::Provider;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The providers of a run.
pub(super) struct Authorities {
    asked: Asked,
    order: Vec<Arc<Authority>>,
    others: Mutex<HashMap<String, Arc<Authority>>>,
}

impl Authorities {
    /// Read what is remembered of those that orders go to; sends nothing.
    pub(super) async fn read(inner: &Inner, order: Vec<Provider>, asked: Asked) -> EngineResult<Self> {
        let mut authorities = Vec::with_capacity(order.len());
        for provider in order {
            authorities.push(Arc::new(Authority::read(inner, provider, asked).await?));
        }
        Ok(Self { asked, order: authorities, others: Mutex::default() })
    }

    /// Those that orders go to, the first before the others.
    pub(super) fn order(&self) -> &[Arc<Authority>] {
        &self.order
    }

    /// Find the place of a provider in the list.
    pub(super) fn place_of(&self, id: &str) -> Option<usize> {
        self.order.iter().position(|authority| authority.id() == id)
    }

    /// Find a provider of an order or certificate, the first of the list where that was not remembered; `None` where the catalogue
    /// has none of this name any more, or the account there is closed.
    pub(super) async fn find(&self, inner: &Inner, id: &str) -> EngineResult<Option<Arc<Authority>>> {
        if let Some(known) = self.known(id) {
            return Ok(Some(known));
        }
        let Some(provider) = inner.find_provider(id).await? else { return Ok(None) };
        let authority = Arc::new(Authority::read(inner, provider, self.asked).await?);
        if !authority.is_registered {
            return Ok(None);
        }
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Some(Arc::clone(others.entry(id.to_owned()).or_insert(authority))))
    }

    /// Find a provider that this run has dealt with.
    pub(super) fn known(&self, id: &str) -> Option<Arc<Authority>> {
        let in_order = if id.is_empty() { self.order.first() } else { self.order.iter().find(|it| it.id() == id) };
        let others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        in_order.or_else(|| others.get(id)).cloned()
    }
}
