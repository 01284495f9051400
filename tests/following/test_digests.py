"""Digests to followers: each fact told once, on the morning after its day, whatever the workers and the job do."""

import io
import threading
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assessments.models import Coding
from commitments.dates import local_date
from following import digests, mails, sightings, tasks
from following.digests import tell
from following.models import FollowingMail, Subscription
from following.subscriptions import confirm
from milestones.sending import Round
from ogptracker.celery import app
from tests.assessments.irm_rows import make_review
from tests.following.mailing import SITE, text_of
from tests.following.worlds import World
from tests.processes import noon
from tests.world import make_milestone, make_world

pytestmark = pytest.mark.django_db
numbers = count(1)
DUE = date(2021, 6, 30)  # of the world's milestone
LATE = date(2021, 7, 1)  # it becomes overdue
MORNING_AFTER = date(2021, 7, 2)


def subscribe(row=None, told_until=date(2021, 6, 20), **facts) -> Subscription:
    level = row._meta.model_name if row else "site"
    level = {"actionplan": "plan"}.get(level, level)
    about = {level: row} if row else {}
    defaults = {"email": f"reader{next(numbers)}@example.org", "language": "en", "confirmed_at": timezone.now()}
    return Subscription.objects.create(level=level, told_until=told_until, **about, **defaults | facts)


def subjects() -> list[str]:
    return list(FollowingMail.objects.order_by("pk").values_list("subject", flat=True))


def at(monkeypatch, *moment: int):
    """As if it were that moment, in UTC."""
    monkeypatch.setattr(timezone, "now", lambda: datetime(*moment, tzinfo=UTC))


# What and when --------------------------------------------------------------------------------------------------------
def test_a_fact_is_told_once_on_the_morning_after_its_day(server):
    world = World()
    subscription = subscribe(world.plan)
    for morning, expected in ((DUE, 0), (LATE, 0), (MORNING_AFTER, 1), (MORNING_AFTER, 0), (date(2021, 7, 3), 0)):
        assert len(tell(morning)) == expected, morning
        mails.send_waiting()
    ((address, message),) = server.taken
    assert address == subscription.email
    assert message["Subject"] == f"1 milestone late, until 1 July 2021: {world.member.name}: {world.plan.title}"
    subscription.refresh_from_db()
    assert subscription.told_until == date(2021, 7, 2), "days on which nothing changed are told, too"


def test_the_mail_has_each_fact_with_one_link_and_says_why_it_comes_and_how_to_stop(server):
    world = World()
    world.report(date(2021, 6, 25))
    subscribe(world.plan)
    tell(MORNING_AFTER)
    mails.send_waiting()
    ((_address, message),) = server.taken
    assert message["Subject"].startswith("1 change, 1 milestone late, until 1 July 2021: ")
    text = text_of(message)
    assert "* 25 June 2021: Status reported: Limited: Publish a < b & c" in text
    assert f"{SITE}/plans/{world.plan.slug}/commitments/{world.commitment.number}/?as_of=2021-07-01#milestone-" in text
    assert f"{SITE}/plans/{world.plan.slug}/changes/?since=2021-06-21&until=2021-07-01" in text
    assert "You get this because this address follows" in text
    html = message.get_body(("html",)).get_content()
    assert "Publish a &lt; b &amp; c" in html and "@@" not in text + html
    (stop,) = {word for word in text.split() if "/follow/stop/" in word}
    assert message["List-Unsubscribe"].strip() == f"<{stop}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_one_click_in_the_header_stops_it(client, server):
    subscribe(World().plan)
    tell(MORNING_AFTER)
    mails.send_waiting()
    path = server.taken[0][1]["List-Unsubscribe"].strip(" <>").removeprefix(SITE)
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not Subscription.objects.exists()


def test_nothing_is_sent_when_nothing_changed():
    world = World()
    subscription = subscribe(world.plan, told_until=date(2021, 7, 1))
    assert tell(date(2021, 7, 15)) == [] and not FollowingMail.objects.exists()
    subscription.refresh_from_db()
    assert subscription.told_until == date(2021, 7, 14)


def test_who_has_not_confirmed_is_told_nothing():
    subscribe(World().plan, confirmed_at=None, told_until=None)
    assert tell(MORNING_AFTER) == []


def test_a_follower_is_told_what_it_asked_for_alone():
    world = World()
    world.report(date(2021, 6, 25))
    for what in ("everything", "late", "status"):
        subscribe(world.plan, what=what)
    tell(MORNING_AFTER)
    said = [subject.split(", until")[0] for subject in subjects()]
    assert sorted(said) == ["1 change", "1 change, 1 milestone late", "1 milestone late"]


def test_each_follower_is_written_to_in_its_language():
    world = World()
    for language in ("en", "ko"):
        subscribe(world.plan, language=language)
    tell(MORNING_AFTER)
    korean = FollowingMail.objects.get(subscription__language="ko")
    assert f"/ko/plans/{world.plan.slug}/" in korean.text and '<html lang="ko">' in korean.html


def test_weekly_means_on_monday_of_the_days_until_sunday():
    world = World()  # 1 July 2021 was a Thursday
    subscription = subscribe(world.plan, often="weekly", told_until=date(2021, 6, 27))
    assert tell(date(2021, 7, 2)) == [] == tell(date(2021, 7, 4))
    ((digest, _number),) = tell(date(2021, 7, 5))
    assert (digest.period.since, digest.period.until) == (date(2021, 6, 28), date(2021, 7, 4))
    subscription.refresh_from_db()
    assert subscription.told_until == date(2021, 7, 4)


def test_a_missed_monday_is_made_up_for_and_the_next_mail_comes_the_monday_after():
    world = World()
    make_milestone(world.commitment, date(2021, 7, 8), date(2021, 7, 13))
    subscription = subscribe(world.plan, often="weekly", told_until=date(2021, 6, 27))
    assert len(tell(date(2021, 7, 7))) == 1
    FollowingMail.objects.all().delete()
    subscription.refresh_from_db()
    assert subscription.told_until == date(2021, 7, 6)
    assert tell(date(2021, 7, 11)) == []
    assert len(tell(date(2021, 7, 12))) == 1


def test_days_on_which_the_job_did_not_run_are_told_in_one_mail():
    world = World()
    make_milestone(world.commitment, date(2021, 7, 10))
    subscribe(world.plan)
    ((digest, _number),) = tell(date(2021, 8, 1))
    assert (digest.count, digest.late) == (2, 2)


def test_while_a_mail_waits_no_other_is_written_and_what_was_missed_follows():
    world = World()
    make_milestone(world.commitment, date(2021, 7, 10))
    subscribe(world.plan)
    assert len(tell(MORNING_AFTER)) == 1
    assert tell(date(2021, 7, 12)) == []
    FollowingMail.objects.all().delete()  # the mail server took it
    ((digest, _number),) = tell(date(2021, 7, 20))
    assert digest.period.since == date(2021, 7, 2) and digest.late == 1


def test_a_title_of_several_lines_is_one_line_of_a_subject(server):
    world = World()
    world.plan.title = "Plan\r\nBcc: other@example.org " + "long " * 40
    world.plan.save()
    subscribe(world.plan)
    tell(MORNING_AFTER)
    assert mails.send_waiting() == Round(sent=1)
    ((_address, message),) = server.taken
    assert message["Bcc"] is None and len(message["Subject"]) < 200


def test_a_long_list_names_fifty_facts_and_where_the_rest_is():
    plan, *_people = make_world(60)
    subscribe(plan)
    tell(date(2021, 7, 31))
    mail = FollowingMail.objects.get()
    assert mail.text.count("\n* ") == 50 and "And 70 more." in mail.text


# Time zones -----------------------------------------------------------------------------------------------------------
def test_it_is_morning_where_the_member_is(monkeypatch):
    east, west = World(time_zone="Asia/Seoul"), World(time_zone="America/Mexico_City")
    subscribe(east.plan), subscribe(west.plan)
    at(monkeypatch, 2021, 7, 1, 21, 30)  # 6:30 on 2 July in Seoul
    assert tell(from_hour=7) == []
    at(monkeypatch, 2021, 7, 1, 22, 30)  # 7:30
    ((digest, _number),) = tell(from_hour=7)
    assert digest.scope.member == east.member
    at(monkeypatch, 2021, 7, 2, 11, 0)  # 6:00 on 2 July in Mexico City
    assert tell(from_hour=7) == []
    at(monkeypatch, 2021, 7, 2, 12, 0)
    ((digest, _number),) = tell(from_hour=7)
    assert digest.scope.member == west.member


def test_everything_is_told_of_days_that_are_over_for_every_member(monkeypatch):
    World(time_zone="Asia/Seoul"), World(time_zone="America/Mexico_City")
    subscribe(told_until=date(2021, 6, 30))
    at(monkeypatch, 2021, 7, 2, 5, 0)  # still 1 July in Mexico City, before the hour
    assert tell(from_hour=7) == []
    at(monkeypatch, 2021, 7, 2, 8, 0)
    ((digest, _number),) = tell(from_hour=7)
    assert digest.period.until == date(2021, 7, 1) and digest.late == 2


def test_confirming_begins_with_today_where_the_member_is(monkeypatch):
    world = World()
    asked = subscribe(world.plan, confirmed_at=None, told_until=None)
    at(monkeypatch, 2021, 6, 30, 16, 0)  # 1 July in Seoul
    assert confirm(asked, timezone.now()) and not confirm(asked, timezone.now())
    asked.refresh_from_db()
    assert asked.told_until == date(2021, 6, 30), "today is told tomorrow"


# Twice, at once, late -------------------------------------------------------------------------------------------------
def test_the_job_runs_every_hour_and_a_second_run_sends_nothing(server):
    world = World(time_zone=noon())
    today = local_date(world.member.time_zone)
    world.plan.starts_on, world.plan.ends_on = today - timedelta(300), today + timedelta(300)
    world.plan.save()
    make_milestone(world.commitment, today - timedelta(2))
    subscribe(world.plan, told_until=today - timedelta(2))
    entry = app.conf.beat_schedule["send-followings"]
    for _run in range(2):
        app.tasks[entry["task"]].apply(throw=True)
    assert len(server.taken) == 1
    assert app.conf.beat_schedule["send-following-mail"]["schedule"] == 60.0
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} >= {tasks.send_mail.name, tasks.forget.name}


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_write_each_mail_once(server, monkeypatch):
    world = World()
    for _reader in range(4):
        subscribe(world.plan)
    together, written, faults = threading.Barrier(2), [], []
    write = digests.write

    def write_together(digest):
        """Both runs have looked before either writes."""
        together.wait(10)
        return write(digest)

    monkeypatch.setattr(digests, "write", write_together)

    def run():
        try:
            written.append(sum(number for _digest, number in tell(MORNING_AFTER)))
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert sorted(written) == [0, 4] and FollowingMail.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_mail_once(server):
    world = World()
    for _reader in range(6):
        subscribe(world.plan)
    tell(MORNING_AFTER)
    together, rounds, faults = threading.Barrier(2), [], []

    def work():
        try:
            together.wait(10)
            rounds.append(mails.send_waiting())
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert faults == []
    assert sum(done.sent for done in rounds) == 6 == len(set(server.readers)) == len(server.readers)


def test_a_worker_that_died_holds_its_mail_until_its_lease_ends(server):
    subscribe(World().plan)
    tell(MORNING_AFTER)
    held = FollowingMail.objects.get()
    FollowingMail.objects.update(attempts=1, not_before=timezone.now() + timedelta(minutes=10))
    assert mails.send_waiting() == Round()
    FollowingMail.objects.update(not_before=timezone.now())
    assert mails.send_waiting() == Round(sent=1)
    assert server.taken[0][1]["Message-ID"] == held.message_id


# Costs ----------------------------------------------------------------------------------------------------------------
def test_three_hundred_followers_of_one_plan_are_looked_up_like_one():
    counts = []
    for size in (1, 3, 300):
        world = World()
        for _reader in range(size):
            subscribe(world.plan)
        with CaptureQueriesContext(connection) as captured:
            ((_digest, number),) = tell(MORNING_AFTER)
        assert number == size
        asked = [query["sql"] for query in captured]
        written = [sql for sql in asked if sql.startswith("INSERT")]
        assert len(written) <= 1 + size // 50, "in batches, however many a database takes at once"
        counts.append(len(asked) - len(written))
        Subscription.objects.all().delete()
    assert len(set(counts)) == 1, counts


# The command ----------------------------------------------------------------------------------------------------------
def run(*words) -> str:
    out = io.StringIO()
    call_command("send_followings", *words, stdout=out)
    return out.getvalue()


def test_the_command_says_what_it_would_send_and_to_how_many_and_no_address(server):
    world = World()
    readers = [subscribe(world.plan), subscribe(world.plan)]
    dry = run("--date", "2021-07-02", "--dry-run")
    assert dry.startswith("2 mails (en, everything): 1 milestone late, until 1 July 2021: ")
    assert "nothing written" in dry and not FollowingMail.objects.exists()
    done = run("--date", "2021-07-02")
    assert "2 mails written, 2 mails sent." in done
    assert sorted(server.readers) == sorted(reader.email for reader in readers)
    assert "@example.org" not in dry + done
    assert "0 mails written, 0 mails sent." in run("--date", "2021-07-02")


def test_the_command_refuses_a_day_that_has_not_begun(db):
    with pytest.raises(CommandError, match="--dry-run"):
        run("--date", "2999-01-01")
    with pytest.raises(CommandError, match="YYYY-MM-DD"):
        run("--date", "soon")


# Reviews that are entered after their day -----------------------------------------------------------------------------
def notice_at(monkeypatch, *moment: int) -> int:
    """Looks for new reviews at that moment, in UTC."""
    with monkeypatch.context() as patch:
        at(patch, *moment)
        return sightings.notice()


def test_a_review_that_becomes_final_after_its_day_of_publication_is_told_once(monkeypatch):
    world = World()
    review = make_review(world.plan, stage="final", published_on=date(2021, 5, 3), title="Results")
    Coding.objects.create(review=review, commitment=world.commitment)
    subscribe(world.plan, told_until=date(2021, 5, 9))
    afternoon = (2021, 5, 10, 6, 0)  # 15:00 in Seoul
    assert notice_at(monkeypatch, *afternoon) >= 1 and notice_at(monkeypatch, *afternoon) == 0
    assert review.sighting.seen_on == date(2021, 5, 10)
    assert tell(date(2021, 5, 10)) == []
    ((digest, _number),) = tell(date(2021, 5, 11))
    assert digest.count == 2, "the review, and what it finds"
    FollowingMail.objects.all().delete()
    assert tell(date(2021, 5, 12)) == []


def test_a_review_seen_before_the_mornings_mails_is_told_with_the_day_that_is_over(monkeypatch):
    world = World()
    make_review(world.plan, stage="final", published_on=date(2021, 5, 9))
    subscribe(world.plan, told_until=date(2021, 5, 8))
    notice_at(monkeypatch, 2021, 5, 9, 21, 30)  # 6:30 on 10 May in Seoul
    assert len(tell(date(2021, 5, 10))) == 1
    FollowingMail.objects.all().delete()
    assert tell(date(2021, 5, 11)) == []


def test_an_old_review_that_is_brought_in_is_no_news(monkeypatch):
    world = World()
    make_review(world.plan, stage="final", published_on=date(2021, 2, 1))
    subscribe(world.plan, told_until=date(2021, 5, 9))
    notice_at(monkeypatch, 2021, 5, 10, 6, 0)
    assert tell(date(2021, 5, 11)) == []
