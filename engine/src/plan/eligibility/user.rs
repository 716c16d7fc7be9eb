//! Whether AutoSSL works for a user.

use crate::model::{FeatureSetting, Override};
use serde::{Deserialize, Serialize};

/// Whether a hosting account is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is.
    Active,
    /// It is suspended: its websites are not served.
    Suspended,
}

/// Whether AutoSSL works for a user, and by whose decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserEligibility {
    /// The administrator enabled it for the user.
    EnabledByOverride,
    /// The feature list has it.
    EnabledByFeatureList,
    /// The account is suspended, whatever else is set.
    Suspended,
    /// The administrator disabled it for the user.
    DisabledByOverride,
    /// The feature list does not have it.
    DisabledByFeatureList,
}

impl UserEligibility {
    /// Tell whether AutoSSL works for the user.
    #[must_use]
    pub const fn is_eligible(self) -> bool {
        matches!(self, Self::EnabledByOverride | Self::EnabledByFeatureList)
    }

    /// Say why to people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::EnabledByOverride => "AutoSSL is enabled for the user",
            Self::EnabledByFeatureList => "AutoSSL is enabled by the feature list",
            Self::Suspended => "the user is suspended",
            Self::DisabledByOverride => "AutoSSL is disabled for the user",
            Self::DisabledByFeatureList => "AutoSSL is disabled by the feature list",
        }
    }
}

/// Decide whether AutoSSL works for a user: not while suspended, else by override, else by feature list.
#[must_use]
pub const fn user_eligibility(standing: Standing, feature: FeatureSetting, decision: Override) -> UserEligibility {
    match (standing, decision, feature) {
        (Standing::Suspended, _, _) => UserEligibility::Suspended,
        (_, Override::Enabled, _) => UserEligibility::EnabledByOverride,
        (_, Override::Disabled, _) => UserEligibility::DisabledByOverride,
        (_, Override::Inherited, FeatureSetting::On) => UserEligibility::EnabledByFeatureList,
        (_, Override::Inherited, FeatureSetting::Off) => UserEligibility::DisabledByFeatureList,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEATURES: [FeatureSetting; 2] = [FeatureSetting::On, FeatureSetting::Off];

    #[test]
    fn enable_overrides_the_feature_list() {
        for feature in FEATURES {
            let result = user_eligibility(Standing::Active, feature, Override::Enabled);
            assert_eq!(result, UserEligibility::EnabledByOverride);
        }
    }

    #[test]
    fn disable_overrides_the_feature_list() {
        for feature in FEATURES {
            let result = user_eligibility(Standing::Active, feature, Override::Disabled);
            assert_eq!(result, UserEligibility::DisabledByOverride);
        }
    }

    #[test]
    fn reset_uses_the_feature_list() {
        let result = |feature| user_eligibility(Standing::Active, feature, Override::Inherited);
        assert_eq!(result(FeatureSetting::On), UserEligibility::EnabledByFeatureList);
        assert_eq!(result(FeatureSetting::Off), UserEligibility::DisabledByFeatureList);
    }

    #[test]
    fn a_suspended_user_is_skipped_even_if_enabled() {
        for decision in [Override::Enabled, Override::Disabled, Override::Inherited] {
            let result = user_eligibility(Standing::Suspended, FeatureSetting::On, decision);
            assert_eq!(result, UserEligibility::Suspended);
            assert!(!result.is_eligible());
        }
    }
}
