//! Which keys certificates get.

use serde::{Deserialize, Serialize};

/// What kind of key a certificate has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum KeyType {
    /// ECDSA on the curve P-256.
    #[default]
    #[serde(rename = "ecdsa-p256")]
    EcdsaP256,
    /// ECDSA on the curve P-384.
    #[serde(rename = "ecdsa-p384")]
    EcdsaP384,
    /// RSA with 2,048 bits.
    #[serde(rename = "rsa-2048")]
    Rsa2048,
    /// RSA with 3,072 bits.
    #[serde(rename = "rsa-3072")]
    Rsa3072,
    /// RSA with 4,096 bits; making one takes seconds.
    #[serde(rename = "rsa-4096")]
    Rsa4096,
}

impl KeyType {
    const ALL: [Self; 5] = [Self::EcdsaP256, Self::EcdsaP384, Self::Rsa2048, Self::Rsa3072, Self::Rsa4096];

    /// Name the kind as the store and the command line spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EcdsaP256 => "ecdsa-p256",
            Self::EcdsaP384 => "ecdsa-p384",
            Self::Rsa2048 => "rsa-2048",
            Self::Rsa3072 => "rsa-3072",
            Self::Rsa4096 => "rsa-4096",
        }
    }

    /// Read a kind's name; `None` where it is not one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Tell whether it is one of ECDSA.
    #[must_use]
    pub const fn is_ecdsa(self) -> bool {
        matches!(self, Self::EcdsaP256 | Self::EcdsaP384)
    }
}

/// What is chosen for a server or a user: one kind of key, or two certificates with a kind each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum KeyChoice {
    /// One certificate with a key of this kind.
    One(KeyType),
    /// Two certificates side by side, for services that can present either: ECDSA P-256, and RSA with 2,048 bits for old clients.
    EcdsaAndRsa,
}

impl Default for KeyChoice {
    fn default() -> Self {
        Self::One(KeyType::default())
    }
}

impl KeyChoice {
    const ECDSA_AND_RSA: &'static str = "ecdsa-p256+rsa-2048";

    /// Every choice as it is spelt.
    pub const WORDS: [&'static str; 6] =
        ["ecdsa-p256", "ecdsa-p384", "rsa-2048", "rsa-3072", "rsa-4096", Self::ECDSA_AND_RSA];

    /// Name the choice as the store, the command line and the interface spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::One(kind) => kind.as_str(),
            Self::EcdsaAndRsa => Self::ECDSA_AND_RSA,
        }
    }

    /// Read a choice's name; `None` where it is not one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        if name == Self::ECDSA_AND_RSA { Some(Self::EcdsaAndRsa) } else { KeyType::parse(name).map(Self::One) }
    }

    /// The kind of key of a website's certificate.
    #[must_use]
    pub const fn primary(self) -> KeyType {
        match self {
            Self::One(kind) => kind,
            Self::EcdsaAndRsa => KeyType::EcdsaP256,
        }
    }

    /// The kind of key of the certificate beside it, if there is to be one.
    #[must_use]
    pub const fn companion(self) -> Option<KeyType> {
        match self {
            Self::One(_) => None,
            Self::EcdsaAndRsa => Some(KeyType::Rsa2048),
        }
    }
}

impl TryFrom<String> for KeyChoice {
    type Error = String;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::parse(&name).ok_or_else(|| format!("there is no key type {name:?}"))
    }
}

impl From<KeyChoice> for String {
    fn from(choice: KeyChoice) -> Self {
        choice.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_is_read_by_its_own_name() {
        for word in KeyChoice::WORDS {
            assert_eq!(KeyChoice::parse(word).map(KeyChoice::as_str), Some(word));
        }
        assert_eq!(KeyChoice::parse("rsa"), None);
        assert_eq!(KeyChoice::default().as_str(), "ecdsa-p256");
    }

    #[test]
    fn two_certificates_have_keys_of_different_algorithms() {
        let (primary, companion) = (KeyChoice::EcdsaAndRsa.primary(), KeyChoice::EcdsaAndRsa.companion());
        assert!(primary.is_ecdsa() && companion.is_some_and(|kind| !kind.is_ecdsa()));
        assert_eq!(KeyChoice::One(KeyType::Rsa4096).companion(), None);
    }
}
