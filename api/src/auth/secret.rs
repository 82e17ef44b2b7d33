//! Keys derived from the installation's secret key, and secrets that are handed out.
//!
//! Tokens and keys that we hand out are random or keyed with 256 bits, so a plain SHA-256 of them is enough
//! to recognise them by. Each purpose has its own key: HMAC-SHA256 of the secret key and the purpose's name.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, crypto};
use rand::{RngCore as _, TryRngCore as _, rngs::OsRng};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::state::SecretKey;

/// What an API key begins with.
pub(crate) const API_KEY_PREFIX: &str = "wk_";

/// The keys of this installation, and those that it used before.
pub(crate) struct Secrets {
    current: Derived,
    previous: Vec<Derived>,
}

/// What is derived from one secret key, one key for each purpose.
pub(super) struct Derived {
    /// What tokens name the key by; tells nothing of it.
    pub(super) id: String,
    pub(super) signing: EncodingKey,
    pub(super) checking: DecodingKey,
    api_keys: EncodingKey,
    requests: EncodingKey,
    attempts: EncodingKey,
    visitors: EncodingKey,
    logins: EncodingKey,
}

impl Derived {
    fn new(root: &SecretKey) -> Self {
        let root = EncodingKey::from_secret(root.0.expose_secret());
        let derive = |purpose: &str| hmac(&root, purpose.as_bytes());
        let tokens = derive("access tokens");
        Self {
            id: URL_SAFE_NO_PAD.encode(&Sha256::digest(&tokens)[..6]),
            signing: EncodingKey::from_secret(tokens.as_bytes()),
            checking: DecodingKey::from_secret(tokens.as_bytes()),
            api_keys: EncodingKey::from_secret(derive("API keys").as_bytes()),
            requests: EncodingKey::from_secret(derive("idempotent requests").as_bytes()),
            attempts: EncodingKey::from_secret(derive("attempts to sign in").as_bytes()),
            logins: EncodingKey::from_secret(derive("logins at channels' providers").as_bytes()),
            visitors: EncodingKey::from_secret(derive("visitors of web chats").as_bytes()),
        }
    }

    fn api_key(&self, seed: &str) -> String {
        format!("{API_KEY_PREFIX}{}", hmac(&self.api_keys, seed.as_bytes()))
    }
}

impl Secrets {
    pub(crate) fn new(root: &SecretKey, previous: &[SecretKey]) -> Self {
        Self {
            current: Derived::new(root),
            previous: previous.iter().map(Derived::new).collect(),
        }
    }

    /// What signs from now on.
    pub(super) const fn current(&self) -> &Derived {
        &self.current
    }

    /// Everything whose signature still counts, the current one first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Derived> {
        std::iter::once(&self.current).chain(&self.previous)
    }

    /// The API key that belongs to `seed`. Keeping the seed allows to show the key again to who repeats the
    /// request that made it, while a copy of the database alone opens nothing.
    pub(crate) fn api_key(&self, seed: &str) -> String {
        self.current.api_key(seed)
    }

    /// The API key that was made from `seed`, perhaps under a former secret: the one that ends in `hint`.
    pub(crate) fn api_key_again(&self, seed: &str, hint: &str) -> String {
        let mut keys = self.all().map(|derived| derived.api_key(seed));
        let made = keys.find(|key| key.ends_with(hint));
        made.unwrap_or_else(|| self.api_key(seed))
    }

    /// Fingerprints of a request: the one to keep, then those it would have had under former secrets. Keyed,
    /// since a request may hold a password.
    pub(crate) fn fingerprints(&self, request: &[u8]) -> Vec<Vec<u8>> {
        self.all()
            .map(|derived| hmac(&derived.requests, request).into_bytes())
            .collect()
    }

    /// The signature of what a visitor's token says.
    pub(crate) fn visitor(&self, claims: &[u8]) -> String {
        hmac(&self.current.visitors, claims)
    }

    /// Whether that is the signature of what a visitor's token says, perhaps under a former secret.
    pub(crate) fn is_visitor(&self, claims: &[u8], signature: &str) -> bool {
        self.is_signed(|derived| &derived.visitors, claims, signature)
    }

    /// The signature of what goes along with a person to a channel's provider and back.
    pub(crate) fn login(&self, claims: &[u8]) -> String {
        hmac(&self.current.logins, claims)
    }

    /// Whether that is the signature of what came back, perhaps under a former secret.
    pub(crate) fn is_login(&self, claims: &[u8], signature: &str) -> bool {
        self.is_signed(|derived| &derived.logins, claims, signature)
    }

    fn is_signed(
        &self,
        key: impl Fn(&Derived) -> &EncodingKey,
        claims: &[u8],
        signature: &str,
    ) -> bool {
        let made = |derived: &Derived| hmac(key(derived), claims);
        self.all()
            .any(|derived| made(derived).as_bytes().ct_eq(signature.as_bytes()).into())
    }

    /// What stands for an e-mail address or a host where attempts are counted.
    pub(crate) fn attempt(&self, who: &str) -> String {
        hmac(&self.current.attempts, who.as_bytes())
    }
}

/// 32 random bytes as base64url.
pub(crate) fn random_token() -> String {
    let mut bytes = [0; 32];
    OsRng.unwrap_err().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is kept of a secret that we handed out.
pub(crate) fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret).to_vec()
}

/// HMAC-SHA256 as base64url.
fn hmac(key: &EncodingKey, message: &[u8]) -> String {
    // It fails only for a key of another family than the algorithm's, and these are all made from bytes.
    crypto::sign(message, key, Algorithm::HS256).expect("HMAC takes any key made from bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_keys_have_32_bytes_and_depend_on_the_installation() {
        let secrets = |key: u8| Secrets::new(&[key; 32].into(), &[]);
        let (one, two) = (secrets(1), secrets(2));
        let key = one.api_key("seed");
        assert_eq!(key, one.api_key("seed"));
        assert_ne!(key, two.api_key("seed"));
        assert_ne!(key, one.api_key("other"));
        let secret = key.strip_prefix(API_KEY_PREFIX).expect("prefixed");
        assert_eq!(
            URL_SAFE_NO_PAD.decode(secret).map(|bytes| bytes.len()),
            Ok(32)
        );
    }

    #[test]
    fn what_a_former_secret_made_is_known_again() {
        let before = Secrets::new(&[1; 32].into(), &[]);
        let after = Secrets::new(&[2; 32].into(), &[[1; 32].into()]);
        let key = before.api_key("seed");
        assert_eq!(after.api_key_again("seed", &key[key.len() - 4..]), key);
        assert_ne!(after.api_key("seed"), key);
        let kept = before.fingerprints(b"request").remove(0);
        assert!(after.fingerprints(b"request").contains(&kept));
        assert_ne!(after.fingerprints(b"request")[0], kept);
        assert!(!after.fingerprints(b"another").contains(&kept));
        let forgotten = Secrets::new(&[2; 32].into(), &[]);
        assert!(!forgotten.fingerprints(b"request").contains(&kept));
    }

    #[test]
    fn random_tokens_differ() {
        assert_ne!(random_token(), random_token());
    }
}
