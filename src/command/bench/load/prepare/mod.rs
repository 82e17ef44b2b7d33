//! Tenants to ask as: made once, with documents that are ready, and a key each. Doing it again finds them done.

mod access;
mod document;
mod keys;
mod operator;

use std::sync::Arc;

use anyhow::Context;
use indicatif::ProgressBar;
use tokio::{sync::Semaphore, task::JoinSet};

pub(super) use self::document::form;
use self::{access::Access, keys::Keys, operator::Operator};
use super::{corpus::Business, target::Target};
use crate::cli::{Kind, Load};

/// Tenants prepared at once.
const WIDTH: usize = 8;

/// A tenant that can be asked.
pub(super) struct Tenant {
    pub(super) business: Business,
    pub(super) key: String,
    /// What its WhatsApp notifications are signed with.
    pub(super) app_secret: String,
}

/// What all tenants need on their way.
struct Preparation {
    target: Arc<Target>,
    access: Access,
    operator: Operator,
    keys: Keys,
    has_webhooks: bool,
}

/// Prepares the tenants that were asked for.
///
/// # Errors
/// When the operator may not sign in, or a document can't be made ready.
pub(super) async fn tenants(
    target: &Arc<Target>,
    load: &Load,
    bar: &ProgressBar,
) -> anyhow::Result<Vec<Tenant>> {
    let access = Access::from_environment()?;
    let preparation = Arc::new(Preparation {
        target: Arc::clone(target),
        operator: Operator::new(Arc::clone(target), access.clone()),
        access,
        keys: Keys::open(load.keys.clone())?,
        has_webhooks: load.mix.has(Kind::Webhook) || load.mix.has(Kind::Message),
    });
    bar.set_length(load.tenants.into());
    let width = Arc::new(Semaphore::new(WIDTH));
    let mut running = JoinSet::new();
    for number in 1..=load.tenants {
        let (preparation, width) = (Arc::clone(&preparation), Arc::clone(&width));
        running.spawn(async move {
            let _turn = width.acquire().await?;
            let business = Business::new(number);
            let slug = business.slug.clone();
            preparation
                .tenant(business)
                .await
                .with_context(|| format!("tenant {slug}"))
        });
    }
    let mut tenants = Vec::new();
    while let Some(tenant) = running.join_next().await {
        tenants.push(tenant??);
        bar.inc(1);
    }
    tenants.sort_by(|one, other| one.business.slug.cmp(&other.business.slug));
    preparation.keys.keep()?;
    Ok(tenants)
}

impl Preparation {
    async fn tenant(&self, business: Business) -> anyhow::Result<Tenant> {
        let key = match self.keys.of(&business.slug) {
            Some(key) if access::opens(&self.target, &key, &business.slug).await? => key,
            _ => {
                self.operator.ensure(&business).await?;
                access::key(&self.target, &self.access, &business.slug).await?
            }
        };
        self.keys.add(&business.slug, &key);
        let app_secret = self.access.derived("whatsapp", &business.slug);
        if self.has_webhooks {
            access::channel(&self.target, &key, &business.slug, &app_secret).await?;
        }
        document::ready(&self.target, &key, &business).await?;
        Ok(Tenant {
            business,
            key,
            app_secret,
        })
    }
}
