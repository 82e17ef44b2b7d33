//! Web pages as sources, from a site to an answer: what is taken and what is left, what changes and what goes, and
//! `kill -9` in the middle of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    server::{Member, Server, demo},
    site::{Page, Site},
};

/// Long enough for a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// Kills of one run.
const KILLS: u32 = 12;
/// Pages of the site that is crawled meanwhile.
const PAGES: usize = 40;

/// A server that may crawl these sites, and needn't be polite to them.
fn server(sites: &[&Site]) -> Server {
    let places: Vec<&str> = sites.iter().map(|site| site.place.as_str()).collect();
    Server::prepare()
        .with("WAFAA_CRAWL_PRIVATE_HOSTS", places.join(","))
        .with("WAFAA_CRAWL_DELAY_MS", "0")
        .with("WAFAA_CRAWL_RETRY_SECONDS", "0")
        .with("WAFAA_CRAWL_TIMEOUT_SECONDS", "2")
        .with("WAFAA_CRAWL_MAX_MB", "1")
        .open()
}

async fn create(member: &Member<'_>, body: Value) -> String {
    let (status, taken) = member
        .call(Method::POST, "/api/v1/sources", Some(body))
        .await;
    assert_eq!(status, StatusCode::ACCEPTED, "{taken}");
    taken["source"]["id"].as_str().expect("an id").to_owned()
}

async fn source(member: &Member<'_>, id: &str) -> Value {
    member.get(&format!("/api/v1/sources/{id}")).await
}

/// The source once its crawl has come to its end.
async fn crawled(member: &Member<'_>, id: &str) -> Value {
    let begun = Instant::now();
    loop {
        let found = source(member, id).await;
        if found["status"] == "ready" || found["status"] == "failed" {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "still not crawled: {found}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn refresh(member: &Member<'_>, id: &str) -> Value {
    let path = format!("/api/v1/sources/{id}/refresh");
    let (status, body) = member.call(Method::POST, &path, None).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{body}");
    crawled(member, id).await
}

/// The pages of a source by their paths.
async fn pages(member: &Member<'_>, site: &Site, id: &str) -> BTreeMap<String, Value> {
    let path = format!("/api/v1/sources/{id}/pages?limit=200");
    let list = member.get(&path).await;
    let list = list["data"].as_array().expect("a list").clone();
    let by_path = list.into_iter().map(|page| {
        let url = page["url"].as_str().expect("an address");
        (url.replace(&site.url(""), ""), page)
    });
    by_path.collect()
}

/// What became of a page, and why: such as `skipped robots`.
fn fate(pages: &BTreeMap<String, Value>, path: &str) -> String {
    let page = pages
        .get(path)
        .unwrap_or_else(|| panic!("{path} is not among {:?}", pages.keys()));
    let status = page["status"].as_str().expect("a status");
    match page["reason"]["code"].as_str() {
        Some(code) => format!("{status} {code}"),
        None => status.to_owned(),
    }
}

/// The tenant's documents, all of them ready.
async fn documents(member: &Member<'_>) -> Vec<Value> {
    let mut all = Vec::new();
    let list = member.get("/api/v1/documents?limit=200").await;
    for document in list["data"].as_array().expect("a list") {
        let id = document["id"].as_str().expect("an id");
        let settled = member.settled(id).await;
        assert_eq!(settled["status"], "ready", "{settled}");
        all.push(settled);
    }
    all
}

async fn titles(member: &Member<'_>) -> BTreeSet<String> {
    let all = documents(member).await;
    let titles = all.iter().map(|document| document["title"].as_str());
    titles
        .map(|title| title.expect("a title").to_owned())
        .collect()
}

/// A shop's site.
fn shop() -> Site {
    let site = Site::start();
    let robots = format!(
        "User-agent: *\nDisallow: /secret\nSitemap: {}\n",
        site.url("/map.xml")
    );
    site.set("/robots.txt", Page::of("text/plain", robots));
    let map = format!(
        "<?xml version='1.0'?><urlset><url><loc>{}</loc></url></urlset>",
        site.url("/hidden")
    );
    site.set("/map.xml", Page::of("application/xml", map));
    let links = [
        "/menu",
        "/menu?utm_source=home#soups",
        "/secret/prices",
        "/draft",
        "/old-menu",
        "/copy",
        "/short",
        "/branches.csv",
        "/logo.png",
        "/mystery",
        "http://elsewhere.example/",
        "mailto:hello@shop.example",
    ];
    site.set(
        "/",
        Page::html("Shop", "We sell lamps of brass and of glass.", &links).tagged("1"),
    );
    site.set(
        "/menu",
        Page::html("Menu", "The lentil soup costs 14 SAR.", &["/", "/deep"]).tagged("1"),
    );
    site.set(
        "/deep",
        Page::html("Deep", "Deliveries come on Tuesdays.", &["/deeper"]),
    );
    site.set("/deeper", Page::html("Deeper", "Too far away.", &[]));
    let draft =
        "<html><head><meta name=robots content=noindex></head><body>A draft.<a href=/linked>x</a>";
    site.set("/draft", Page::of("text/html", draft));
    site.set(
        "/linked",
        Page::html("Linked", "Only a draft leads to the parking lot.", &[]),
    );
    site.set("/old-menu", Page::moved("/menu"));
    site.set(
        "/copy",
        Page::html("Menu", "The lentil soup costs 14 SAR.", &["/x"]),
    );
    let short =
        "<html><head><link rel=canonical href=/menu></head><body>The menu in short.</body></html>";
    site.set("/short", Page::of("text/html", short));
    let csv = demo("bayt-falafel/branches.csv");
    site.set("/branches.csv", Page::of("text/csv", csv));
    site.set(
        "/mystery",
        Page::of("text/html", b"\x89PNG\r\n\x1a\n\0\0\0\r".to_vec()),
    );
    site.set(
        "/hidden",
        Page::html("Hidden", "The garden is open until sunset.", &[]),
    );
    site
}

#[tokio::test]
async fn a_site_becomes_documents_that_answer() {
    let site = shop();
    let server = server(&[&site]);
    let member = server.sign_in("alpha").await;
    let id = create(&member, json!({ "url": site.url("/"), "depth": 2 })).await;
    let found = crawled(&member, &id).await;
    assert_eq!(
        (&found["status"], &found["progress"], &found["truncated"]),
        (&json!("ready"), &json!(100), &json!(false)),
        "{found}"
    );
    let pages = pages(&member, &site, &id).await;
    for (path, expected) in [
        ("/", "added"),
        ("/menu", "added"),
        ("/deep", "added"),
        ("/hidden", "added"),
        ("/linked", "added"),
        ("/branches.csv", "added"),
        ("/secret/prices", "skipped robots"),
        ("/draft", "skipped noindex"),
        ("/old-menu", "skipped moved"),
        ("/copy", "skipped duplicate"),
        ("/short", "skipped canonical"),
        ("/mystery", "skipped unsupported_type"),
        ("/x", "gone gone"),
    ] {
        assert_eq!(fate(&pages, path), expected, "{path}");
    }
    for absent in ["/deeper", "/logo.png", "http://elsewhere.example/"] {
        assert!(!pages.contains_key(absent), "{absent}");
    }
    let asked: Vec<String> = site.asked().into_iter().map(|asked| asked.path).collect();
    assert_eq!(asked[0], "/robots.txt");
    assert!(
        !asked.iter().any(|path| path.starts_with("/secret")),
        "{asked:?}"
    );
    let once: BTreeSet<&String> = asked.iter().collect();
    assert_eq!(once.len(), asked.len(), "{asked:?}");

    assert_eq!(documents(&member).await.len(), 6);
    let hits = member.search("When is the garden open?").await;
    assert_eq!(hits[0]["source_url"], site.url("/hidden"), "{hits:?}");
    let hits = member.search("What does the lentil soup cost?").await;
    assert_eq!(hits[0]["source_url"], site.url("/menu"), "{hits:?}");
    let beta = server.sign_in("beta").await;
    assert_eq!(beta.get("/api/v1/sources").await["data"], json!([]));
    assert!(beta.search("garden").await.is_empty());
}

#[tokio::test]
async fn what_has_changed_is_read_again_and_what_is_gone_goes() {
    let site = shop();
    let server = server(&[&site]);
    let member = server.sign_in("alpha").await;
    let id = create(&member, json!({ "url": site.url("/") })).await;
    crawled(&member, &id).await;
    let before = documents(&member).await;
    site.asked();

    // Nothing has changed: the server says so, or the page does.
    let again = refresh(&member, &id).await;
    assert_eq!(again["status"], "ready", "{again}");
    assert_eq!(
        (&again["pages"]["added"], &again["pages"]["changed"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(again["pages"]["unchanged"], 6, "{again}");
    let asked = site.asked();
    let menu = asked.iter().find(|asked| asked.path == "/menu");
    let menu = menu.expect("the menu is looked at");
    assert_eq!(menu.knows.as_deref(), Some("\"1\""));
    assert_eq!(documents(&member).await, before);

    // Its own words count, not its menus; and what nobody links to any more goes.
    let renamed = "<!DOCTYPE html><html><head><title>The Shop</title></head><body><nav><a href=/menu>x</a> \
                   <a href=/deep>y</a></nav><h1>Shop</h1><p>We sell lamps of brass and of glass.</p></body></html>";
    site.set("/", Page::of("text/html", renamed).tagged("2"));
    site.set(
        "/menu",
        Page::html("Menu", "The lentil soup costs 15 SAR.", &["/"]).tagged("2"),
    );
    site.remove("/deep");
    let after = refresh(&member, &id).await;
    assert_eq!(after["status"], "ready", "{after}");
    let pages = pages(&member, &site, &id).await;
    assert_eq!(fate(&pages, "/"), "unchanged");
    assert_eq!(fate(&pages, "/menu"), "changed");
    assert_eq!(fate(&pages, "/deep"), "gone gone");
    assert_eq!(fate(&pages, "/hidden"), "unchanged");
    assert!(!pages.contains_key("/linked"), "{pages:?}");
    let expected = ["Hidden", "Menu", "The Shop"].map(str::to_owned);
    assert_eq!(titles(&member).await, BTreeSet::from(expected));
    let menu = documents(&member).await;
    let menu = menu.iter().find(|document| document["title"] == "Menu");
    assert_eq!(menu.expect("a menu")["live_version"], 2);
    let hits = member.search("What does the lentil soup cost?").await;
    assert!(hits[0]["text"].to_string().contains("15 SAR"), "{hits:?}");

    // A site that is down takes nothing away.
    for path in ["/", "/robots.txt"] {
        site.set(
            path,
            Page::of("text/plain", "").slow(Duration::from_secs(5)),
        );
    }
    let down = refresh(&member, &id).await;
    assert_eq!(down["error"]["code"], "unreachable", "{down}");
    assert_eq!(titles(&member).await.len(), 3);
}

#[tokio::test]
async fn redirections_end_and_lead_nowhere_private() {
    let (site, inner) = (Site::start(), Site::start());
    inner.set(
        "/",
        Page::html("Inner", "Nobody outside may read this.", &[]),
    );
    let links = ["/round", "/inward", "/metadata", "/spiral/0"];
    site.set("/", Page::moved("/home"));
    site.set(
        "/home",
        Page::html("Home", "A house with many doors.", &links),
    );
    site.set("/round", Page::moved("/about"));
    site.set("/about", Page::moved("/round"));
    site.set("/inward", Page::moved(&inner.url("/")));
    site.set("/metadata", Page::moved("http://169.254.169.254/latest/"));
    for turn in 0..20 {
        let next = format!("/spiral/{}", turn + 1);
        site.set(&format!("/spiral/{turn}"), Page::moved(&next));
    }
    let server = server(&[&site]);
    let member = server.sign_in("alpha").await;
    let body = json!({
        "url": site.url("/"),
        "include": [format!("{}*", inner.url("/")), "http://169.254.169.254/*"],
    });
    let id = create(&member, body).await;
    let found = crawled(&member, &id).await;
    assert_eq!(found["status"], "ready", "{found}");
    let pages = pages(&member, &site, &id).await;
    for (path, expected) in [
        ("/", "skipped moved"),
        ("/home", "added"),
        ("/round", "skipped moved"),
        ("/about", "skipped moved"),
        ("/inward", "skipped moved"),
        (&*inner.url("/"), "skipped forbidden_address"),
        (
            "http://169.254.169.254/latest/",
            "skipped forbidden_address",
        ),
        ("/spiral/9", "skipped moved"),
        ("/spiral/10", "skipped redirect"),
    ] {
        assert_eq!(fate(&pages, path), expected, "{path}");
    }
    assert!(!pages.contains_key("/spiral/11"));
    assert!(inner.asked().is_empty());
    assert_eq!(documents(&member).await.len(), 1);
    let (status, body) = member
        .call(
            Method::POST,
            "/api/v1/sources",
            Some(json!({ "url": inner.url("/") })),
        )
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
}

#[tokio::test]
async fn huge_slow_and_broken_pages_stop_nobody() {
    let site = Site::start();
    let links = ["/huge", "/slow", "/garbage", "/broken", "/empty", "/fine"];
    site.set("/", Page::html("Home", "All sorts of things.", &links));
    let huge = format!("<html><body>{}</body></html>", "word ".repeat(300_000));
    site.set("/huge", Page::of("text/html", huge));
    let slow = Page::html("Slow", "At last.", &[]).slow(Duration::from_secs(10));
    site.set("/slow", slow);
    let garbage: Vec<u8> = (0..5_000_u32).map(|n| (n * 7_919 % 251) as u8).collect();
    site.set("/garbage", Page::of("application/octet-stream", garbage));
    let broken = "<html><body><div>".repeat(20_000) + "<a href='/fine";
    site.set("/broken", Page::of("text/html", broken));
    site.set("/empty", Page::of("text/html", ""));
    site.set("/fine", Page::html("Fine", "This one is fine.", &[]));
    let server = server(&[&site]);
    let member = server.sign_in("alpha").await;
    let id = create(&member, json!({ "url": site.url("/") })).await;
    let found = crawled(&member, &id).await;
    assert_eq!(found["status"], "ready", "{found}");
    let pages = pages(&member, &site, &id).await;
    for (path, expected) in [
        ("/huge", "failed too_large"),
        ("/slow", "failed unreachable"),
        ("/garbage", "skipped unsupported_type"),
        ("/broken", "skipped no_text"),
        ("/empty", "skipped empty_file"),
        ("/fine", "added"),
    ] {
        assert_eq!(fate(&pages, path), expected, "{path}");
    }
    let asked = site.asked();
    let slow = asked.iter().filter(|asked| asked.path == "/slow");
    assert_eq!(slow.count(), 3);
}

#[tokio::test]
async fn a_limit_of_pages_is_kept_and_told() {
    let site = Site::start();
    let links: Vec<String> = (0..30).map(|n| format!("/{n}")).collect();
    let links: Vec<&str> = links.iter().map(String::as_str).collect();
    site.set("/", Page::html("Home", "Thirty rooms.", &links));
    for link in &links {
        let text = format!("This is room {link}.");
        site.set(link, Page::html(&format!("Room {link}"), &text, &[]));
    }
    let server = server(&[&site]);
    let member = server.sign_in("alpha").await;
    let id = create(&member, json!({ "url": site.url("/"), "max_pages": 10 })).await;
    let found = crawled(&member, &id).await;
    assert_eq!(
        (&found["status"], &found["truncated"]),
        (&json!("ready"), &json!(true))
    );
    let kept = documents(&member).await.len();
    // The sitemap that isn't there has taken a place.
    assert_eq!(kept, 9, "{found}");
    // The same ones are looked at the next time.
    let again = refresh(&member, &id).await;
    assert_eq!(again["pages"]["unchanged"], kept, "{again}");
}

#[tokio::test]
async fn a_source_goes_with_its_documents_or_without() {
    let site = shop();
    let server = server(&[&site]);
    let member = server.sign_in("alpha").await;
    let gone = async |query: &str| {
        let id = create(&member, json!({ "url": site.url("/") })).await;
        crawled(&member, &id).await;
        assert_eq!(documents(&member).await.len(), 6);
        let path = format!("/api/v1/sources/{id}{query}");
        let (status, body) = member.call(Method::DELETE, &path, None).await;
        assert!(status.is_success(), "{status} {body}");
        let begun = Instant::now();
        loop {
            let waiting = member.get("/api/v1/jobs?kind=remove_source").await;
            let jobs = waiting["data"].as_array().expect("a list").clone();
            if jobs.iter().all(|job| job["state"] == "succeeded") {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "{waiting}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(member.get("/api/v1/sources").await["data"], json!([]));
    };
    gone("").await;
    assert!(documents(&member).await.is_empty());
    assert!(member.search("lentil soup").await.is_empty());
    gone("?keep_documents=true").await;
    let kept = documents(&member).await;
    assert_eq!(kept.len(), 6);
    assert!(
        kept.iter()
            .all(|document| document["source_url"].is_string())
    );
    // Added again, the site takes its documents over, also what has changed meanwhile.
    for path in ["/menu", "/copy"] {
        let menu = Page::html("Menu", "The onion soup costs 21 SAR.", &["/", "/deep"]);
        site.set(path, menu);
    }
    let id = create(&member, json!({ "url": site.url("/") })).await;
    crawled(&member, &id).await;
    let found = pages(&member, &site, &id).await;
    assert_eq!(fate(&found, "/menu"), "changed");
    assert_eq!(fate(&found, "/branches.csv"), "unchanged");
    let ids = |documents: &[Value]| -> BTreeSet<String> {
        let ids = documents.iter().map(|document| document["id"].to_string());
        ids.collect()
    };
    assert_eq!(ids(&documents(&member).await), ids(&kept));
}

/// A site whose crawl takes a while.
fn long_site() -> Site {
    let site = Site::start();
    for page in 0..PAGES {
        let (next, over) = (format!("/{}", page + 1), format!("/{}", page + 2));
        let text = format!("Number {page} tells of the lantern zorv{page}q on its shelf.");
        let found = Page::html(&format!("Page {page}"), &text, &[&next, &over, "/0"]);
        let takes = Duration::from_millis(100);
        site.set(&format!("/{page}"), found.slow(takes));
    }
    let links: Vec<String> = (0..PAGES).map(|page| format!("/{page}")).collect();
    let links: Vec<&str> = links.iter().map(String::as_str).collect();
    site.set(
        "/",
        Page::html("Lanterns", "A shop full of lanterns.", &links),
    );
    site
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crawl_that_is_killed_goes_on_and_doubles_nothing() {
    let seed = std::env::var("WAFAA_CRASH_SEED").ok();
    let seed = seed.and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| rand::rng().random());
    println!("WAFAA_CRASH_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let site = long_site();
    let mut server = server(&[&site]);
    let id = {
        let member = server.sign_in("alpha").await;
        create(&member, json!({ "url": site.url("/"), "depth": 1 })).await
    };
    let mut cut_short = 0;
    for _ in 0..KILLS {
        let delay = Duration::from_millis(random.random_range(0..600));
        tokio::time::sleep(delay).await;
        server.kill();
        server.resume();
        let member = server.sign_in("alpha").await;
        let found = source(&member, &id).await;
        cut_short += u32::from(found["status"] == "crawling");
    }
    println!("{cut_short} of {KILLS} kills fell inside the crawl");
    assert!(cut_short > 1, "seed {seed}: the crawl was over too soon");
    let member = server.sign_in("alpha").await;
    let found = crawled(&member, &id).await;
    assert_eq!(found["status"], "ready", "seed {seed}: {found}");
    let all = documents(&member).await;
    assert_eq!(all.len(), PAGES + 1, "seed {seed}");
    assert_eq!(titles(&member).await.len(), PAGES + 1, "seed {seed}");
    let pages = pages(&member, &site, &id).await;
    let of_pages: BTreeSet<String> = pages
        .values()
        .filter_map(|page| page["document_id"].as_str())
        .map(str::to_owned)
        .collect();
    let of_documents: BTreeSet<String> = all
        .iter()
        .filter_map(|document| document["id"].as_str())
        .map(str::to_owned)
        .collect();
    assert_eq!(of_pages, of_documents, "seed {seed}");
    assert!(
        all.iter().all(|document| document["version"] == 1),
        "seed {seed}"
    );
}

#[tokio::test]
async fn a_crawl_is_called_off_and_goes_on_when_asked() {
    let site = long_site();
    let server = server(&[&site]);
    let member = server.sign_in("alpha").await;
    let id = create(&member, json!({ "url": site.url("/"), "depth": 1 })).await;
    let begun = Instant::now();
    let job = loop {
        let found = source(&member, &id).await;
        if found["pages"]["added"].as_u64() > Some(2) {
            break found["job_id"].as_str().expect("a job").to_owned();
        }
        assert!(begun.elapsed() < PATIENCE, "{found}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    let path = format!("/api/v1/jobs/{job}");
    assert!(member.get(&path).await["progress"].as_u64() > Some(0));
    let (status, body) = member
        .call(Method::POST, &format!("{path}/cancel"), None)
        .await;
    assert!(status.is_success(), "{body}");
    let stopped = crawled(&member, &id).await;
    assert_eq!(stopped["error"]["code"], "cancelled", "{stopped}");
    assert!(stopped["pages"]["queued"].as_u64() > Some(0), "{stopped}");
    let whole = refresh(&member, &id).await;
    assert_eq!(whole["status"], "ready", "{whole}");
    assert_eq!(documents(&member).await.len(), PAGES + 1);
}
