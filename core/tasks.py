"""Celery's entry to the floor."""

from celery import shared_task

from core import outbox


@shared_task(name="core.work")  # type: ignore[untyped-decorator]
def work(row_id: int) -> None:
    outbox.work(row_id)
