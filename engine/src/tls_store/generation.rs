//! What a directory of a website's in a view holds: a certificate, and the companion beside it, if there is one.

use std::fmt;

/// A certificate's generation in the certificate store, with that of the companion beside it: written `7`, or `7+2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Generation {
    certificate: u32,
    companion: Option<u32>,
}

impl Generation {
    /// Name a certificate with its companion.
    pub(crate) const fn new(certificate: u32, companion: Option<u32>) -> Self {
        Self { certificate, companion }
    }

    /// Tell whether there is a companion.
    pub(crate) const fn has_companion(self) -> bool {
        self.companion.is_some()
    }

    /// Read the name of a directory; `None` where it is none of a generation.
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name.split_once('+') {
            Some((certificate, companion)) => Some(Self::new(certificate.parse().ok()?, Some(companion.parse().ok()?))),
            None => Some(Self::new(name.parse().ok()?, None)),
        }
    }
}

impl From<u32> for Generation {
    fn from(certificate: u32) -> Self {
        Self::new(certificate, None)
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { certificate, companion } = self;
        match companion {
            Some(companion) => write!(f, "{certificate}+{companion}"),
            None => certificate.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_is_read_as_it_was_written_and_follows_those_before_it() {
        let [alone, first, second, next] =
            [Generation::from(3), Generation::new(3, Some(1)), Generation::new(3, Some(2)), Generation::from(4)];
        for generation in [alone, first, second, next] {
            assert_eq!(Generation::parse(&generation.to_string()), Some(generation));
        }
        assert!(alone < first && first < second && second < next);
        for odd in ["", "building", "3+", "+1", "3+1+1", "current"] {
            assert_eq!(Generation::parse(odd), None, "{odd:?}");
        }
    }
}
