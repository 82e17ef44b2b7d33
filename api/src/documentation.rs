//! `/openapi.json`, Swagger UI at `/docs` and ReDoc at `/redoc`: complete in themselves, nothing is loaded
//! from elsewhere.

use poem::{Endpoint, Response, Route, endpoint::make_sync, get, http::header};

use crate::app::{openapi_json, service};

/// Both pages are one file with their scripts inline; ReDoc also starts a worker from a blob.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
    img-src 'self' data: blob:; font-src data:; connect-src 'self'; worker-src blob:; frame-ancestors 'none'; \
    base-uri 'none'; form-action 'none'";
/// What ReDoc's page would load from elsewhere; without it the system's fonts are used.
const REMOTE_FONTS: &str = r#"<link href="https://fonts.googleapis.com/css?family=Montserrat:300,400,700|Roboto:300,400,700" rel="stylesheet">"#;

/// Adds the routes.
pub(crate) fn routes(route: Route) -> Route {
    let service = service();
    let document = openapi_json();
    let redoc = service.redoc_html().replace(REMOTE_FONTS, "");
    route
        .at("/docs", get(page(service.swagger_ui_html())))
        .at("/redoc", get(page(redoc)))
        .at(
            "/openapi.json",
            get(make_sync(move |_| {
                Response::builder()
                    .content_type("application/json")
                    .body(document.clone())
            })),
        )
}

fn page(html: String) -> impl Endpoint {
    let html = bytes::Bytes::from(html);
    make_sync(move |_| {
        Response::builder()
            .content_type("text/html; charset=utf-8")
            .header(header::CONTENT_SECURITY_POLICY, POLICY)
            .header(header::CACHE_CONTROL, "no-cache")
            .body(html.clone())
    })
}
