"""Timed work of the client files. A task only calls the rule; run late, twice or not at all it does no harm."""

from celery import shared_task

from clients.tagging import apply_rules


@shared_task(name="clients.tasks.apply_tag_rules")
def apply_tag_rules() -> None:
    """Bring the tags that rules put on in line with all files."""
    apply_rules()
