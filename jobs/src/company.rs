//! Which tenants have lately shared a lane.
//!
//! A lane is all for a tenant that is alone in it: its workers, and a queue before them that never runs dry. In
//! company whoever has more than an even share under way leaves some workers free and no queue, so that a job of
//! somebody who has less begins at once. What that costs the loud is a quarter of a lane, for as long as there is
//! company.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use wafaa_domain::{Lane, TenantId};

/// How long company is remembered: a quiet tenant should not be the first one again each time.
const MEMORY: Duration = Duration::from_secs(60);

/// When each tenant last had a job under way, by lane.
#[derive(Debug, Default)]
pub(crate) struct Company(HashMap<(Lane, TenantId), Instant>);

impl Company {
    /// These have jobs under way.
    pub(crate) fn note(&mut self, there: impl Iterator<Item = (Lane, TenantId)>, now: Instant) {
        self.0.extend(there.map(|one| (one, now)));
        self.0.retain(|_, seen| now - *seen < MEMORY);
    }

    /// Lanes that several tenants share, and how many.
    pub(crate) fn lanes(&self) -> HashMap<Lane, u32> {
        let mut tenants = HashMap::new();
        for (lane, _) in self.0.keys() {
            *tenants.entry(*lane).or_default() += 1;
        }
        tenants.retain(|_, tenants| *tenants > 1);
        tenants
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn company_is_remembered_for_a_while() {
        let (one, two) = (TenantId::new(), TenantId::new());
        let mut company = Company::default();
        let begun = Instant::now();
        company.note([(Lane::Reply, one), (Lane::Ingest, two)].into_iter(), begun);
        assert!(company.lanes().is_empty(), "each is alone in its lane");
        company.note([(Lane::Reply, two)].into_iter(), begun);
        assert_eq!(company.lanes(), HashMap::from([(Lane::Reply, 2)]));
        let later = begun + MEMORY / 2;
        company.note([(Lane::Reply, one)].into_iter(), later);
        assert_eq!(company.lanes(), HashMap::from([(Lane::Reply, 2)]));
        company.note([(Lane::Reply, one)].into_iter(), begun + MEMORY);
        assert!(company.lanes().is_empty(), "the other one has left");
    }
}
