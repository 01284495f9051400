"""Following by e-mail: asked for by anybody, begun by the owner of the address alone, ended with one click."""

from datetime import timedelta

import pytest
from django.core import signing
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Attempt
from following import links, mails, tasks
from following.models import FollowingMail, Subscription
from milestones.mail_models import GIVEN_UP_AFTER
from milestones.sending import Round
from tests.following.mailing import SITE, link_in, text_of
from tests.following.worlds import LEVELS
from tests.servers import free_port
from tests.world import make_member, make_plan

pytestmark = pytest.mark.django_db
READER = "reader@example.org"
CHOICES = {"what": "everything", "often": "daily", "language": "en"}


def ask(client, level="/plans/kr-5/", email=READER, **more):
    return client.post(f"{level}follow/", CHOICES | {"email": email} | more)


def confirmed(client, server, level="/plans/kr-5/", email=READER, **more) -> Subscription:
    """A subscription by the whole way: asked for, mail read, button pressed."""
    ask(client, level, email, **more)
    mails.send_waiting()
    _address, message = server.taken.pop()
    assert client.post(link_in(message, "confirm")).status_code == 200
    return Subscription.objects.confirmed().of_address(email).latest("pk")


# Asking ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("prefix", ["", "/ko"])
@pytest.mark.parametrize("level", LEVELS)
def test_every_level_can_be_followed_in_both_languages(client, record, server, level, prefix):
    page = client.get(f"{prefix}{level}follow/")
    assert page.status_code == 200
    language = "ko" if prefix else "en"
    assert f'<option value="{language}" selected>' in page.content.decode()
    answer = ask(client, f"{prefix}{level}", language=language)
    assert (answer.status_code, answer["Location"]) == (302, f"{prefix}/follow/asked/")
    assert client.get(answer["Location"]).status_code == 200
    assert mails.send_waiting() == Round(sent=1)
    ((address, message),) = server.taken
    assert address == READER
    path = link_in(message, "confirm")
    assert path.startswith(f"{prefix}/follow/confirm/")
    assert client.get(path).status_code == 200
    assert Subscription.objects.confirmed().count() == 0, "a program that looks at links confirms nothing"
    assert client.post(path).status_code == 200
    found = Subscription.objects.confirmed().get()
    scope = {"/": "site", "/members/kr/": "member", "/plans/kr-5/": "plan"}
    assert found.level == scope.get(level, found.level) and found.language == language


def test_the_mail_says_what_for_how_long_and_that_nothing_need_be_done(client, record, server):
    ask(client, what="late", often="weekly")
    mails.send_waiting()
    ((_address, message),) = server.taken
    assert message["Subject"] == "Please confirm: follow Republic of Korea: The 5th National Action Plan"
    assert "within 48 hours" in text_of(message) and "(only what becomes overdue, weekly, on Mondays)" in text_of(
        message
    )
    assert "you need not do anything" in text_of(message)
    assert message["Auto-Submitted"] == "auto-generated" and message["List-Unsubscribe"] is None
    html = message.get_body(("html",)).get_content()
    assert f'href="{SITE}{link_in(message, "confirm")}"' in html and "@@" not in html + text_of(message)


def test_the_answer_is_the_same_for_every_address(record, server):
    confirmed(Client(), server)
    answers = []
    for email in ("new@example.org", READER, READER.upper(), "new@example.org"):
        visitor = Client()
        answer = ask(visitor, email=email)
        page = visitor.get(answer["Location"])
        answers.append((answer.status_code, answer["Location"], answer.content, page.content))
    assert len(set(answers)) == 1


def test_who_follows_already_is_told_so_and_nothing_changes(client, record, server):
    before = confirmed(client, server)
    ask(client, email="Reader@Example.org", often="weekly")
    mails.send_waiting()
    ((address, message),) = server.taken
    assert address == READER and message["Subject"].startswith("You follow already: ")
    assert client.get(link_in(message, "manage")).status_code == 200
    now = Subscription.objects.get()
    assert (now.pk, now.often, now.told_until) == (before.pk, "daily", before.told_until)


def test_asking_again_before_confirming_sends_one_more_link_and_keeps_the_last_choice(client, record, server):
    for often in ("daily", "weekly"):
        ask(client, often=often)
        mails.send_waiting()
    paths = [link_in(message, "confirm") for _address, message in server.taken]
    assert len(paths) == 2
    assert client.post(paths[0]).status_code == 200
    assert client.post(paths[1]).status_code == 410, "confirmed once"
    assert Subscription.objects.get().often == "weekly"


def test_asking_twice_in_a_minute_sends_one_mail(client, record, server):
    ask(client)
    ask(client)
    assert mails.send_waiting() == Round(sent=1)


@pytest.mark.parametrize(
    "email",
    [
        "",
        "nobody",
        "a@b",
        "a@example.org\nBcc: b@example.org",
        "a@example.org\r\n\r\nHello",
        "a@example.org,b@example.org",
        "<a@example.org>",
        "a" * 250 + "@example.org",
        "a" * 1_000_000 + "@example.org",
        "a\x00@example.org",
    ],
)
def test_what_is_no_address_is_said_at_the_field_and_kept_by_nobody(client, record, email):
    answer = ask(client, email=email)
    assert answer.status_code == 400
    assert b"errorlist" in answer.content
    assert not Subscription.objects.exists() and not FollowingMail.objects.exists()


@pytest.mark.parametrize("wrong", [{"what": "all"}, {"often": "hourly"}, {"language": "fr"}, {"what": ""}])
def test_choices_that_do_not_exist_are_refused(client, record, wrong):
    assert ask(client, **wrong).status_code == 400
    assert not Subscription.objects.exists()


def test_a_machine_that_fills_in_every_field_gets_the_same_answer_and_nothing_is_kept(client, record):
    answer = ask(client, website="https://example.org/")
    assert (answer.status_code, answer["Location"]) == (302, "/follow/asked/")
    assert not Subscription.objects.exists() and not Attempt.objects.exists()


def test_what_does_not_exist_cannot_be_followed(client, record):
    assert ask(client, "/plans/none/").status_code == 404


def test_a_form_without_its_token_is_refused(record):
    assert ask(Client(enforce_csrf_checks=True)).status_code == 403


# Limits ---------------------------------------------------------------------------------------------------------------
def test_one_address_is_written_to_a_few_times_whoever_asks(record):
    plans = ["/", "/members/kr/", "/plans/kr-1/", "/plans/kr-2/", "/plans/kr-4/", "/plans/kr-5/"]
    answers = [ask(Client(REMOTE_ADDR=f"192.0.2.{n}"), plan).status_code for n, plan in enumerate(plans)]
    assert answers == [302] * 5 + [429]
    assert FollowingMail.objects.count() == 5


def test_over_a_day_one_address_is_written_to_ten_times_at_most(record):
    answers = []
    for n in range(12):
        Attempt.objects.filter(at__gt=timezone.now() - timedelta(minutes=15)).update(
            at=timezone.now() - timedelta(minutes=20)
        )
        answers.append(ask(Client(REMOTE_ADDR=f"192.0.2.{n}")).status_code)
    assert answers == [302] * 10 + [429] * 2


def test_one_network_asks_for_a_few_addresses(record):
    answers = [ask(Client(REMOTE_ADDR="192.0.2.9"), email=f"reader{n}@example.org").status_code for n in range(21)]
    assert answers == [302] * 20 + [429]


def test_neither_the_address_nor_the_network_is_kept_with_an_attempt(record):
    ask(Client(REMOTE_ADDR="192.0.2.9"))
    attempt = Attempt.objects.get()
    assert attempt.kind == "follow" and attempt.address
    assert "192.0.2.9" not in attempt.address and READER not in attempt.account


# Confirming -----------------------------------------------------------------------------------------------------------
def token(purpose: str, subscription: Subscription, made=None) -> str:
    with pytest.MonkeyPatch.context() as patch:
        if made:
            patch.setattr(signing.time, "time", made.timestamp)
        return links.path_of(purpose, subscription)


def test_a_link_holds_for_48_hours(client, record):
    ask(client)
    found = Subscription.objects.get()
    over = token("confirm", found, timezone.now() - timedelta(hours=48, seconds=2))
    for method in (client.get, client.post):
        assert method(over).status_code == 410
    assert Subscription.objects.get().confirmed_at is None
    in_time = token("confirm", found, timezone.now() - timedelta(hours=47, minutes=59))
    assert client.post(in_time).status_code == 200
    assert Subscription.objects.get().confirmed_at


def test_a_link_is_good_for_its_own_purpose_and_subscription_alone(client, record, server):
    mine = confirmed(client, server)
    manage = token("manage", mine)
    for purpose in ("confirm", "stop"):
        assert client.post(manage.replace("/manage/", f"/{purpose}/")).status_code == 404
    assert client.get(manage[:-3] + "xx/").status_code == 404
    assert client.get("/follow/manage/" + "x" * 5000 + "/").status_code == 404
    assert Subscription.objects.count() == 1


def test_nothing_in_the_database_makes_a_link(client, record, server):
    """Not the stamp, and not the text of a mail that waits."""
    ask(client)
    waiting, found = FollowingMail.objects.get(), Subscription.objects.get()
    assert "@@confirm@@" in waiting.text and "/follow/confirm/" not in waiting.text + waiting.html
    forged = signing.dumps([found.pk, found.stamp], key="another key", salt="following.confirm")
    assert client.post(f"/follow/confirm/{forged}/").status_code == 404
    mails.send_waiting()
    assert not FollowingMail.objects.exists(), "what was sent is kept by nobody"


def test_pages_with_a_link_are_kept_and_found_by_nobody(client, record, server):
    answer = client.get(token("manage", confirmed(client, server)))
    assert "no-store" in answer["Cache-Control"] and answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Robots-Tag"] == "noindex"


def test_an_address_that_nobody_confirms_is_forgotten_after_a_week(client, record):
    ask(client)
    ask(client, "/plans/kr-4/", "other@example.org")
    Subscription.objects.filter(email=READER).update(asked_at=timezone.now() - timedelta(days=7, seconds=1))
    Subscription.objects.exclude(email=READER).update(asked_at=timezone.now() - timedelta(days=6, hours=23))
    tasks.forget()
    assert [row.email for row in Subscription.objects.all()] == ["other@example.org"]
    assert FollowingMail.objects.count() == 1


def test_a_confirmed_address_is_not_forgotten(client, record, server):
    confirmed(client, server)
    Subscription.objects.update(asked_at=timezone.now() - timedelta(days=800))
    tasks.forget()
    assert Subscription.objects.count() == 1


# Stopping -------------------------------------------------------------------------------------------------------------
def test_one_click_of_a_mail_program_stops_and_deletes_the_address(record, server):
    subscription = confirmed(Client(), server)
    path = token("stop", subscription)
    program = Client(enforce_csrf_checks=True)
    assert program.get(path).status_code == 200
    assert Subscription.objects.count() == 1, "a program that looks at links stops nothing"
    one_click = {"data": "List-Unsubscribe=One-Click", "content_type": "application/x-www-form-urlencoded"}
    answer = program.post(path, **one_click)
    assert answer.status_code == 200 and not answer.cookies
    assert not Subscription.objects.exists()
    assert program.post(path, **one_click).status_code == 200, "a second time says the same"


def test_a_stopped_subscriptions_waiting_mail_goes_with_it(client, record, server):
    subscription = confirmed(client, server)
    ask(client)
    assert FollowingMail.objects.count() == 1
    client.post(token("stop", subscription))
    assert mails.send_waiting() == Round() and not FollowingMail.objects.exists()


def test_all_that_an_address_follows_can_be_changed_stopped_and_deleted(client, record, server):
    one, two = confirmed(client, server), confirmed(client, server, "/plans/kr-4/", READER.upper())
    foreign = confirmed(client, server, email="other@example.org")
    path = token("manage", one)
    page = client.get(path).content.decode()
    assert page.count('name="action" value="save"') == 2 and "other@example.org" not in page
    data = {f"row-{two.pk}-what": "late", f"row-{two.pk}-often": "weekly", f"row-{two.pk}-language": "ko"}
    assert client.post(path, data | {"row": two.pk, "action": "save"}).status_code == 302
    two.refresh_from_db()
    assert (two.what, two.often, two.language) == ("late", "weekly", "ko")
    wrong = client.post(path, data | {"row": two.pk, "action": "save", f"row-{two.pk}-often": "hourly"})
    assert wrong.status_code == 400
    for action in ("stop", "save"):
        client.post(path, {"row": foreign.pk, "action": action})
    assert Subscription.objects.filter(pk=foreign.pk).exists(), "another address's is none of these"
    answer = client.post(path, {"row": one.pk, "action": "stop"})
    assert client.get(answer["Location"]).status_code == 200, "the page goes on under what is left"
    assert client.get(path).status_code == 410
    assert client.post(answer["Location"], {"action": "delete-all"}).status_code == 200
    assert list(Subscription.objects.all()) == [foreign]


def test_an_unconfirmed_subscription_manages_nothing(client, record):
    ask(client)
    assert client.get(token("manage", Subscription.objects.get())).status_code == 410


# Rows -----------------------------------------------------------------------------------------------------------------
def test_what_is_deleted_takes_its_subscriptions_along(client, server):
    plan = make_plan(make_member())
    confirmed(client, server, f"/plans/{plan.slug}/")
    plan.delete()
    assert not Subscription.objects.exists()


def subscription(**facts) -> Subscription:
    return Subscription.objects.create(**{"email": READER, "language": "en", "level": "site"} | facts)


def test_the_database_holds_what_a_subscription_is(record):
    plan = record.plans.first()
    subscription()
    for wrong in (
        {},  # the same a second time
        {"email": READER.upper()},
        {"email": "a@example.org", "level": "plan"},
        {"email": "a@example.org", "level": "member", "plan": plan},
        {"email": "a@example.org", "plan": plan},
        {"email": "a@example.org", "level": "plan", "plan": plan, "member": record},
        {"email": "a@example.org", "level": "search"},
        {"email": "a@example.org", "question": "q=budget"},
        {"email": "a@example.org", "confirmed_at": timezone.now()},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            subscription(**wrong)
    subscription(level="plan", plan=plan)
    subscription(level="search", question="q=budget")


# Sending --------------------------------------------------------------------------------------------------------------
def test_a_mail_server_that_is_away_delays_a_confirmation_and_loses_none(client, record, server, settings):
    ask(client)
    settings.EMAIL_PORT = free_port()
    assert mails.send_waiting() == Round(put_off=1)
    settings.EMAIL_PORT = server.port
    assert mails.send_waiting() == Round(), "it waits for its pause to end"
    FollowingMail.objects.update(not_before=timezone.now())
    tasks.send_mail()
    assert server.readers == [READER]


def test_a_mail_that_could_not_be_sent_for_a_month_is_given_up(client, record, server):
    ask(client)
    FollowingMail.objects.update(created_at=timezone.now() - GIVEN_UP_AFTER - timedelta(minutes=1))
    assert mails.send_waiting() == Round()
    assert mails.forget() == (0, 1)


def test_in_production_no_mail_goes_out_that_could_not_say_where_the_site_is(client, record, server, settings):
    ask(client)
    settings.PRODUCTION, settings.SITE_URL = True, ""
    assert mails.send_waiting() == Round(put_off=1)
    assert "SITE_URL" in FollowingMail.objects.get().error and server.taken == []


def test_the_training_members_mails_say_so(client, server):
    plan = make_plan(make_member(is_fictional=True))
    ask(client, f"/plans/{plan.slug}/")
    mails.send_waiting()
    assert server.taken[0][1]["Subject"].startswith("Fictional, for training: ")
