//! Proofs of origin, compared in constant time.

use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// HMAC-SHA-256 of `parts`, one after the other.
pub(crate) fn hmac(key: &str, parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length"); // documented by the hmac crate
    for part in parts {
        mac.update(part);
    }
    mac
}

/// The same, in hexadecimal digits.
pub(crate) fn hmac_hex(key: &str, parts: &[&[u8]]) -> String {
    hex::encode(hmac(key, parts).finalize().into_bytes())
}

/// Whether `digits` are the HMAC of `parts`.
pub(crate) fn is_hmac(key: &str, parts: &[&[u8]], digits: &str) -> bool {
    hex::decode(digits).is_ok_and(|claimed| hmac(key, parts).verify_slice(&claimed).is_ok())
}

/// Whether two secrets are the same. Hashed first, so that not even their lengths show.
pub(crate) fn is_same(left: &str, right: &str) -> bool {
    Sha256::digest(left).ct_eq(&Sha256::digest(right)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hmac_is_the_one_of_rfc_4231() {
        let digits = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let parts: [&[u8]; 2] = [b"what do ya want ", b"for nothing?"];
        assert!(is_hmac("Jefe", &parts, digits));
        assert!(!is_hmac("jefe", &parts, digits));
        assert!(!is_hmac("Jefe", &parts, &digits[..62]));
        assert!(!is_hmac("Jefe", &parts, "no digits"));
    }

    #[test]
    fn secrets_are_compared_whole() {
        assert!(is_same("token", "token"));
        assert!(!is_same("token", "token2"));
        assert!(!is_same("", "token"));
    }
}
