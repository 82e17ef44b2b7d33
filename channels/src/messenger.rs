//! Facebook Messenger: messages to a page.
//!
//! Echoes of what we sent carry our id in `metadata`. Free text is allowed for 24 hours after the customer's last
//! message, what a person writes (`HUMAN_AGENT`) for seven days; a closed window is
//! [`crate::SendError::NeedsTemplate`].

use std::time::Duration;

use wafaa_domain::ChannelKind;

use crate::{
    limits::{DAY, Limits, Pace, Unit, WEEK},
    meta::direct::Dialect,
};

pub(crate) static MESSENGER: Dialect = Dialect {
    kind: ChannelKind::Messenger,
    object: "page",
    fields: "messages,message_echoes,message_deliveries,message_reads,message_reactions,message_edits,messaging_postbacks,messaging_optins,messaging_referrals",
    fields_of_page: None,
    uploads: true,
    limits: Limits {
        text: 2_000,
        unit: Unit::Chars,
        window: Some(DAY),
        tagged_window: Some(WEEK),
        buttons: 13,
        lists: false,
        captions: false,
        media: 25 << 20,
        per_account: Some(Pace {
            every: Duration::from_micros(3_334), // 300 a second
            burst: 300,
        }),
        per_recipient: Some(Pace {
            every: Duration::from_secs(1),
            burst: 20,
        }),
    },
};
