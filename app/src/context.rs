//! What the server tells the pages about the request.

use engine::model::{Principal, Timestamp};

/// Who asks, from where, and when. The server provides one as context for each request.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The person who is signed in, if anybody is.
    pub principal: Option<Principal>,
    /// The address that the request came from.
    pub peer: String,
    /// When the request came.
    pub now: Timestamp,
    /// The server's name for people.
    pub host: String,
}
