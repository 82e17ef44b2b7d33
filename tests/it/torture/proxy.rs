//! A TCP proxy that can delay, stall and cut what passes through it.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    time,
};

/// Between processes and a server.
pub(super) struct Proxy {
    pub(super) port: u16,
    /// Added to every packet, in milliseconds; [`STALLED`] holds everything back.
    delay: Arc<AtomicU64>,
    /// Raised to cut all connections there are.
    cut: watch::Sender<u64>,
}

const STALLED: u64 = u64::MAX;

impl Proxy {
    pub(super) async fn before(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let (delay, cut) = (Arc::new(AtomicU64::new(0)), watch::Sender::new(0));
        tokio::spawn(serve(listener, target, Arc::clone(&delay), cut.clone()));
        Self { port, delay, cut }
    }

    /// Cuts every connection; new ones are welcome.
    pub(super) fn cut(&self) {
        self.cut.send_modify(|cuts| *cuts += 1);
    }

    /// Delays every packet by so much.
    pub(super) fn delay(&self, by: Duration) {
        let millis = u64::try_from(by.as_millis()).unwrap_or(0);
        self.delay.store(millis, Ordering::Release);
    }

    /// Holds everything back without closing anything.
    pub(super) fn stall(&self) {
        self.delay.store(STALLED, Ordering::Release);
    }
}

async fn serve(
    listener: TcpListener,
    target: SocketAddr,
    delay: Arc<AtomicU64>,
    cut: watch::Sender<u64>,
) {
    while let Ok((near, _)) = listener.accept().await {
        let (delay, mut cuts) = (Arc::clone(&delay), cut.subscribe());
        tokio::spawn(async move {
            let Ok(far) = TcpStream::connect(target).await else {
                return;
            };
            let _ = (near.set_nodelay(true), far.set_nodelay(true));
            let (near_in, near_out) = near.into_split();
            let (far_in, far_out) = far.into_split();
            tokio::select! {
                () = pass(near_in, far_out, &delay) => {}
                () = pass(far_in, near_out, &delay) => {}
                _ = cuts.changed() => {}
            }
        });
    }
}

async fn pass(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    delay: &AtomicU64,
) {
    let mut buffer = vec![0; 16 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        while delay.load(Ordering::Acquire) == STALLED {
            time::sleep(Duration::from_millis(20)).await;
        }
        match delay.load(Ordering::Acquire) {
            0 | STALLED => {}
            millis => time::sleep(Duration::from_millis(millis)).await,
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
