//! `/`: the dashboard, as it was built into this program.
//!
//! Paths that are no file of it are its own pages, so its index answers them; except below `/api`, and for
//! who doesn't ask for HTML.

use poem::{
    Request, Response,
    error::NotFoundError,
    handler,
    http::{Method, header},
};
use rust_embed::RustEmbed;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
    font-src 'self' data:; connect-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
    form-action 'self'";
const INDEX: &str = "index.html";
/// What there is to see when the program was built without a dashboard.
const NONE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Wafaa</title>\
    <p>Wafaa is running. This build has no dashboard; the API is described in <a href=\"/docs\">/docs</a>.</p></html>";

#[derive(RustEmbed)]
#[folder = "../dashboard/dist"]
#[allow_missing = true]
struct Files;

#[handler]
pub(crate) fn dashboard(request: &Request) -> poem::Result<Response> {
    let path = request.original_uri().path();
    let wanted = path.trim_start_matches('/');
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(NotFoundError.into());
    }
    if !wanted.is_empty()
        && let Some(file) = Files::get(wanted)
    {
        return Ok(serve(wanted, file.data.into_owned()));
    }
    let is_page = wanted.is_empty() || accepts_html(request);
    if !is_page || path == "/api" || path.starts_with("/api/") {
        return Err(NotFoundError.into());
    }
    let index = Files::get(INDEX).map(|file| file.data.into_owned());
    Ok(serve(INDEX, index.unwrap_or_else(|| NONE.into())))
}

fn accepts_html(request: &Request) -> bool {
    request
        .header("accept")
        .is_some_and(|accept| accept.contains("text/html"))
}

fn serve(path: &str, content: Vec<u8>) -> Response {
    // Built assets carry a hash of their content in their names.
    let lasts = path.starts_with("assets/");
    Response::builder()
        .content_type(media_type(path))
        .header(
            header::CACHE_CONTROL,
            if lasts {
                "public, max-age=31536000, immutable"
            } else {
                "no-cache"
            },
        )
        .header(header::CONTENT_SECURITY_POLICY, POLICY)
        .body(content)
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
