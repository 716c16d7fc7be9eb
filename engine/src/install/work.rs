//! A certificate while it is installed in one service.

use super::{Beside, InstallFailure, Installer, Item, ItemCompanion, Placed, concerned};
use crate::tls_store::Generation;
use std::sync::OnceLock;

/// A certificate in work, with the names for which the service presents it.
pub(super) struct Work<'a> {
    /// Its place among the outcomes.
    pub(super) index: usize,
    pub(super) item: &'a Item,
    /// The names that are the certificate's in the view.
    pub(super) names: Vec<String>,
    /// Those of them for which it is to be presented.
    pub(super) proved: Vec<String>,
    /// Why it is not presented for the others.
    pub(super) withheld: Option<InstallFailure>,
    /// What the service is to present beside it.
    pub(super) companion_wanted: Option<&'a ItemCompanion>,
    /// Why it is not.
    alone: OnceLock<InstallFailure>,
}

impl<'a> Work<'a> {
    /// Begin with an item: for which names the service presents it, and whether with its companion.
    pub(super) fn new(index: usize, item: &'a Item, installer: &dyn Installer) -> Self {
        let names = installer.place().with_hostname(concerned(installer, &item.names), &item.names);
        let companion_wanted = item.companion.as_ref().filter(|_| installer.takes_companions());
        Self { index, item, proved: names.clone(), names, withheld: None, companion_wanted, alone: OnceLock::new() }
    }

    /// It as installers see it.
    pub(super) fn placed(&self) -> Placed<'_> {
        Placed { item: self.item, names: &self.names, companion: self.companion() }
    }

    /// It with the names for which it is to be presented.
    pub(super) fn to_prove(&self) -> Placed<'_> {
        Placed { names: &self.proved, ..self.placed() }
    }

    /// What is presented beside it, unless that did not work.
    pub(super) fn companion(&self) -> Option<&ItemCompanion> {
        self.companion_wanted.filter(|_| self.alone.get().is_none())
    }

    /// Present it without its companion, which is tried again another time: the first reason stands.
    pub(super) fn leave_alone(&self, failure: InstallFailure) {
        self.alone.get_or_init(|| failure);
    }

    /// What its directory in the view holds.
    pub(super) fn generation(&self) -> Generation {
        Generation::new(self.item.generation, self.companion().map(|companion| companion.generation))
    }

    /// What became of its companion, where it is served itself.
    pub(super) fn beside(&self) -> Beside {
        match (self.companion_wanted, self.alone.get()) {
            (None, _) => Beside::Nothing,
            (Some(_), None) => Beside::Served,
            (Some(_), Some(failure)) => Beside::Failed(failure.clone()),
        }
    }
}
