"""Jobs of the assessments: each loads by key and calls one function."""

from celery import shared_task

from . import making, services


@shared_task
def render_report(pk: int) -> bool:
    """Makes one report's file; does nothing when it is made or being made."""
    return making.render(pk)


@shared_task
def requeue_reports() -> int:
    """Every minute: wakes a worker for reports whose message or worker was lost."""
    return services.requeue_abandoned()
