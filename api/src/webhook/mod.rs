//! `/webhooks/{kind}/{tenant_slug}`: what channels' providers tell us.
//!
//! A webhook is verified over its raw bytes, read, stored, and only then answered 200; what it told is taken in
//! after that. Whatever is wrong before is answered so that the provider comes again (429, 503) or so that it can't
//! be mistaken for success (400, 401, 404): nothing that was accepted is ever lost, nothing unproven is ever stored.

mod raw;

use chrono::Utc;
use poem::{Request, web::Data};
use poem_openapi::{
    ApiResponse, OpenApi, ResponseContent,
    param::Path,
    payload::{Json, PlainText},
};
use serde_json::Value;
use wafaa_channels::{Headers, Inbound, Query, adapter};
use wafaa_domain::{ChannelKind, TenantScope};
use wafaa_storage::limit::Class;

use crate::{
    edge::Context,
    error::{Error, Result},
    lookup::Found,
    resource::{ChannelKind as Kind, Tag},
    state::State,
};
use raw::Raw;

#[derive(ResponseContent)]
enum Words {
    Text(PlainText<String>),
    Json(Json<Value>),
}

#[derive(ApiResponse)]
enum Taken {
    /// It is stored, or answered as the provider wants its handshake answered
    #[oai(status = 200)]
    Ok(Words),
}

pub(crate) struct Webhooks;

#[OpenApi(prefix_path = "/webhooks", tag = "Tag::ChannelWebhooks")]
impl Webhooks {
    /// Prove to a provider that this address is ours
    #[oai(
        path = "/:kind/:tenant_slug",
        method = "get",
        operation_id = "webhook_handshake"
    )]
    async fn handshake(
        &self,
        state: Data<&State>,
        request: &Request,
        kind: Path<Kind>,
        tenant_slug: Path<String>,
    ) -> Result<PlainText<String>> {
        let kind = kind.0.into();
        let found = find(&state, kind, &tenant_slug.0).await?;
        let query = Query::parse(request.original_uri().query().unwrap_or_default());
        let mut reason = "no channel of this kind";
        for channel in found.iter() {
            match adapter(kind).handshake(&channel.account, &query) {
                Ok(challenge) => return Ok(PlainText(challenge)),
                Err(refused) => reason = refused.reason,
            }
        }
        Err(Error::Signature(reason))
    }

    /// Take in what a provider tells
    ///
    /// Answered 200 once it is stored, to be taken in within moments; what was stored before is not stored again. Beyond the
    /// tenant's messages a minute it is answered 429, and while it can't be stored 503, so that the provider
    /// sends it again.
    #[oai(
        path = "/:kind/:tenant_slug",
        method = "post",
        operation_id = "receive_webhook"
    )]
    async fn receive(
        &self,
        state: Data<&State>,
        context: Data<&Context>,
        request: &Request,
        kind: Path<Kind>,
        tenant_slug: Path<String>,
        body: Raw,
    ) -> Result<Taken> {
        let kind = kind.0.into();
        let found = find(&state, kind, &tenant_slug.0).await?;
        let genuine = verify(kind, &found, request, &body.0)?;
        let Some(first) = genuine.first() else {
            return Err(Error::NotFound);
        };
        tracing::Span::current().record("tenant", tracing::field::display(first.tenant));
        let told = adapter(kind)
            .parse(&first.account, &body.0)
            .map_err(|malformed| Error::Payload(malformed.reason))?;
        if let Some(reply) = reply(&told) {
            return Ok(reply);
        }
        count(&state, &context, first, &told).await?;
        for (channel, told) in route(&genuine, told) {
            let scope = TenantScope::of_channel(channel.tenant, channel.channel.id);
            let kept = state
                .inbox()
                .accept(&scope, &channel.channel, &body.0, &told)
                .await
                .map_err(Error::NotStored)?;
            tracing::debug!(channel = %channel.channel.id, ?kept, "webhook stored");
        }
        Ok(Taken::Ok(Words::Text(PlainText(String::new()))))
    }
}

/// The tenant's channels of this kind.
async fn find(state: &State, kind: ChannelKind, slug: &str) -> Result<std::sync::Arc<[Found]>> {
    // Whoever chats on a web site does so by `/widget`.
    if kind == ChannelKind::Web {
        return Err(Error::NotFound);
    }
    let found = state.lookup.webhook(state, kind, slug).await;
    found.map_err(Error::NotStored)?.ok_or(Error::NotFound)
}

/// The channels whose secret proves the body.
fn verify<'a>(
    kind: ChannelKind,
    found: &'a [Found],
    request: &Request,
    body: &[u8],
) -> Result<Vec<&'a Found>> {
    let pairs = request.headers().iter();
    let headers = Headers::new(pairs.map(|(name, value)| (name.as_str(), value.as_bytes())));
    let now = Utc::now();
    let mut genuine = Vec::new();
    let mut reason = "its channel's secrets can't be opened";
    for channel in found {
        match adapter(kind).verify(&channel.account, &headers, body, now) {
            Ok(()) => genuine.push(channel),
            Err(refused) => reason = refused.reason,
        }
    }
    if genuine.is_empty() {
        return Err(Error::Signature(reason));
    }
    Ok(genuine)
}

/// What the provider wants to be answered with, when that is all it wants.
fn reply(told: &[Inbound]) -> Option<Taken> {
    let (body, media_type) = told.iter().find_map(|inbound| {
        let Inbound::Reply { body, media_type } = inbound else {
            return None;
        };
        Some((body, media_type))
    })?;
    let json = (media_type == "application/json")
        .then(|| serde_json::from_str(body).ok())
        .flatten();
    Some(Taken::Ok(json.map_or_else(
        || Words::Text(PlainText(body.clone())),
        |value| Words::Json(Json(value)),
    )))
}

/// Counts customers' messages against the tenant's limit; statuses and the like are free.
async fn count(state: &State, context: &Context, channel: &Found, told: &[Inbound]) -> Result<()> {
    let messages = told
        .iter()
        .filter(|inbound| matches!(inbound, Inbound::Message { .. }))
        .count();
    let Some(cost) = u32::try_from(messages).ok().filter(|cost| *cost > 0) else {
        return Ok(());
    };
    let scope = TenantScope::of_channel(channel.tenant, channel.channel.id);
    let limiter = &state.limiter;
    context.spend(
        limiter
            .take(&scope, Class::Messages, &channel.limits, cost)
            .await,
    )
}

/// Whether the provider may call the channel's account by another id than the one it was connected with. One secret
/// proves what is told of every number and page of an app, so those are taken by their ids alone.
const fn has_several_names(channel: &Found) -> bool {
    !matches!(
        channel.channel.kind,
        ChannelKind::Whatsapp | ChannelKind::Messenger
    )
}

/// Gives each thing told to the channel it names. What names an account of another channel, whose secret has
/// not proven it, goes nowhere; the first channel keeps the body either way.
fn route<'a>(genuine: &[&'a Found], told: Vec<Inbound>) -> Vec<(&'a Found, Vec<Inbound>)> {
    let mut routed: Vec<(&Found, Vec<Inbound>)> = genuine
        .iter()
        .map(|channel| (*channel, Vec::new()))
        .collect();
    for inbound in told {
        let named = inbound.external_id().and_then(|id| {
            routed
                .iter()
                .position(|(channel, _)| channel.channel.external_id.as_deref() == Some(id))
        });
        let place = match named {
            Some(place) => place,
            None if inbound.external_id().is_none() => 0,
            None if routed.len() == 1 && has_several_names(genuine[0]) => 0,
            None => {
                tracing::warn!(
                    what = inbound.name(),
                    "names an account that isn't connected"
                );
                continue;
            }
        };
        if let Some((_, told)) = routed.get_mut(place) {
            told.push(inbound);
        }
    }
    let mut place = 0;
    routed.retain(|(_, told)| {
        place += 1;
        place == 1 || !told.is_empty()
    });
    routed
}
