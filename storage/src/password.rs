//! Passwords, kept as argon2id with the parameters OWASP recommends (19 MiB, 2 passes, 1 lane).

use std::sync::LazyLock;

use argon2::{
    Argon2, PasswordHash, PasswordHasher, PasswordVerifier,
    password_hash::{SaltString, rand_core::OsRng},
};

/// A password in its stored form (PHC string).
#[derive(Clone)]
pub struct Hashed(pub(crate) String);

impl std::fmt::Debug for Hashed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hashed(…)")
    }
}

/// The password can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a password has 10 to 200 characters")]
pub struct Unfit;

/// Hashes a password; takes about 20 ms of CPU, so call it off the async threads.
///
/// # Errors
/// When it is too short or too long.
pub fn hash(password: &str) -> Result<Hashed, Unfit> {
    if !(10..=200).contains(&password.chars().count()) {
        return Err(Unfit);
    }
    let salt = SaltString::generate(&mut OsRng);
    let hash = Argon2::default()
        .hash_password(password.as_bytes(), &salt)
        .map_err(|_| Unfit)?;
    Ok(Hashed(hash.to_string()))
}

/// Whether the password is the one that was hashed. With nothing to compare to it takes just as long and
/// answers no, so that the time doesn't tell whether an account exists.
#[must_use]
pub fn verify(password: &str, stored: Option<&Hashed>) -> bool {
    static NOBODY: LazyLock<Option<Hashed>> = LazyLock::new(|| hash("the password of nobody").ok());
    let Some(hashed) = stored.or(NOBODY.as_ref()) else {
        return false;
    };
    let matches = PasswordHash::new(&hashed.0).is_ok_and(|parsed| {
        Argon2::default()
            .verify_password(password.as_bytes(), &parsed)
            .is_ok()
    });
    matches && stored.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_opens() {
        let stored = hash("correct horse battery").expect("long enough");
        assert!(verify("correct horse battery", Some(&stored)));
        assert!(!verify("wrong horse battery", Some(&stored)));
        assert!(!verify("the password of nobody", None));
        assert_eq!(hash("short").err(), Some(Unfit));
    }
}
