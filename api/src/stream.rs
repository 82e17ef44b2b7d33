//! Server-sent events: streams of typed, named events that end when the server stops.

use std::time::Duration;

use futures::{Stream, StreamExt as _, stream::BoxStream};
use poem::web::sse;
use poem_openapi::{
    payload::EventStream,
    types::{ToJSON, Type},
};

use crate::state::State;

/// A comment is sent as often as this, so that nobody on the way takes the silence for a dead connection.
const HEARTBEAT: Duration = Duration::from_secs(15);

pub(crate) type Events<T> = EventStream<BoxStream<'static, T>>;

/// A stream of events, each called what `name` says.
pub(crate) fn events<T>(
    state: &State,
    name: impl Fn(&T) -> &'static str + Send + 'static,
    stream: impl Stream<Item = T> + Send + 'static,
) -> Events<T>
where
    T: Type + ToJSON + Send + 'static,
{
    numbered(state, name, |_| None, stream)
}

/// The same, where some events have an id that a client may go on after.
pub(crate) fn numbered<T>(
    state: &State,
    name: impl Fn(&T) -> &'static str + Send + 'static,
    id: impl Fn(&T) -> Option<i64> + Send + 'static,
    stream: impl Stream<Item = T> + Send + 'static,
) -> Events<T>
where
    T: Type + ToJSON + Send + 'static,
{
    let closing = state.closing.clone();
    EventStream::new(stream.take_until(closing.cancelled_owned()).boxed())
        .keep_alive(HEARTBEAT)
        .to_event(move |event: T| {
            let said = sse::Event::message(event.to_json_string()).event_type(name(&event));
            match id(&event) {
                Some(id) => said.id(id.to_string()),
                None => said,
            }
        })
}
