//! When a pending job is looked at next, and what may become of it.

pub mod backoff;
pub mod catch_up;
pub mod machine;
pub mod polling;
