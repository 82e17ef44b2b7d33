"""The Celery application: one task that does nothing, acknowledged after it has run."""

import os
import time

from celery import Celery

url = os.environ["PEERS_REDIS_URL"]
app = Celery("noop", broker=f"{url}/0", backend=f"{url}/1")
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    # More than one, or every job of no length waits for a round trip to Redis.
    worker_prefetch_multiplier=int(os.environ.get("PEERS_PREFETCH", "64")),
    worker_send_task_events=False,
    task_send_sent_event=False,
    broker_connection_retry_on_startup=True,
    result_expires=3600,
)


@app.task
def noop(sent: int) -> int:
    """Answer how many nanoseconds after `sent` it began."""
    return time.time_ns() - sent
