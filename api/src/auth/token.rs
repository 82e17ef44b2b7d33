//! Access tokens: short JWTs that say who signed in, and nothing of what they may do (that is looked up).

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Utc;
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};
use wafaa_domain::MemberId;

use super::secret::Secrets;
use crate::error::{Error, Result};

/// How long an access token works.
pub(crate) const LIFETIME: Duration = Duration::from_secs(15 * 60);

const ISSUER: &str = "wafaa";
const AUDIENCE: &str = "wafaa-api";
/// RFC 9068 §2.1: no other kind of token passes for an access token.
const TYPE: &str = "at+jwt";

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: MemberId,
    iat: i64,
    exp: i64,
    /// The session: the hash of the refresh token that was handed out with it.
    sid: String,
}

/// What a genuine token says.
pub(crate) struct Verified {
    pub(crate) member: MemberId,
    pub(crate) session: Vec<u8>,
}

impl Secrets {
    /// A token for a member, in the session of the refresh token with this hash.
    pub(crate) fn issue(&self, member: MemberId, session: &[u8]) -> Result<String> {
        self.issue_at(member, session, Utc::now().timestamp())
    }

    fn issue_at(&self, member: MemberId, session: &[u8], now: i64) -> Result<String> {
        let header = Header {
            typ: Some(TYPE.to_owned()),
            kid: Some(self.current().id.clone()),
            ..Header::new(Algorithm::HS256)
        };
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: member,
            iat: now,
            exp: now + i64::try_from(LIFETIME.as_secs()).unwrap_or(0),
            sid: URL_SAFE_NO_PAD.encode(session),
        };
        jsonwebtoken::encode(&header, &claims, &self.current().signing)
            .map_err(|error| Error::Internal(error.to_string()))
    }

    /// What a token says, when it is ours and still works.
    pub(crate) fn verify(&self, token: &str) -> Option<Verified> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.leeway = 5;
        // Tokens of versions that named no key are tried with each.
        let named = jsonwebtoken::decode_header(token).ok()?.kid;
        let mut keys = self
            .all()
            .filter(|key| named.as_ref().is_none_or(|id| key.id == *id));
        let token = keys.find_map(|key| {
            jsonwebtoken::decode::<Claims>(token, &key.checking, &validation).ok()
        })?;
        (token.header.typ.as_deref() == Some(TYPE)).then_some(())?;
        Some(Verified {
            member: token.claims.sub,
            session: URL_SAFE_NO_PAD.decode(token.claims.sid).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        Secrets::new(&[7; 32].into(), &[])
    }

    #[test]
    fn a_token_reads_back() {
        let member = MemberId::new();
        let token = secrets().issue(member, b"session").expect("issued");
        let verified = secrets().verify(&token).expect("genuine");
        assert_eq!(
            (verified.member, verified.session),
            (member, b"session".to_vec())
        );
    }

    #[test]
    fn tokens_of_others_and_old_ones_are_refused() {
        let token = secrets().issue(MemberId::new(), b"").expect("issued");
        assert!(Secrets::new(&[8; 32].into(), &[]).verify(&token).is_none());
        let old = secrets()
            .issue_at(MemberId::new(), b"", Utc::now().timestamp() - 1_000)
            .expect("issued");
        assert!(secrets().verify(&old).is_none());
    }

    #[test]
    fn a_token_signed_before_a_rotation_works_until_the_key_is_dropped() {
        let member = MemberId::new();
        let token = secrets().issue(member, b"").expect("issued");
        let rotated = Secrets::new(&[8; 32].into(), &[[9; 32].into(), [7; 32].into()]);
        let verified = rotated.verify(&token).expect("signed by a former key");
        assert_eq!(verified.member, member);
        let id = |token: &str| jsonwebtoken::decode_header(token).expect("a header").kid;
        let fresh = rotated.issue(member, b"").expect("issued");
        assert!(id(&fresh).is_some() && id(&fresh) != id(&token));
        assert!(secrets().verify(&fresh).is_none());
        let dropped = Secrets::new(&[8; 32].into(), &[[9; 32].into()]);
        assert!(dropped.verify(&token).is_none());
    }

    #[test]
    fn a_token_without_a_key_id_works_and_a_wrong_id_does_not() {
        let now = Utc::now().timestamp();
        let claims = serde_json::json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": MemberId::new(), "iat": now, "exp": now + 60, "sid": ""
        });
        for (kid, works) in [(None, true), (Some("another".to_owned()), false)] {
            let header = Header {
                typ: Some(TYPE.into()),
                kid,
                ..Header::new(Algorithm::HS256)
            };
            let token = jsonwebtoken::encode(&header, &claims, &secrets().current().signing);
            let verified = secrets().verify(&token.expect("encoded"));
            assert_eq!(verified.is_some(), works, "{header:?}");
        }
    }

    #[test]
    fn a_token_of_another_type_or_algorithm_is_refused() {
        let claims = serde_json::json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": MemberId::new(), "iat": 0, "exp": i64::MAX / 2, "sid": ""
        });
        for header in [
            Header::new(Algorithm::HS256),
            Header {
                typ: Some(TYPE.into()),
                ..Header::new(Algorithm::HS384)
            },
        ] {
            let token = jsonwebtoken::encode(&header, &claims, &secrets().current().signing)
                .expect("encoded");
            assert!(secrets().verify(&token).is_none(), "{header:?}");
        }
    }
}
