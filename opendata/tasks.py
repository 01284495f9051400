"""Jobs of the open data: each loads by key and calls one function."""

from celery import shared_task

from . import services


@shared_task
def make_data_files(pk: int) -> bool:
    """Makes one row's files; does nothing when they are made or being made."""
    return services.make(pk)


@shared_task
def renew_data_files() -> int:
    """Every night: has all files made."""
    return services.ask_for_all()


@shared_task
def requeue_data_files() -> int:
    """Every few minutes: wakes a worker for rows whose message or worker was lost."""
    return services.send_again()
