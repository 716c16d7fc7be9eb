//! How a request came in, which decides what cookies and headers may promise. The listener says it, handlers read it.

/// How a request came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Channel {
    /// In the clear, perhaps from a proxy that speaks TLS.
    Plain,
    /// Over TLS.
    Tls,
    /// Over TLS, by a name of the panel's and with a real certificate for it.
    TrustedTls,
}

impl Channel {
    /// Tell whether the request came over TLS.
    pub(crate) fn is_tls(self) -> bool {
        self != Self::Plain
    }
}
