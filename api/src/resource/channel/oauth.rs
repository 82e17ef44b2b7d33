//! Connecting by Meta's login instead of by pasting tokens: whom to ask, and what they let us reach.
//!
//! The tenant's own Meta app is used. What Meta grants never passes through the client in the open: it gets a
//! sealed grant, good for this tenant, which a channel is then made or reconnected with.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use poem::web::Data;
use poem_openapi::{Object, OpenApi, payload::Json};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wafaa_channels::{SendError, Url, oauth};
use wafaa_domain::{ChannelKind, Role, TenantId};
use wafaa_storage::seal::{Sealed, Sealer};

use super::{Kind, Tag};
use crate::{
    auth::{Auth, Secrets},
    body::Body,
    error::{Error, Result},
    resource::time,
    state::State,
};

/// How long a person may take at Meta.
const PATIENCE: Duration = Duration::minutes(30);
/// What a grant is sealed under, beside its tenant.
const ROW: &str = "channel grant";

#[derive(Object)]
#[oai(rename = "ChannelLoginStart")]
struct LoginStart {
    kind: Kind,
    /// The id of the tenant's Meta app.
    #[oai(validator(min_length = 1, max_length = 100))]
    app_id: String,
    /// Where Meta sends the person back to; as entered in the app.
    #[oai(validator(min_length = 1, max_length = 1000))]
    redirect_uri: String,
}

/// Where to send a person who may let us in.
#[derive(Object)]
#[oai(rename = "ChannelLogin")]
struct Login {
    url: String,
    /// Comes back with the person, and goes into the next request.
    state: String,
}

#[derive(Object)]
#[oai(rename = "ChannelLoginEnd")]
struct LoginEnd {
    kind: Kind,
    #[oai(validator(min_length = 1, max_length = 100))]
    app_id: String,
    /// The secret of the tenant's Meta app; it isn't kept.
    #[oai(validator(min_length = 1, max_length = 200))]
    app_secret: String,
    #[oai(validator(min_length = 1, max_length = 1000))]
    redirect_uri: String,
    /// What the person came back with.
    #[oai(validator(min_length = 1, max_length = 2000))]
    code: String,
    #[oai(validator(min_length = 1, max_length = 500))]
    state: String,
}

/// A number, a page or an account that can become a channel.
#[derive(Object)]
#[oai(rename = "ChannelCandidate")]
struct Candidate {
    name: String,
    /// The channel's settings.
    settings: Value,
    /// Goes into the request that makes or changes the channel, instead of an access token.
    grant: String,
}

/// What a login lets us reach.
#[derive(Object)]
#[oai(rename = "ChannelLoginResult")]
struct LoginResult {
    /// Until when it does; for ever when null.
    expires_at: Option<String>,
    /// Permissions that are missing.
    missing: Vec<String>,
    data: Vec<Candidate>,
}

pub(crate) struct Logins;

#[OpenApi(prefix_path = "/api/v1/channels/oauth", tag = "Tag::Channels")]
impl Logins {
    /// Begin a login at Meta
    #[oai(path = "/start", method = "post", operation_id = "start_channel_login")]
    async fn start(
        &self,
        state: Data<&State>,
        auth: Auth,
        body: Body<LoginStart>,
    ) -> Result<Json<Login>> {
        let scope = auth.allowed(Role::Admin)?;
        let asked = body.value;
        let kind = of_meta(asked.kind)?;
        let redirect_uri = address(&asked.redirect_uri)?;
        let ticket = ticket(&state.secrets, scope.tenant());
        let url = oauth::authorisation_url(kind, &asked.app_id, &redirect_uri, &ticket);
        Ok(Json(Login {
            url: url.into(),
            state: ticket,
        }))
    }

    /// End a login at Meta, and see what it reaches
    #[oai(
        path = "/finish",
        method = "post",
        operation_id = "finish_channel_login"
    )]
    async fn finish(
        &self,
        state: Data<&State>,
        auth: Auth,
        body: Body<LoginEnd>,
    ) -> Result<Json<LoginResult>> {
        let tenant = auth.allowed(Role::Admin)?.tenant();
        let given = body.value;
        let kind = of_meta(given.kind)?;
        if !is_ticket(&state.secrets, tenant, &given.state) {
            return Err(Error::field(
                "state",
                "is none of ours, or too old; begin again",
            ));
        }
        let redirect_uri = address(&given.redirect_uri)?;
        let app = oauth::App {
            id: given.app_id.clone(),
            secret: given.app_secret.into(),
        };
        let channels = &state.conversations.channels;
        let reached = async {
            let short = oauth::exchange(channels, &app, &redirect_uri, &given.code).await?;
            let token = oauth::extend(channels, &app, short.access_token.expose_secret()).await?;
            let said = token.access_token.expose_secret();
            let inspected = oauth::inspect(channels, &app, kind, said).await?;
            let found = oauth::discover(channels, kind, said).await?;
            Ok::<_, SendError>((token, inspected, found))
        };
        let (token, inspected, found) = reached
            .await
            .map_err(|refused| Error::Provider(refused.to_string()))?;
        let candidates = found.into_iter().map(|found| {
            let granted = match found.access_token {
                // A page's own token, made from one that lasts, doesn't run out.
                Some(own) => Granted {
                    token: own.expose_secret().to_owned(),
                    expires_at: None,
                },
                None => Granted {
                    token: token.access_token.expose_secret().to_owned(),
                    expires_at: token.expires_at,
                },
            };
            let mut settings = found.settings;
            settings["app_id"] = given.app_id.as_str().into();
            Ok(Candidate {
                name: found.name,
                settings,
                grant: granted.sealed(state.sealer(), tenant)?,
            })
        });
        Ok(Json(LoginResult {
            expires_at: token.expires_at.map(time),
            missing: inspected.missing,
            data: candidates.collect::<Result<_>>()?,
        }))
    }
}

fn of_meta(kind: Kind) -> Result<ChannelKind> {
    match kind {
        Kind::Whatsapp | Kind::Instagram | Kind::Messenger => Ok(kind.into()),
        Kind::Web | Kind::Telegram | Kind::Slack => {
            Err(Error::field("kind", "has no login at Meta"))
        }
    }
}

fn address(url: &str) -> Result<Url> {
    url.parse()
        .map_err(|_| Error::field("redirect_uri", "is no URL"))
}

/// What goes to Meta and back: for this tenant, and for a while.
fn ticket(secrets: &Secrets, tenant: TenantId) -> String {
    let until = (Utc::now() + PATIENCE).timestamp().to_be_bytes();
    let signature = secrets.login(&claims(tenant, until));
    format!("{}.{signature}", URL_SAFE_NO_PAD.encode(until))
}

fn is_ticket(secrets: &Secrets, tenant: TenantId, ticket: &str) -> bool {
    let until = || -> Option<i64> {
        let (until, signature) = ticket.split_once('.')?;
        let until: [u8; 8] = URL_SAFE_NO_PAD.decode(until).ok()?.try_into().ok()?;
        secrets
            .is_login(&claims(tenant, until), signature)
            .then_some(i64::from_be_bytes(until))
    };
    until().is_some_and(|until| Utc::now().timestamp() < until)
}

fn claims(tenant: TenantId, until: [u8; 8]) -> Vec<u8> {
    [&tenant.uuid().as_bytes()[..], &until].concat()
}

/// What a login at Meta has given.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Granted {
    pub(super) token: String,
    /// When it runs out; never, when absent.
    pub(super) expires_at: Option<DateTime<Utc>>,
}

impl Granted {
    /// As it goes through the client.
    fn sealed(&self, sealer: &Sealer, tenant: TenantId) -> Result<String> {
        let plain = serde_json::to_vec(self).map_err(|error| Error::Internal(error.to_string()))?;
        let sealed = sealer.seal(tenant, ROW, &plain);
        let sealed = sealed.map_err(|error| Error::Internal(error.to_string()))?;
        Ok(URL_SAFE_NO_PAD.encode(sealed.0))
    }

    /// What is in a grant that this tenant was given.
    pub(super) fn opened(sealer: &Sealer, tenant: TenantId, grant: &str) -> Result<Self> {
        let granted = || {
            let sealed = Sealed(URL_SAFE_NO_PAD.decode(grant).ok()?);
            serde_json::from_slice(&sealer.open(tenant, ROW, &sealed).ok()?).ok()
        };
        granted().ok_or_else(|| Error::field("grant", "is none of this tenant's; log in again"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tickets_and_grants_are_one_tenants() {
        let secrets = Secrets::new(&[1; 32].into(), &[]);
        let (one, two) = (TenantId::new(), TenantId::new());
        let ticket = ticket(&secrets, one);
        assert!(is_ticket(&secrets, one, &ticket));
        assert!(!is_ticket(&secrets, two, &ticket));
        assert!(!is_ticket(&secrets, one, "AAAA.BBBB"));
        let old = claims(one, 0_i64.to_be_bytes());
        let old = format!("{}.{}", URL_SAFE_NO_PAD.encode([0; 8]), secrets.login(&old));
        assert!(!is_ticket(&secrets, one, &old));
        let sealer = Sealer::new([1; 32], &[]);
        let granted = Granted {
            token: "EAAB".into(),
            expires_at: DateTime::from_timestamp(1_800_000_000, 0),
        };
        let grant = granted.sealed(&sealer, one).expect("sealed");
        assert!(!grant.contains("EAAB"));
        assert_eq!(Granted::opened(&sealer, one, &grant).ok(), Some(granted));
        assert!(Granted::opened(&sealer, two, &grant).is_err());
    }
}
