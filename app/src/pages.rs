//! The screens: each reads the address, fetches, and puts components together.

mod dns;
mod log;
mod login;
mod logs;
mod not_found;
mod options;
mod overview;
mod plan;
mod providers;
mod services;
mod user;
mod users;

pub use dns::{DnsPage, DnsZonesSheet, PersistPart};
pub use log::LogScreen;
pub use login::{LoginCard, LoginPage, LoginTrouble};
pub use logs::LogsPage;
pub use not_found::NotFound;
pub use options::OptionsPage;
pub use overview::{OverviewPage, OverviewSheet};
pub use plan::PlanPage;
pub use providers::{ProvidersPage, ProvidersSheet};
pub use services::{ServicesPage, ServicesSheet};
pub use user::UserPage;
pub use users::UsersPage;
