//! Whether AutoSSL may put a certificate of its own in the place of one that it did not issue.
//!
//! The rules, in their order:
//!
//! 1. A self-signed certificate never replaces a valid one.
//! 2. A certificate that AutoSSL did not issue is left alone unless the administrator turned on the option.
//! 3. Even then only one that is invalid, or that expires within 3 days (exactly: `not_after - now <= 3 days`).
//! 4. EV, OV and IV certificates, told by policy OID, need a confirmation of their own on top.

use crate::analyze::{CertificateFacts, Defect, Validation, defects};
use crate::model::Timestamp;
use serde::{Deserialize, Serialize};

/// A foreign certificate with this much left, or less, may be replaced.
const EXPIRES_WITHIN_SECONDS: i64 = 3 * 86_400;

/// The option "Allow AutoSSL to replace invalid or expiring non-AutoSSL certificates".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForeignCertificates {
    /// They are left alone.
    #[default]
    LeaveAlone,
    /// They are replaced when invalid or within 3 days of their end, those of vetted subjects excepted.
    ReplaceDomainValidated,
    /// They are replaced when invalid or within 3 days of their end, those of vetted subjects too: the second confirmation.
    ReplaceAll,
}

/// Who issues the certificate that is to be put in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offer {
    /// A CA.
    CaIssued,
    /// AutoSSL's own key, as a stopgap so that a service can start.
    SelfSigned,
}

/// Why a certificate may be replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplaceReason {
    /// AutoSSL issued it.
    Own,
    /// Clients refuse it, for these defects.
    Invalid(Vec<Defect>),
    /// It expires within 3 days, at this moment.
    Expiring(Timestamp),
}

/// Why a certificate is left in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeepReason {
    /// AutoSSL did not issue it, and the option is off.
    ForeignLeftAlone,
    /// AutoSSL did not issue it, and it is valid for more than 3 days.
    ForeignStillValid,
    /// Somebody paid for more than control of a name, and did not confirm its loss.
    Vetted(Validation),
    /// It is valid, and a self-signed one was offered for it.
    BetterThanSelfSigned,
}

/// The decision, with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Replacement {
    /// It may be replaced.
    Replace(ReplaceReason),
    /// It is left in place.
    Keep(KeepReason),
}

/// Who issued the certificate that is in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// AutoSSL, at the provider that is chosen now.
    CurrentProvider,
    /// AutoSSL, at another provider.
    OtherProvider,
    /// Somebody else.
    Foreign,
}

impl KeepReason {
    /// Name the reason as logs and the API spell it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ForeignLeftAlone => "foreign_left_alone",
            Self::ForeignStillValid => "foreign_still_valid",
            Self::Vetted(_) => "foreign_vetted",
            Self::BetterThanSelfSigned => "better_than_self_signed",
        }
    }

    /// Say why to people.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::ForeignLeftAlone => "AutoSSL did not issue the certificate and may not replace such".into(),
            Self::ForeignStillValid => {
                "AutoSSL did not issue the certificate, and it is valid for more than 3 days".into()
            }
            Self::Vetted(validation) => {
                format!("the certificate is {}; replacing such needs a confirmation of its own", validation.words())
            }
            Self::BetterThanSelfSigned => "a self-signed certificate never replaces a valid one".into(),
        }
    }
}

impl KeepReason {
    /// Say what to do about it, in sentences.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::ForeignLeftAlone => {
                "Whoever installed it renews it. Or set the option replace-foreign: then AutoSSL replaces such \
                 certificates when they are invalid or within 3 days of their end."
            }
            Self::ForeignStillValid => "Nothing has to be done: AutoSSL replaces it within 3 days of its end.",
            Self::Vetted(_) => {
                "Whoever paid for it renews it. Or set the option replace-ev-ov, which confirms that such \
                 certificates may be lost."
            }
            Self::BetterThanSelfSigned => "Nothing has to be done.",
        }
    }
}

/// Decide whether the certificate in place may be replaced by the one offered. `defects` includes a name mismatch, if there is one.
///
/// Whether it *should* be is asked elsewhere: AutoSSL's own may be replaced at any time.
#[must_use]
pub fn replacement(
    current: &CertificateFacts,
    found: &[Defect],
    origin: Origin,
    option: ForeignCertificates,
    offer: Offer,
    now: Timestamp,
) -> Replacement {
    if offer == Offer::SelfSigned && found.is_empty() {
        return Replacement::Keep(KeepReason::BetterThanSelfSigned);
    }
    if origin != Origin::Foreign {
        return Replacement::Replace(ReplaceReason::Own);
    }
    if option == ForeignCertificates::LeaveAlone {
        return Replacement::Keep(KeepReason::ForeignLeftAlone);
    }
    let end = current.validity.not_after;
    let reason = if !found.is_empty() {
        ReplaceReason::Invalid(found.to_vec())
    } else if end.since(now) <= EXPIRES_WITHIN_SECONDS {
        ReplaceReason::Expiring(end)
    } else {
        return Replacement::Keep(KeepReason::ForeignStillValid);
    };
    if current.validation.is_vetted() && option != ForeignCertificates::ReplaceAll {
        return Replacement::Keep(KeepReason::Vetted(current.validation));
    }
    Replacement::Replace(reason)
}

/// Tell from when a foreign certificate that is valid now may be replaced, so that a plan can name the moment.
#[must_use]
pub fn replaceable_from(current: &CertificateFacts) -> Timestamp {
    current.validity.not_after.plus(-EXPIRES_WITHIN_SECONDS)
}

/// Tell whether a certificate may be replaced, finding its defects first.
#[must_use]
pub fn replacement_of(
    current: &CertificateFacts,
    origin: Origin,
    option: ForeignCertificates,
    offer: Offer,
    now: Timestamp,
) -> Replacement {
    replacement(current, &defects(current, now), origin, option, offer, now)
}

#[cfg(test)]
mod tests;
