//! The administration interface: pages, components and server functions.
//!
//! Rules are the engine's; sessions, headers and files are the server's. The same code runs on the server (`ssr`), which
//! sends whole pages, and in the browser (`hydrate`), which makes them quick.

#![recursion_limit = "256"]
#![expect(unreachable_pub, reason = "`#[component]` writes public items into private modules")]

pub mod acts;
pub mod api;
pub mod browser;
pub mod cause;
pub mod components;
pub mod context;
pub mod error;
pub mod keys;
pub mod lazy;
pub mod live;
pub mod log_tree;
pub mod notice;
pub mod pages;
pub mod query;
pub mod selection;
pub mod text;
pub mod unsaved;
pub mod verdict;

mod routes;
mod shell;

pub use routes::App;
pub use shell::shell;
