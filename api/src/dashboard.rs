//! `/`: the dashboard, as it was built into this program.
//!
//! Paths that are no file of it are its own pages, so its index answers them; except below `/api`, and for
//! who doesn't ask for HTML. `/widget.js`, the chat for tenants' web sites, is built and served along, and
//! `/chat/{token}` is a page with nothing but that.

use poem::{
    Request, Response,
    error::NotFoundError,
    handler,
    http::{Method, header},
    web::Path,
};
use rust_embed::RustEmbed;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
    media-src 'self' blob:; \
    font-src 'self' data:; connect-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
    form-action 'self'";
const INDEX: &str = "index.html";
/// The one file that pages of other sites load.
const WIDGET: &str = "widget.js";
/// What there is to see when the program was built without a dashboard.
const NONE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Wafaa</title>\
    <p>Wafaa is running. This build has no dashboard; the API is described in <a href=\"/docs\">/docs</a>.</p></html>";
/// A page around the chat.
const CHAT: &str = "<!doctype html><html><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">\
    <title>Chat</title><script async src=\"/widget.js\" data-token=\"{token}\" data-open></script></html>";

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

/// `/chat/{public_token}`: a page with nothing but the tenant's web chat, for who has no web site to put it on.
#[handler]
pub(crate) fn chat(Path(token): Path<String>) -> poem::Result<Response> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !token.chars().all(is_token) {
        return Err(NotFoundError.into());
    }
    let page = CHAT.replace("{token}", &token);
    Ok(serve(INDEX, page.into_bytes()))
}

fn accepts_html(request: &Request) -> bool {
    request
        .header("accept")
        .is_some_and(|accept| accept.contains("text/html"))
}

fn serve(path: &str, content: Vec<u8>) -> Response {
    let response = Response::builder()
        .content_type(media_type(path))
        .header(header::CACHE_CONTROL, lifetime(path))
        .header(header::CONTENT_SECURITY_POLICY, POLICY);
    if path == WIDGET {
        return response
            .header(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")
            .header("cross-origin-resource-policy", "cross-origin")
            .body(content);
    }
    response.body(content)
}

fn lifetime(path: &str) -> &'static str {
    match path {
        // Built assets carry a hash of their content in their names.
        _ if path.starts_with("assets/") => "public, max-age=31536000, immutable",
        WIDGET => "public, max-age=600",
        _ => "no-cache",
    }
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
