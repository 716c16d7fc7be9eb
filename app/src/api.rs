//! Server functions: each authorises, calls the engine, and maps the error. Rules are the engine's.

mod dns;
mod frame;
mod inventory;
mod logs;
mod options;
mod overview;
mod plan;
mod providers;
mod runs;
mod services;
mod users;
mod wire;

pub use dns::{
    ActOnPersist, DnsAction, DnsSheet, DnsVerb, DnsZoneAction, DnsZoneForm, PersistAction, PersistForm, SaveDnsZone,
    SecretField, dns_zones, persist_sheet,
};
pub use frame::{FrameData, frame};
pub use inventory::{ChangeInventory, InventoryForm, InventoryVerb, change_inventory};
pub use logs::{LOG_LINES, LogSheet, log_sheet, runs};
pub use options::{SaveOptions, options, save_options};
pub use overview::overview;
pub use plan::plan;
pub use providers::{
    AccountAction, AddFallback, AddProvider, ChangeFallback, ChangeProvider, DisableProvider, FallbackAction,
    ProviderAccount, ProviderChoices, ProviderContact, RemoveProvider, SelectProvider, Ticked, providers,
};
pub use runs::{CheckUser, RunAll, StopRun, check_user, run_all, stop_run};
pub use services::services;
pub use users::{OverrideDone, SetKeyType, SetOverride, Targets, set_key_type, set_override, user, users};
pub use wire::{TextJson, TextJsonEncoding};

#[cfg(feature = "ssr")]
mod gate;
