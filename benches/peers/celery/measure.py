"""Measure Celery: jobs a second, and how soon an idle worker picks a job up. Prints one line of JSON."""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import celery
import redis

from noop import app, noop

HERE = Path(__file__).parent
WORKERS = 2
PAUSE = 0.05  # between two jobs on an idle system, in seconds
STEP = 0.01  # between two looks at the results, in seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, required=True)
    parser.add_argument("--pick-ups", type=int, required=True)
    options = parser.parse_args()
    results = redis.Redis.from_url(os.environ["PEERS_REDIS_URL"] + "/1")

    began = time.perf_counter()
    enqueue(options.jobs)
    enqueued = options.jobs / (time.perf_counter() - began)
    began = time.perf_counter()
    worker = start()
    try:
        # The first result is waited for, so that the worker's own start isn't counted.
        while not results.dbsize():
            time.sleep(0.001)
        done, began = results.dbsize(), time.perf_counter()
        wait_for(results, options.jobs)
        drained = (options.jobs - done) / (time.perf_counter() - began)

        results.flushdb()
        began = time.perf_counter()
        enqueue(options.jobs)
        wait_for(results, options.jobs)
        sustained = options.jobs / (time.perf_counter() - began)

        waits = sorted(pick_up() for _ in range(options.pick_ups))
    finally:
        worker.terminate()
        worker.wait()
    line = {
        "peer": "celery",
        "version": celery.__version__,
        "jobs": options.jobs,
        "enqueued_per_second": round(enqueued),
        "run_per_second": round(drained),
        "jobs_per_second": round(sustained),
        "pick_up_p50_ms": round(percentile(waits, 50), 2),
        "pick_up_p95_ms": round(percentile(waits, 95), 2),
    }
    print(json.dumps(line), flush=True)


def enqueue(jobs: int) -> None:
    """Send jobs over one connection, as Celery's guide on performance recommends."""
    with app.producer_pool.acquire(block=True) as producer:
        for _ in range(jobs):
            noop.apply_async((time.time_ns(),), producer=producer)


def wait_for(results: redis.Redis, jobs: int) -> None:
    """Wait until each job's result is stored."""
    while results.dbsize() < jobs:
        time.sleep(STEP)


def pick_up() -> float:
    """Milliseconds from before a job is sent to an idle system until its handler begins."""
    time.sleep(PAUSE)
    return noop.apply_async((time.time_ns(),)).get(timeout=10) / 1e6


def start() -> subprocess.Popen:
    """One Celery worker with two processes."""
    command = [sys.executable, "-m", "celery", "--quiet", "--app", "noop", "worker", "--pool", "prefork"]
    command += ["--concurrency", str(WORKERS), "--loglevel", "ERROR"]
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return subprocess.Popen(command, cwd=HERE, stdout=sys.stderr)


def percentile(values: list[float], percent: int) -> float:
    return values[min(len(values) * percent // 100, len(values) - 1)]


if __name__ == "__main__":
    main()
