"""The worker: a relay that leases due rows of the outbox, and Celery that works them; one process by default.

Run: `python -m config.celery`. With `CELERY_BROKER_URL` naming Redis, any number of workers may run.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from typing import Any

import django
from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("ballatoio")
app.config_from_object(
    {
        "broker_url": os.environ.get("CELERY_BROKER_URL") or os.environ.get("REDIS_URL") or "memory://",
        "task_ignore_result": True,
        "task_acks_late": True,
        "broker_connection_retry_on_startup": True,
        "worker_hijack_root_logger": False,
        "task_default_queue": "ballatoio",
        "broker_transport_options": {"polling_interval": 0.05},
        "imports": ["core.tasks"],
    }
)
log = logging.getLogger(__name__)
LOOK_EVERY, PLAN_EVERY = 1.0, 10.0


def relay() -> None:
    """Hands due rows to Celery, woken by NOTIFY or after a second; plans the periodic jobs."""
    from django.db import connection

    from core import outbox
    from core.tasks import work

    planned = 0.0
    while True:
        try:
            if time.monotonic() - planned > PLAN_EVERY:
                outbox.plan_periodic()
                planned = time.monotonic()
            for row_id in outbox.lease():
                work.delay(row_id)
            _wait(connection)
        # The database may be away for a moment; the relay must be there when it is back.
        except Exception:
            log.exception("relay")
            connection.close()
            time.sleep(LOOK_EVERY)


def _wait(connection: Any) -> None:
    from core import outbox

    connection.ensure_connection()
    raw = connection.connection
    raw.execute(f"LISTEN {outbox.CHANNEL}")
    for _ in raw.notifies(timeout=LOOK_EVERY, stop_after=1):
        pass


def main() -> None:
    django.setup()
    from django.conf import settings

    # A worker keeps its connections: opening one for every row would cost more than the row.
    settings.DATABASES["default"]["CONN_MAX_AGE"] = None
    settings.DATABASES["default"]["OPTIONS"].pop("pool", None)
    threading.Thread(target=relay, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    app.Worker(
        pool="threads",
        concurrency=4,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        loglevel="WARNING",
        quiet=True,
    ).start()


if __name__ == "__main__":
    main()
