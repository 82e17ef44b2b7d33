//! A Redis server: carries references to jobs, live events and shared limits between processes.
//!
//! Nothing that must survive is kept there, so a flushed, restarted or replaced server loses nothing.
//! Every key and channel begins with a prefix: several installations may share a server.

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use redis::{
    AsyncCommands, Client, RedisError,
    aio::{ConnectionManager, ConnectionManagerConfig, PubSubSink, PubSubStream},
};
use tokio::{sync::mpsc, time};

/// How long an answer may take before the connection counts as dead.
const ANSWER: Duration = Duration::from_secs(5);
/// How often a silent subscription is asked for a sign of life.
const PROBE: Duration = Duration::from_secs(2);
/// Between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(200);
/// Messages kept for a listener that lags; the sender waits beyond that.
const BACKLOG: usize = 1_024;

/// Redis can't be reached, or refuses.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// At the start.
    #[error("can't reach Redis at {host}: {source}")]
    Open {
        /// Where it should be, without its password.
        host: String,
        /// What the driver says.
        #[source]
        source: RedisError,
    },
    /// Later.
    #[error("Redis: {0}")]
    Command(#[from] RedisError),
}

/// A connection that comes back by itself. Cloning is cheap.
#[derive(Clone)]
pub struct Redis {
    client: Client,
    connection: ConnectionManager,
    prefix: Arc<str>,
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redis")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// What a subscription hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// It is connected from now on: what was published before may have been missed.
    Connected,
    /// Somebody published this.
    Message(Vec<u8>),
}

impl Redis {
    /// Connects to `redis://…` or `rediss://…`; keys and channels begin with `prefix`.
    ///
    /// # Errors
    /// [`Error::Open`] naming the host.
    pub async fn open(url: &str, prefix: &str) -> Result<Self, Error> {
        let host = host(url);
        let failed = |source| Error::Open { host, source };
        let connect = async {
            let client = Client::open(url)?;
            let config = ConnectionManagerConfig::new()
                .set_connection_timeout(Some(ANSWER))
                .set_response_timeout(Some(ANSWER))
                .set_number_of_retries(2)
                .set_max_delay(Duration::from_millis(500));
            let connection = client.get_connection_manager_with_config(config).await?;
            Ok(Self {
                client,
                connection,
                prefix: prefix.into(),
            })
        };
        connect.await.map_err(failed)
    }

    /// A handle on the shared connection.
    #[must_use]
    pub fn connection(&self) -> ConnectionManager {
        self.connection.clone()
    }

    /// The full name of a key or channel of this installation.
    #[must_use]
    pub fn key(&self, name: &str) -> String {
        format!("{}:{name}", self.prefix)
    }

    /// Whether the server answers.
    ///
    /// # Errors
    /// When it doesn't.
    pub async fn ping(&self) -> Result<(), Error> {
        let () = redis::cmd("PING")
            .query_async(&mut self.connection())
            .await?;
        Ok(())
    }

    /// Tells every process that listens to the channel.
    ///
    /// # Errors
    /// When the server can't be reached.
    pub async fn publish(&self, channel: &str, message: &[u8]) -> Result<(), Error> {
        let () = self
            .connection()
            .publish(self.key(channel), message)
            .await?;
        Ok(())
    }

    /// Listens to a channel until the receiver is dropped, connecting again whenever the connection is lost
    /// or gives no sign of life.
    #[must_use]
    pub fn listen(&self, channel: &str) -> mpsc::Receiver<Heard> {
        let (client, channel) = (self.client.clone(), self.key(channel));
        let (sender, receiver) = mpsc::channel(BACKLOG);
        tokio::spawn(async move {
            while !sender.is_closed() {
                if let Ok((sink, stream)) = subscribe(&client, &channel).await {
                    forward(sink, stream, &sender).await;
                }
                tokio::select! {
                    () = sender.closed() => {}
                    () = time::sleep(PAUSE) => {}
                }
            }
        });
        receiver
    }
}

async fn subscribe(
    client: &Client,
    channel: &str,
) -> Result<(PubSubSink, PubSubStream), RedisError> {
    let connecting = async {
        let (mut sink, stream) = client.get_async_pubsub().await?.split();
        sink.subscribe(channel).await?;
        Ok((sink, stream))
    };
    time::timeout(ANSWER, connecting)
        .await
        .unwrap_or_else(|_| Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()))
}

/// Passes messages on until the connection is lost or nobody listens any more.
async fn forward(mut sink: PubSubSink, mut stream: PubSubStream, to: &mpsc::Sender<Heard>) {
    if to.send(Heard::Connected).await.is_err() {
        return;
    }
    loop {
        let heard = tokio::select! {
            heard = time::timeout(PROBE, stream.next()) => heard,
            () = to.closed() => return,
        };
        match heard {
            Ok(Some(message)) => {
                let message = Heard::Message(message.get_payload_bytes().to_vec());
                if to.send(message).await.is_err() {
                    return;
                }
            }
            Ok(None) => return,
            Err(_) => match time::timeout(ANSWER, sink.ping::<redis::Value>()).await {
                Ok(Ok(_)) => {}
                _ => return,
            },
        }
    }
}

/// `host:port/db` of a URL, without user and password.
fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.rsplit_once('@')
        .map_or(rest, |(_, host)| host)
        .to_owned()
}
