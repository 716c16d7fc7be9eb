//! Who may use the interface, and as what.

use serde::{Deserialize, Serialize};

/// What a person who signs in may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The server administrator: everything.
    Admin,
    /// The users that this person owns.
    Reseller,
    /// This person's own domains.
    User,
}

impl Role {
    /// Name the role as the command line and the store spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Reseller => "reseller",
            Self::User => "user",
        }
    }

    /// Read a role's name; `None` where it is not one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Admin, Self::Reseller, Self::User].into_iter().find(|role| role.as_str() == name)
    }
}

/// The person who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// The name that was signed in with.
    pub name: String,
    /// What this person may do.
    pub role: Role,
}
