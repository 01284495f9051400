#!/usr/bin/env python3
"""Measures the reports (``make bench-reports``): time and memory of each, beside bare WeasyPrint on the same HTML.

Each rendering runs in a process of its own, so that the memory it needs at its peak is its own. What is compared with
bare WeasyPrint is everything a worker does: the check of the glyphs, the template, the layout, the file.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from datetime import date
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
FOLDER = tempfile.TemporaryDirectory(prefix="ogptracker-bench-")
Path(FOLDER.name, "static").mkdir()
os.environ["DATA_DIR"] = FOLDER.name
os.environ["DJANGO_SETTINGS_MODULE"] = "ogptracker.settings"
os.environ.setdefault("SITE_URL", "https://tracker.example.org")

import django  # noqa: E402  (Django reads the environment set above)
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from django.utils import translation  # noqa: E402

django.setup()

from weasyprint import CSS, HTML  # noqa: E402
from weasyprint.text.fonts import FontConfiguration  # noqa: E402

from accounts.models import User  # noqa: E402
from assessments import exports, freezing, making, rendering, services  # noqa: E402
from assessments.models import Report, SelfAssessment, SelfAssessmentEntry, Snapshot  # noqa: E402
from tests.world import make_commitment, make_institution, make_member, make_plan, make_user  # noqa: E402

GOAL = 1.1  # × bare WeasyPrint
TEXT = {
    "en": "The ministry opened the channel, trained its staff, and published what it received and answered. ",
    "ko": "부처는 소통 창구를 개설하고 담당자를 교육하였으며 접수한 의견과 답변을 공개하였습니다. ",
}
LEVELS = ("not_started", "limited", "substantial", "completed")


def make_assessment(forms: int, results: int, language: str) -> SelfAssessment:
    """A published self-assessment with so many forms and so many results in all, written in the language."""
    name = f"{language}{forms}"
    member = make_member()
    ministry = make_institution(member)
    plan = make_plan(member, slug=f"x-{name}-1")
    assessment = SelfAssessment.objects.create(
        plan=plan,
        slug=f"x-{name}",
        kind="end_of_term",
        title=f"Report {name}",
        stage="published",
        published_on=date(2026, 3, 1),
    )
    for number in range(forms):
        commitment = make_commitment(plan, ministry, number=str(number + 1))
        add_form(assessment, commitment, number, results // forms, TEXT[language])
    return assessment


def add_form(assessment, commitment, number: int, results: int, text: str):
    entry = assessment.entries.create(
        commitment=commitment,
        main_objective=text * 2,
        description=[{"number": str(place), "text": text} for place in (1, 2)],
        relevance=text,
        ambition=text * 2,
        completion_level=LEVELS[number % 4],
        next_steps=text,
    )
    table = {"title": text[:30], "columns": ["", "2025", "2026"], "rows": [[text[:20], "1", "2"]] * 4}
    for place in range(results):
        facts = [{"date": "2026", "text": text}] * 2
        entry.results.create(position=place, number=str(place + 1), heading=text[:40], body=text * 4, facts=facts)
    entry.results.filter(position=0).update(tables=[table])
    entry.links.create(position=0, label=text[:20], url=f"https://example.org/{number}")


# What is measured -----------------------------------------------------------------------------------------------------
def whole(pk: int, format: str):
    """A worker's rendering of the snapshot."""
    return exports.export(Snapshot.objects.get(pk=pk), format).pages


def bare(pk: int, _format: str):
    """WeasyPrint on the finished HTML, with the fonts it needs and nothing else."""
    path, styles = Path(FOLDER.name, f"{pk}.html"), Path(FOLDER.name, "report.css")
    fonts = FontConfiguration()
    stylesheet = CSS(filename=styles, font_config=fonts)
    document = HTML(filename=path).render(stylesheets=[stylesheet], font_config=fonts, pdf_variant="pdf/ua-1")
    document.write_pdf(pdf_variant="pdf/ua-1")
    return len(document.pages)


def keep_html(snapshot: Snapshot):
    with translation.override(snapshot.language):
        Path(FOLDER.name, f"{snapshot.pk}.html").write_text(rendering.compose(snapshot))
    css = rendering.font_faces() + Path(rendering.finders.find(rendering.STYLESHEET)).read_text()
    Path(FOLDER.name, "report.css").write_text(css)


def measured(step, arguments, answers):
    start = time.process_time()
    result = step(*arguments)
    answers.put((time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, result))


def started(step, *arguments):
    connections.close_all()
    context = get_context("fork")
    answers = context.SimpleQueue()
    process = context.Process(target=measured, args=(step, arguments, answers))
    process.start()
    return process, answers


def finished(run):
    """``(seconds of the processor, megabytes at the peak, result)``. What else the machine does then counts little."""
    process, answers = run
    process.join()
    assert process.exitcode == 0, "The rendering failed: see above."
    return answers.get()


def best(step, pk: int, repeat: int):
    """The fastest of several runs: other work on the machine only makes one slower."""
    return min(finished(started(step, pk, "pdf")) for _time in range(repeat))


def row(name: str, snapshot: Snapshot, repeat: int):
    keep_html(snapshot)
    alone, own = best(bare, snapshot.pk, repeat), best(whole, snapshot.pk, repeat)
    ratio = own[0] / alone[0]
    verdict = "ok" if ratio <= GOAL else "ABOVE"
    print(f"| {name} | {own[2]} | {alone[0]:.2f} | {own[0]:.2f} | {ratio:.2f} {verdict} | {own[1]:.0f} |", flush=True)
    return own


def english(slug: str) -> Snapshot:
    return of(slug, "en")


def of(slug: str, language: str) -> Snapshot:
    versions = freezing.freeze(SelfAssessment.objects.get(slug=slug), None)
    return next(snapshot for snapshot in versions if snapshot.language == language)


def others(snapshot: Snapshot):
    """The other formats of one snapshot."""
    print("\n| the other formats | CPU s | peak MB |\n|---|---:|---:|")
    for format in ("pdfa", "docx", "xlsx"):
        took, peak, _pages = finished(started(whole, snapshot.pk, format))
        print(f"| {format} | {took:.2f} | {peak:.0f} |", flush=True)


def exported_again(slug: str):
    """A request after one commitment changed: both languages frozen anew with their differences, and rendered."""
    entries = SelfAssessmentEntry.objects.filter(assessment__slug=slug, commitment__number="1")
    entries.update(completion_note="Changed.")
    start = time.perf_counter()
    snapshot = english(slug)
    froze = time.perf_counter() - start
    took, _peak, _pages = finished(started(whole, snapshot.pk, "pdf"))
    print(f"\nAfter a change in one commitment: frozen as version {snapshot.version} in {froze:.2f} s, ", end="")
    print(f"{len(snapshot.differences)} difference, rendered in {took:.2f} CPU s.", flush=True)
    start = time.perf_counter()
    english(slug)
    print(f"Asked for again without a change: {time.perf_counter() - start:.2f} s, nothing new.", flush=True)


def job(pk: int):
    return making.render(pk)


def two_at_once(snapshots: list[Snapshot]):
    """Two jobs in two worker processes at the same time, against one after the other."""
    user = User.objects.first()
    reports = [services.report_on(snapshot, "pdf", user) for snapshot in snapshots]
    start = time.perf_counter()
    for report in reports:
        finished(started(job, report.pk))
    one_by_one = time.perf_counter() - start
    for report in reports:
        Report.objects.filter(pk=report.pk).update(state="queued", file="", file_sha256="")
    start = time.perf_counter()
    runs = [started(job, report.pk) for report in reports]
    assert all(finished(run)[2] for run in runs)
    at_once = time.perf_counter() - start
    print(f"\nTwo reports one after the other: {one_by_one:.2f} s; at once in two processes: {at_once:.2f} s.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, of which the fastest counts")
    parser.add_argument("--forms", type=int, default=100, help="of the largest report")
    options = parser.parse_args()
    repeat, forms = options.repeat, options.forms
    call_command("migrate", verbosity=0)
    call_command("load_record", verbosity=0)
    make_user("irm")
    for language in TEXT:
        make_assessment(16, 80, language)
    make_assessment(forms, 3 * forms, "en")
    print(
        "| report | pages | bare WeasyPrint, CPU s | whole, CPU s | ratio | peak MB |\n|---|---:|---:|---:|---:|---:|"
    )
    row("plan 2, English", english("kr-2-end-of-term"), repeat)
    row("plan 2, Korean", of("kr-2-end-of-term", "ko"), repeat)
    row("16 forms, 80 results, English", of("x-en16", "en"), repeat)
    row("16 forms, 80 results, Korean", of("x-ko16", "ko"), repeat)
    row(f"{forms} forms, {3 * forms} results", of(f"x-en{forms}", "en"), 1)
    others(of("x-en16", "en"))
    exported_again("x-en16")
    two_at_once([of("x-en16", "en"), of("x-ko16", "ko")])


if __name__ == "__main__":
    main()
