//! `kill -9` at random points of an ingest: after a restart the document is ready exactly once, with every
//! chunk and no chunk twice.
//!
//! The seed is printed; `WAFAA_CRASH_SEED` and `WAFAA_CRASH_POINTS` repeat or lengthen a run.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::Value;

use crate::server::{Member, Server};

/// Points of one run.
const POINTS: u64 = 200;
/// Enough for several `embed` jobs.
const PARAGRAPHS: usize = 150;

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_point_loses_nothing_and_doubles_nothing() {
    let seed = setting("WAFAA_CRASH_SEED").unwrap_or_else(|| rand::rng().random());
    let points = setting("WAFAA_CRASH_POINTS").unwrap_or(POINTS);
    println!("WAFAA_CRASH_SEED={seed} WAFAA_CRASH_POINTS={points}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut server = Server::start();
    let (undisturbed, span) = {
        let member = server.sign_in("alpha").await;
        let begun = Instant::now();
        let document = member
            .ingest("undisturbed.txt", text(u64::MAX).into_bytes())
            .await;
        assert_eq!(document["status"], "ready", "{document}");
        (document["chunks"].clone(), begun.elapsed())
    };
    println!("undisturbed it takes {span:?}");
    let mut cut_short = 0;
    for point in 0..points {
        let id = {
            let member = server.sign_in("alpha").await;
            let (_, accepted) = member
                .upload(&format!("{point}.txt"), text(point).into_bytes())
                .await;
            accepted["document"]["id"]
                .as_str()
                .expect("an id")
                .to_owned()
        };
        let delay = random.random_range(Duration::ZERO..span);
        tokio::time::sleep(delay).await;
        server.kill();
        server.resume();
        let member = server.sign_in("alpha").await;
        let found = member.get(&format!("/api/v1/documents/{id}")).await;
        cut_short += u64::from(found["status"] != "ready");
        let document = member.settled(&id).await;
        assert_eq!(
            document["status"], "ready",
            "seed {seed}, point {point}, {delay:?}: {document}"
        );
        assert_eq!(
            document["chunks"], undisturbed,
            "seed {seed}, point {point}, {delay:?}"
        );
        proves_whole(&member, &id, point).await;
    }
    println!("{cut_short} of {points} kills fell inside an ingest");
    assert!(
        cut_short > points / 4,
        "the kills came too late to prove anything: {cut_short}"
    );
    let member = server.sign_in("alpha").await;
    let unfinished = ["waiting", "ready", "dispatched", "running", "dead"];
    for state in unfinished {
        let jobs = member
            .get(&format!("/api/v1/jobs?state={state}&lane=ingest"))
            .await;
        assert_eq!(
            jobs["data"],
            Value::Array(Vec::new()),
            "seed {seed}: {state}"
        );
    }
}

/// Every chunk is there once, in order, and is found by what only it says.
async fn proves_whole(member: &Member<'_>, id: &str, point: u64) {
    let chunks = member.chunks(id).await;
    let ordinals: Vec<u64> = chunks
        .iter()
        .filter_map(|chunk| chunk["ordinal"].as_u64())
        .collect();
    assert_eq!(ordinals, (0..chunks.len() as u64).collect::<Vec<_>>());
    let known: BTreeSet<&str> = chunks
        .iter()
        .filter_map(|chunk| chunk["id"].as_str())
        .collect();
    assert_eq!(known.len(), chunks.len());
    let hits = member.search(&format!("lantern {}", name(point))).await;
    let of_document: Vec<&str> = hits
        .iter()
        .filter(|hit| hit["document_id"] == id)
        .filter_map(|hit| hit["chunk_id"].as_str())
        .collect();
    let distinct: BTreeSet<&str> = of_document.iter().copied().collect();
    assert!(
        !of_document.is_empty(),
        "point {point} can't be found: {hits:?}"
    );
    assert_eq!(
        distinct.len(),
        of_document.len(),
        "point {point} is found twice"
    );
    assert!(
        distinct.is_subset(&known),
        "point {point} is found by chunks it doesn't have"
    );
}

/// A document that no other point uploads.
fn text(point: u64) -> String {
    let paragraph = |n: usize| {
        format!(
            "Paragraph {n} tells of the lantern {} that stood on shelf {n} of the harbour store. It was lit each \
             evening at six, and the keeper wrote the hour into a book that nobody but the owner was allowed to \
             read. When the wind came from the north the flame was moved behind the second pane.\n\n",
            name(point)
        )
    };
    (0..PARAGRAPHS).map(paragraph).collect()
}

/// A word that no other point uses.
fn name(point: u64) -> String {
    let letter =
        |place: u32| char::from(b'a' + u8::try_from(point / 26_u64.pow(place) % 26).unwrap_or(0));
    format!("zorv{}{}{}", letter(0), letter(1), letter(2))
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
