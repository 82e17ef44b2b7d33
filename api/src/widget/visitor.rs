//! Visitors of a web chat: who they are is what their token says, which we signed.
//!
//! A token names one channel, one visitor and one conversation, and works for a month. It is no member's:
//! nothing of the API but the chat itself knows it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use poem::{Request, RequestBody};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaSecurityScheme, Registry},
};
use uuid::Uuid;
use wafaa_domain::{ChannelId, ConversationId};

use crate::{auth::Secrets, error::Error};

const PREFIX: &str = "wvt_";
/// How long a token works.
const LIFETIME: Duration = Duration::days(30);
/// What the OpenAPI document calls it.
const SCHEME: &str = "visitor";

/// What a genuine token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Visitor {
    pub(super) channel: ChannelId,
    /// Who, in this channel only.
    pub(super) person: Uuid,
    pub(super) conversation: ConversationId,
}

impl Visitor {
    /// How the channel knows them.
    pub(super) fn identity(&self) -> String {
        self.person.simple().to_string()
    }

    /// A token, and until when it works.
    pub(super) fn token(&self, secrets: &Secrets, now: DateTime<Utc>) -> (String, DateTime<Utc>) {
        let until = now + LIFETIME;
        let claims = [
            &self.channel.uuid().as_bytes()[..],
            self.person.as_bytes(),
            self.conversation.uuid().as_bytes(),
            &until.timestamp().to_be_bytes(),
        ]
        .concat();
        let said = URL_SAFE_NO_PAD.encode(&claims);
        (
            format!("{PREFIX}{said}.{}", secrets.visitor(&claims)),
            until,
        )
    }

    /// What a token says, when it is ours and still works.
    pub(super) fn of(token: &str, secrets: &Secrets, now: DateTime<Utc>) -> Option<Self> {
        let (said, signature) = token.strip_prefix(PREFIX)?.split_once('.')?;
        let claims = URL_SAFE_NO_PAD.decode(said).ok()?;
        secrets.is_visitor(&claims, signature).then_some(())?;
        let (channel, rest) = claims.split_first_chunk::<16>()?;
        let (person, rest) = rest.split_first_chunk::<16>()?;
        let (conversation, rest) = rest.split_first_chunk::<16>()?;
        let until = i64::from_be_bytes(rest.try_into().ok()?);
        (now.timestamp() < until).then(|| Self {
            channel: ChannelId::from_uuid(Uuid::from_bytes(*channel)),
            person: Uuid::from_bytes(*person),
            conversation: ConversationId::from_uuid(Uuid::from_bytes(*conversation)),
        })
    }
}

/// The token a request came with, unproven: in `Authorization`, or `?token=` where a header can't be sent.
pub(super) struct Bearer(Option<String>);

impl Bearer {
    /// What the token says, if it is ours.
    pub(super) fn visitor(&self, secrets: &Secrets) -> Option<Visitor> {
        Visitor::of(self.0.as_deref()?, secrets, Utc::now())
    }

    /// The visitor, when the token is for this conversation of this channel.
    pub(super) fn of(
        &self,
        secrets: &Secrets,
        channel: ChannelId,
        conversation: ConversationId,
    ) -> Result<Visitor, Error> {
        self.visitor(secrets)
            .filter(|visitor| visitor.channel == channel && visitor.conversation == conversation)
            .ok_or(Error::Visitor)
    }
}

impl<'a> ApiExtractor<'a> for Bearer {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        registry.create_security_scheme(
            SCHEME,
            MetaSecurityScheme {
                ty: "http",
                description: Some(
                    "A visitor's token, from `POST /widget/{public_token}/conversations`; also taken as `?token=`.",
                ),
                name: None,
                key_in: None,
                scheme: Some("bearer"),
                bearer_format: Some("visitor token"),
                flows: None,
                openid_connect_url: None,
            },
        );
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![SCHEME]
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let header = request.header("authorization");
        let bearer = header.and_then(|value| value.strip_prefix("Bearer "));
        let query = request.original_uri().query().unwrap_or_default();
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let parameter = pairs.find(|(name, _)| *name == "token");
        let token = bearer.or(parameter.map(|(_, token)| token));
        Ok(Self(token.map(str::to_owned)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visitor() -> Visitor {
        Visitor {
            channel: ChannelId::new(),
            person: Uuid::now_v7(),
            conversation: ConversationId::new(),
        }
    }

    #[test]
    fn a_token_reads_back_for_a_month() {
        let secrets = Secrets::new(&[1; 32].into(), &[]);
        let (visitor, now) = (visitor(), Utc::now());
        let (token, until) = visitor.token(&secrets, now);
        assert_eq!(Visitor::of(&token, &secrets, now), Some(visitor));
        assert_eq!(Visitor::of(&token, &secrets, until), None);
        let rotated = Secrets::new(&[2; 32].into(), &[[1; 32].into()]);
        assert_eq!(Visitor::of(&token, &rotated, now), Some(visitor));
    }

    #[test]
    fn what_we_did_not_sign_says_nothing() {
        let secrets = Secrets::new(&[1; 32].into(), &[]);
        let now = Utc::now();
        let (token, _) = visitor().token(&secrets, now);
        let (other, _) = visitor().token(&secrets, now);
        let (said, _) = token.split_once('.').expect("two parts");
        let (_, signature) = other.split_once('.').expect("two parts");
        for forged in [
            format!("{said}.{signature}"),
            said.to_owned(),
            String::new(),
        ] {
            assert_eq!(Visitor::of(&forged, &secrets, now), None, "{forged}");
        }
        let others = Secrets::new(&[2; 32].into(), &[]);
        assert_eq!(Visitor::of(&token, &others, now), None);
    }
}
