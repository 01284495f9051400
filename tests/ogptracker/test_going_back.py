"""Going back to an earlier release: its own code, as it was released, works on the tables of the current version, with
what was written meanwhile; and the current version goes on from what the old code wrote (docs/deployment.md)."""

import tarfile

import pytest

from tests.ogptracker.test_releases import KEPT, PAGES, RELEASES, files_of, manage, on_postgresql, on_sqlite, told
from tests.tracker import ROOT

pytestmark = [pytest.mark.once, pytest.mark.faults]
# One report on the training plan is handed in and approved by the services of whichever version runs this.
WRITE = """
import json
from django.utils import timezone
from accounts.models import User
from milestones import services
from milestones.models import Milestone, StatusUpdate
editor = User.objects.filter(role="editor", institution__member__is_fictional=True).order_by("pk").first()
milestone = Milestone.objects.reported_by(editor).order_by("pk").first()
member = milestone.commitment.plan.member
head = User.objects.filter(role="coordinator", institution__member=member).first()
facts = {"status": "substantial", "what_was_done": WORDS, "challenges": "None."}
today = services.today_of(StatusUpdate(milestone=milestone))
update = StatusUpdate(milestone=milestone, author=editor, institution=editor.institution, on_date=today, **facts)
update.save()
services.submit(update)
services.approve(update, head)
print(json.dumps(update.pk))
"""
KNOWN = """
import json
from milestones.models import StatusUpdate
rows = StatusUpdate.objects.filter(what_was_done__startswith="Written by").order_by("pk")
print(json.dumps([[row.what_was_done, row.review, row.events.filter(action="approved").count()] for row in rows]))
"""
NEW, OLD = ["Written by the new code.", "approved", 1], ["Written by the old code.", "approved", 1]


def write(environment, row, root):
    assert told(environment, f"WORDS = {row[0]!r}\n{WRITE}", root)


@pytest.mark.parametrize("database", [on_sqlite, on_postgresql])
@pytest.mark.parametrize("version", RELEASES)
def test_the_code_of_an_earlier_release_works_on_the_new_tables_and_the_way_forward_stays_open(
    version, database, tmp_path
):
    with tarfile.open(KEPT / f"{version}.code.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    old = tmp_path / "code"
    files_of(version, tmp_path)
    with database(version, tmp_path) as environment:
        manage(environment, "migrate", "-v", "0", "--no-input")
        write(environment, NEW, ROOT)

        manage(environment, "migrate", "-v", "0", "--no-input", root=old)  # as its containers do, before they serve
        assert told(environment, KNOWN, old) == [NEW], "nothing of what was reported since is lost"
        write(environment, OLD, old)
        for job in ("flag_overdue", "refresh_overdue", "index_search"):
            manage(environment, job, root=old)
        assert set(told(environment, PAGES, old).values()) == {200}

        manage(environment, "migrate", "-v", "0", "--no-input")
        manage(environment, "index_search")
        assert told(environment, KNOWN) == [NEW, OLD]
        manage(environment, "check_record")
        assert set(told(environment, PAGES).values()) == {200}
