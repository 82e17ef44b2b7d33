//! Secrets at rest: AES-256-GCM, each bound to its tenant and row, so that one can't be moved to another's.
//!
//! Layout: a version byte, four bytes that name the key, a random nonce of twelve bytes, then the ciphertext with
//! its tag. Former keys open what they sealed, until it has been sealed anew with the current one.

use std::fmt;

use aes_gcm::{
    Aes256Gcm, Nonce,
    aead::{Aead as _, KeyInit as _, Payload},
};
use rand::RngCore as _;
use sha2::{Digest as _, Sha256};
use wafaa_domain::TenantId;

const VERSION: u8 = 1;
const KEY_ID: usize = 4;
const NONCE: usize = 12;
const HEADER: usize = 1 + KEY_ID + NONCE;

/// A secret that only its key's holder reads.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// A secret can't be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is more of it than one call can seal: 64 GiB.
    #[error("too long to be sealed")]
    TooLong,
    /// The key it was sealed with is not among those configured.
    #[error("sealed with a key that is not configured")]
    UnknownKey,
    /// It was damaged, or belongs to another row.
    #[error("damaged, or another row's")]
    Forged,
}

/// Seals with the current key; opens with it and with former ones.
#[derive(Clone)]
pub struct Sealer {
    current: Key,
    former: Vec<Key>,
}

#[derive(Clone)]
struct Key {
    id: [u8; KEY_ID],
    cipher: Aes256Gcm,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer").finish_non_exhaustive()
    }
}

impl Key {
    fn new(key: &[u8; 32]) -> Self {
        let digest: [u8; 32] = Sha256::digest(key).into();
        Self {
            id: [digest[0], digest[1], digest[2], digest[3]],
            cipher: Aes256Gcm::new(key.into()),
        }
    }
}

impl Sealer {
    /// With the current key, and those that were current before.
    #[must_use]
    pub fn new(key: [u8; 32], previous: &[[u8; 32]]) -> Self {
        Self {
            current: Key::new(&key),
            former: previous.iter().map(Key::new).collect(),
        }
    }

    /// Seals `plain` for the row with this id.
    ///
    /// # Errors
    /// [`Error::TooLong`].
    pub fn seal(&self, tenant: TenantId, row: &str, plain: &[u8]) -> Result<Sealed, Error> {
        let mut nonce = [0; NONCE];
        rand::rng().fill_bytes(&mut nonce);
        let aad = bound_to(tenant, row);
        let payload = Payload {
            msg: plain,
            aad: &aad,
        };
        let sealed = self.current.cipher.encrypt(&Nonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| Error::TooLong)?;
        let header = [&[VERSION][..], &self.current.id, &nonce];
        Ok(Sealed([header.concat(), sealed].concat()))
    }

    /// What was sealed for the row with this id.
    ///
    /// # Errors
    /// [`Error::UnknownKey`], [`Error::Forged`].
    pub fn open(&self, tenant: TenantId, row: &str, sealed: &Sealed) -> Result<Vec<u8>, Error> {
        let (header, sealed) = sealed.0.split_at_checked(HEADER).ok_or(Error::Forged)?;
        let (name, nonce) = header.split_at(1 + KEY_ID);
        if name[0] != VERSION {
            return Err(Error::Forged);
        }
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| Error::Forged)?;
        let mut keys = std::iter::once(&self.current).chain(&self.former);
        let key = keys.find(|key| key.id == name[1..]);
        let key = key.ok_or(Error::UnknownKey)?;
        let aad = bound_to(tenant, row);
        let payload = Payload {
            msg: sealed,
            aad: &aad,
        };
        let opened = key.cipher.decrypt(&Nonce::from(nonce), payload);
        opened.map_err(|_| Error::Forged)
    }

    /// Whether it was sealed with the current key.
    #[must_use]
    pub fn is_current(&self, sealed: &Sealed) -> bool {
        sealed.0.get(1..=KEY_ID) == Some(&self.current.id)
    }
}

fn bound_to(tenant: TenantId, row: &str) -> Vec<u8> {
    [tenant.uuid().as_bytes(), row.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_for_its_row_only() {
        let (sealer, tenant) = (Sealer::new([1; 32], &[]), TenantId::new());
        let sealed = sealer.seal(tenant, "chn_1", b"token").unwrap();
        assert_eq!(sealer.open(tenant, "chn_1", &sealed).unwrap(), b"token");
        assert_eq!(
            sealer.open(tenant, "chn_2", &sealed),
            Err(Error::Forged),
            "another row"
        );
        assert_eq!(
            sealer.open(TenantId::new(), "chn_1", &sealed),
            Err(Error::Forged),
            "another tenant"
        );
        let again = sealer.seal(tenant, "chn_1", b"token").unwrap();
        assert_ne!(again, sealed, "nonces differ");
        assert!(!format!("{sealer:?} {sealed:?}").contains("token"));
    }

    #[test]
    fn a_damaged_byte_anywhere_is_noticed() {
        let (sealer, tenant) = (Sealer::new([1; 32], &[]), TenantId::new());
        let sealed = sealer.seal(tenant, "chn_1", b"token").unwrap();
        for at in 0..sealed.0.len() {
            let mut damaged = sealed.clone();
            damaged.0[at] ^= 1;
            assert!(sealer.open(tenant, "chn_1", &damaged).is_err(), "{at}");
            let short = Sealed(sealed.0[..at].to_vec());
            assert!(sealer.open(tenant, "chn_1", &short).is_err(), "{at}");
        }
    }

    #[test]
    fn a_former_key_opens_and_an_unknown_one_is_said() {
        let (old, tenant) = (Sealer::new([1; 32], &[]), TenantId::new());
        let sealed = old.seal(tenant, "chn_1", b"token").unwrap();
        let new = Sealer::new([2; 32], &[[1; 32]]);
        assert_eq!(new.open(tenant, "chn_1", &sealed).unwrap(), b"token");
        assert!(old.is_current(&sealed) && !new.is_current(&sealed));
        let anew = new.seal(tenant, "chn_1", b"token").unwrap();
        assert!(new.is_current(&anew));
        assert_eq!(old.open(tenant, "chn_1", &anew), Err(Error::UnknownKey));
    }
}
