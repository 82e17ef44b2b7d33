-- A ledger as after a long time: 1,000,000 finished and 100,000 waiting jobs of 100 tenants, for measuring what it costs
-- to list, count and dispatch beside them. Run as the owner, on an installation that can be thrown away.
BEGIN;
SELECT set_config('app.scope', 'system', true);
INSERT INTO tenants (id, slug, name, demo, limits, created_at)
SELECT gen_random_uuid(), 'ballast-' || n, 'Ballast', false, '{}', now() FROM generate_series(1, 100) n;
CREATE TEMPORARY TABLE ballast ON COMMIT DROP AS
SELECT id, (row_number() OVER ()) - 1 AS n FROM tenants WHERE slug LIKE 'ballast-%';
INSERT INTO jobs (tenant_id, id, kind, lane, payload, state, attempt, max_attempts, priority, cancel_requested, progress,
  run_at, created_at, started_at, finished_at, parent)
SELECT b.id, gen_random_uuid(), (ARRAY['ingest', 'chunk', 'embed', 'index'])[1 + j % 4], 'ingest', '{}',
  CASE WHEN j % 200 = 0 THEN 'dead' ELSE 'succeeded' END, 1, 5, 0, false, 100,
  (extract(epoch FROM now()) * 1000)::bigint - j, (extract(epoch FROM now()) * 1000)::bigint - j,
  (extract(epoch FROM now()) * 1000)::bigint - j, (extract(epoch FROM now()) * 1000)::bigint - j, 'doc_' || (j / 4)
FROM generate_series(1, 1000000) j JOIN ballast b ON b.n = j % 100;
INSERT INTO jobs (tenant_id, id, kind, lane, payload, state, attempt, max_attempts, priority, cancel_requested, progress,
  run_at, created_at)
SELECT b.id, gen_random_uuid(), 'ingest', 'ingest', '{}', 'waiting', 0, 5, 0, false, 0,
  (extract(epoch FROM now()) * 1000)::bigint + 86400000 + j, (extract(epoch FROM now()) * 1000)::bigint
FROM generate_series(1, 100000) j JOIN ballast b ON b.n = j % 100;
COMMIT;
VACUUM ANALYZE jobs;
