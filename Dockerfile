# syntax=docker/dockerfile:1
# One image, one binary: `docker build --tag wafaa .` Later builds reuse the crates and objects of the cache mounts.

# --- The embedding model, checked against its hash -------------------------------------------------------------------
FROM debian:bookworm-slim AS model
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates curl python3 python3-pip \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY scripts/environment.sh scripts/model scripts/
RUN WAFAA_MODEL_DIR=/model/all-MiniLM-L6-v2 scripts/model

# --- The dashboard, which the binary embeds --------------------------------------------------------------------------
FROM node:22-bookworm-slim AS dashboard
WORKDIR /source
COPY dashboard/package.json dashboard/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY dashboard .
RUN npm run build

# --- The binary ------------------------------------------------------------------------------------------------------
FROM rust:1.95-bookworm AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libprotobuf-dev mold protobuf-compiler \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
COPY --from=dashboard /source/dist dashboard/dist
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/target \
    CARGO_TARGET_DIR=/target cargo build --release --locked --package wafaa \
    && install -D /target/release/wafaa /out/wafaa

# --- What runs -------------------------------------------------------------------------------------------------------
FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates curl tesseract-ocr tesseract-ocr-ara \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --home-dir /data --shell /usr/sbin/nologin wafaa \
    && install --directory --owner=wafaa --group=wafaa --mode=0700 /data
COPY --from=model /model /usr/share/wafaa/models
COPY --from=build /out/wafaa /usr/local/bin/wafaa
COPY deploy/docker/with-secrets /usr/local/bin/with-secrets
COPY LICENSE /usr/share/doc/wafaa/LICENSE

# Inside a container the port is opened to the outside by the host's mapping, so the server listens on every address.
ENV WAFAA_HOST=0.0.0.0 \
    WAFAA_DATA_DIR=/data \
    WAFAA_LANCE_URI=/data/lance \
    WAFAA_MODEL_DIR=/usr/share/wafaa/models/all-MiniLM-L6-v2 \
    WAFAA_LOG_FORMAT=json
USER wafaa
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s --retries=3 \
    CMD ["curl", "--silent", "--fail", "--output", "/dev/null", "http://127.0.0.1:8000/health/live"]
CMD ["sh", "-c", "wafaa migrate && exec wafaa serve --port 8000"]
