// Measures BullMQ: jobs a second, and how soon an idle worker picks a job up. Prints one line of JSON.

import { fork } from "node:child_process";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

import { Queue, QueueEvents } from "bullmq";

import { connection, now, QUEUE } from "./connection.mjs";

const WORKERS = 2;
const BATCH = 100; // as many as Wafaa enqueues in a transaction
const PAUSE = 50; // between two jobs on an idle system, in milliseconds
const STEP = 10; // between two looks at the results, in milliseconds

const { values } = parseArgs({ options: { jobs: { type: "string" }, "pick-ups": { type: "string" } } });
const jobs = Number(values.jobs);
const pickUps = Number(values["pick-ups"]);
const { version } = createRequire(import.meta.url)("bullmq/package.json");

const queue = new Queue(QUEUE, { connection });

const rate = (count, begun) => Math.round((count / (now() - begun)) * 1000);

async function enqueue(count) {
  for (let sent = 0; sent < count; sent += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, count - sent) }, () => ({ name: "noop", data: { sent: now() } }));
    await queue.addBulk(batch);
  }
}

async function waitFor(count) {
  while ((await queue.getCompletedCount()) < count) await sleep(STEP);
}

async function start() {
  const workers = Array.from({ length: WORKERS }, () => fork(new URL("./worker.mjs", import.meta.url)));
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once("message", resolve))));
  return workers;
}

/** Milliseconds from before a job is sent to an idle system until its handler begins. */
async function pickUp(events) {
  await sleep(PAUSE);
  const job = await queue.add("noop", { sent: now() });
  return job.waitUntilFinished(events, 10_000);
}

const percentile = (sorted, percent) => sorted[Math.min(Math.floor((sorted.length * percent) / 100), sorted.length - 1)];

let begun = now();
await enqueue(jobs);
const enqueued = rate(jobs, begun);

// As with Celery, the workers' own start isn't counted.
const workers = await start();
while ((await queue.getCompletedCount()) === 0) await sleep(1);
const done = await queue.getCompletedCount();
begun = now();
await waitFor(jobs);
const run = rate(jobs - done, begun);

await queue.clean(0, 0, "completed");
begun = now();
await enqueue(jobs);
await waitFor(jobs);
const sustained = rate(jobs, begun);

const events = new QueueEvents(QUEUE, { connection });
await events.waitUntilReady();
const waits = [];
for (let n = 0; n < pickUps; n += 1) waits.push(await pickUp(events));
waits.sort((a, b) => a - b);

await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once("exit", resolve) && worker.kill("SIGTERM"))));
await events.close();
await queue.close();

const line = {
  peer: "bullmq",
  version,
  jobs,
  enqueued_per_second: enqueued,
  run_per_second: run,
  jobs_per_second: sustained,
  pick_up_p50_ms: Number(percentile(waits, 50).toFixed(2)),
  pick_up_p95_ms: Number(percentile(waits, 95).toFixed(2)),
};
console.log(JSON.stringify(line));
