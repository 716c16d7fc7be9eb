//! Signing in: passwords, throttling, sessions. What a person may then do is for the callers to decide.

mod password;
mod session;
mod sign_in;
mod throttle;

pub use password::{AccessError, check_name, hash_password};
pub use session::{authenticate, sign_out};
pub use sign_in::{SignInError, sign_in};
