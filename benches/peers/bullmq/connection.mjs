// Where Redis is, and the queue's name.

export const QUEUE = "noop";

const url = new URL(process.env.PEERS_REDIS_URL);
export const connection = { host: url.hostname, port: Number(url.port), db: 2, maxRetriesPerRequest: null };

/** Milliseconds since 1970, to the microsecond. */
export const now = () => performance.timeOrigin + performance.now();
