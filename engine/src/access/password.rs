//! Names and passwords: what is accepted, and how passwords are kept.

use crate::inventory::is_account_name;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Argon2, password_hash};
use aws_lc_rs::rand;

const LEAST_CHARACTERS: usize = 10;

/// More would only make hashing slow.
const MOST_BYTES: usize = 1_024;

/// What is verified for a name that nobody has, so that it takes as long as for one that somebody has.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Why a name or a password was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccessError {
    /// The name is not one that a person may have.
    #[error("name {0:?} must be 1 to 32 of a-z, 0-9, '_', '.' and '-', and begin with a letter or digit")]
    BadName(String),
    /// The password is too short.
    #[error("password must have at least {LEAST_CHARACTERS} characters")]
    PasswordTooShort,
    /// The password is too long.
    #[error("password must have at most {MOST_BYTES} bytes")]
    PasswordTooLong,
    /// The password cannot be hashed.
    #[error("password cannot be hashed: {0}")]
    Hashing(password_hash::Error),
    /// The machine gives no random bytes.
    #[error("no random bytes")]
    Random,
}

/// Check the name of a person who is to sign in.
///
/// # Errors
/// `BadName` where it is not 1 to 32 of a-z, 0-9, `_`, `.` and `-`, beginning with a letter or digit.
pub fn check_name(name: &str) -> Result<&str, AccessError> {
    match is_account_name(name) {
        true => Ok(name),
        false => Err(AccessError::BadName(name.chars().take(80).collect())),
    }
}

/// Check a new password and hash it with Argon2id into the PHC string format. It takes tens of milliseconds of one core.
///
/// # Errors
/// Where the password has fewer than 10 characters or more than 1,024 bytes.
pub fn hash_password(password: &str) -> Result<String, AccessError> {
    if password.chars().count() < LEAST_CHARACTERS {
        return Err(AccessError::PasswordTooShort);
    }
    if password.len() > MOST_BYTES {
        return Err(AccessError::PasswordTooLong);
    }
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).map_err(|_| AccessError::Random)?;
    let salt = SaltString::encode_b64(&bytes).map_err(AccessError::Hashing)?;
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt).map_err(AccessError::Hashing)?;
    Ok(hash.to_string())
}

/// Tell whether a password is the one that was hashed; without a hash it is not, after the same work.
///
/// # Errors
/// Where the hash is unreadable.
pub(super) fn verify(password: &str, hash: Option<&str>) -> Result<bool, password_hash::Error> {
    let too_long = password.len() > MOST_BYTES;
    let parsed = PasswordHash::new(hash.filter(|_| !too_long).unwrap_or(NOBODY))?;
    let password = if too_long { "" } else { password };
    match Argon2::default().verify_password(password.as_bytes(), &parsed) {
        Ok(()) => Ok(hash.is_some() && !too_long),
        Err(password_hash::Error::Password) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::{AccessError, NOBODY, check_name, hash_password, verify};

    #[test]
    fn a_password_is_verified_by_its_hash_only() {
        let hash = hash_password("correct horse").expect("it is long enough");
        assert!(hash.starts_with("$argon2id$"));
        assert_ne!(hash, hash_password("correct horse").expect("it is long enough"), "each hash has its own salt");
        assert!(verify("correct horse", Some(&hash)).expect("the hash is whole"));
        assert!(!verify("correct mouse", Some(&hash)).expect("the hash is whole"));
        assert!(!verify("correct horse", None).expect("the stand-in is whole"));
        assert!(!verify(&"x".repeat(5_000), Some(&hash)).expect("the hash is whole"));
        assert!(verify("correct horse", Some("nonsense")).is_err());
    }

    #[test]
    fn the_stand_in_for_unknown_names_takes_the_same_work_as_a_hash() {
        let hash = hash_password("correct horse").expect("it is long enough");
        let work = |hash: &str| hash.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
        let lengths = |hash: &str| hash.split('$').skip(4).map(str::len).collect::<Vec<_>>();
        assert_eq!((work(&hash), lengths(&hash)), (work(NOBODY), lengths(NOBODY)));
    }

    #[test]
    fn weak_passwords_and_bad_names_are_refused() {
        assert!(matches!(hash_password("ninechars"), Err(AccessError::PasswordTooShort)));
        assert!(matches!(hash_password("äöüäöüäöü"), Err(AccessError::PasswordTooShort)));
        assert!(matches!(hash_password(&"x".repeat(1_025)), Err(AccessError::PasswordTooLong)));
        assert!(hash_password(&"x".repeat(1_024)).is_ok());
        assert_eq!(check_name("admin").expect("it is plain"), "admin");
        for name in ["", "Admin", "-admin", "ad min", "admin\n", "ädmin", &"a".repeat(33)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
