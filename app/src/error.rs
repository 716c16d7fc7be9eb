//! What can go wrong, as the browser learns it.

use crate::api::TextJsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// Why a page or an action could not be served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UiError {
    /// The object does not exist: the page says so and links to the listing.
    NotFound(String),
    /// The request was wrong: the message stands beside what was asked for.
    Invalid(String),
    /// A field of a form was wrong: the message stands at that field.
    Field {
        /// The field's name.
        field: String,
        /// What is wrong with it.
        message: String,
    },
    /// Something else stands in its way: the message says what.
    Conflict(String),
    /// The session is over: the page links to signing in and back here.
    SignedOut,
    /// The person may not do this: the page says so.
    Forbidden,
    /// The server did not answer: the page offers to try again.
    Unreachable,
    /// The server failed: the page shows the reference under which it was logged, and offers to try again.
    Internal {
        /// Where to look in the server's log.
        reference: String,
    },
}

impl UiError {
    /// Say what went wrong in one sentence.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::NotFound(message)
            | Self::Invalid(message)
            | Self::Field { message, .. }
            | Self::Conflict(message) => crate::text::sentence(message),
            Self::SignedOut => "Your session has ended. Sign in to go on.".into(),
            Self::Forbidden => "You are signed in, but not as a server administrator.".into(),
            Self::Unreachable => "The server does not answer. Nothing was changed.".into(),
            Self::Internal { reference } if reference.is_empty() => {
                "The page and the server are of different versions. Reload the page.".into()
            }
            Self::Internal { reference } => {
                format!("The server failed. Its log has the details under reference {reference}.")
            }
        }
    }
}

impl std::fmt::Display for UiError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message())
    }
}

impl std::error::Error for UiError {}

impl FromServerFnError for UiError {
    type Encoder = TextJsonEncoding;

    fn from_server_fn_error(value: ServerFnErrorErr) -> Self {
        match value {
            ServerFnErrorErr::Request(_) => Self::Unreachable,
            ServerFnErrorErr::Args(reason) | ServerFnErrorErr::MissingArg(reason) => Self::Invalid(reason),
            _ => Self::Internal { reference: String::new() },
        }
    }
}
