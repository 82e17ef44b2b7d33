//! Instagram direct messages.
//!
//! Two ways lead in: a Facebook page linked to the account (calls go to the page's node of the Graph API, so `page_id`
//! is needed), or Instagram's own login (the token begins with `IG`, calls go to Instagram's host). A text may have
//! 1,000 bytes, which is half as many Arabic letters. Files can be sent by link only.

use std::time::Duration;

use wafaa_domain::ChannelKind;

use crate::{
    limits::{DAY, Limits, Pace, Unit, WEEK},
    meta::direct::Dialect,
};

pub(crate) static INSTAGRAM: Dialect = Dialect {
    kind: ChannelKind::Instagram,
    object: "instagram",
    fields: "messages,message_reactions,messaging_postbacks,messaging_seen,messaging_referral",
    // A page knows none that are Instagram's only, and refuses the whole call for one of them.
    fields_of_page: Some("messages,message_reactions,messaging_postbacks"),
    uploads: false,
    limits: Limits {
        text: 1_000,
        unit: Unit::Bytes,
        window: Some(DAY),
        tagged_window: Some(WEEK),
        buttons: 13,
        lists: false,
        captions: false,
        media: 25 << 20,
        per_account: Some(Pace {
            every: Duration::from_millis(10), // 100 a second
            burst: 100,
        }),
        per_recipient: Some(Pace {
            every: Duration::from_secs(1),
            burst: 20,
        }),
    },
};
