//! All routes, and the OpenAPI document that describes them.

use std::sync::Arc;

use poem::{Endpoint, EndpointExt as _, IntoEndpoint as _, Route};
use poem_openapi::{LicenseObject, OpenApi, OpenApiService};

use crate::{dashboard, documentation, edge, probe, resource, state::State, widget};

const DESCRIPTION: &str = "A self-hosted AI concierge for many tenants: documents in, cited answers out.\n\n\
    Sign in at `/api/v1/auth/login`, or make an API key, and send it as `Authorization: Bearer …`. Lists come in pages: \
    pass `next_cursor` as `cursor`. Requests that create take an `Idempotency-Key`. Whatever can't be answered as asked \
    is `application/problem+json` (RFC 9457) with a stable `code` and the request's id.";

/// The whole application.
pub fn app(state: State) -> impl Endpoint {
    let api = Arc::new(service().into_endpoint());
    let route = Route::new()
        .nest_no_strip("/api/v1", Arc::clone(&api))
        .nest_no_strip("/webhooks", Arc::clone(&api))
        .nest_no_strip("/widget", api.around(widget::guard));
    let route = probe::routes(route, state.probes.clone());
    documentation::routes(route)
        .at("/", dashboard::dashboard)
        .at("/chat/:token", dashboard::chat)
        .at("/*path", dashboard::dashboard)
        .around(move |inner, request| edge::around(inner, request, state.clone()))
}

/// The OpenAPI document, the same for the same program.
#[must_use]
pub fn openapi_json() -> String {
    service().spec()
}

pub(crate) fn service() -> OpenApiService<impl OpenApi, ()> {
    OpenApiService::new(resource::all(), "Wafaa", env!("CARGO_PKG_VERSION"))
        .description(DESCRIPTION)
        .license(
            LicenseObject::new("Apache-2.0").url("https://www.apache.org/licenses/LICENSE-2.0"),
        )
}
