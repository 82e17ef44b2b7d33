// One worker process whose handler does nothing but tell how late it began, in milliseconds.

import { Worker } from "bullmq";

import { connection, now, QUEUE } from "./connection.mjs";

const worker = new Worker(QUEUE, async (job) => now() - job.data.sent, {
  connection,
  concurrency: Number(process.env.PEERS_CONCURRENCY ?? 100),
});
await worker.waitUntilReady();
process.send("ready");
process.on("SIGTERM", async () => {
  await worker.close();
  process.exit(0);
});
