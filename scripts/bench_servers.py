"""What the API is measured against (``bench_throughput.py``), as WSGI applications: ``plain``, ``same`` and ``bare``.

``plain`` is Django REST framework as its tutorial has it: a ModelSerializer with all fields, its usual pages and
renderer, no middleware. ``same`` is the same with the fields of our answers, which ``plain`` lacks in part, read with
annotations and prefetches. ``bare`` is a function that asks PostgreSQL by hand-written statements for what our answers
hold and writes it with orjson: about as fast as Python can answer without prepared statements.
"""

import os
import re
import sys
from pathlib import Path

import orjson
import psycopg2

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "ogptracker.settings"

import django  # noqa: E402  (Django reads the environment set above)
from django.conf import settings  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import include, path  # noqa: E402

PAGE = 50
COLUMNS = """
SELECT c.id, p.slug AS plan, c.number, c.ogp_id, c.ogp_id_inferred, c.title, c.title_ko, t.title AS theme,
    c.values_as_stated, c.values, c.starts_wording, c.ends_wording, c.problem, c.description, c.contribution,
    c.relevance, c.others_as_stated, c.peer_learning, c.additional_information,
    ARRAY(SELECT concat_ws(', ', i.name, up.name, top.name) FROM commitments_involvement v
          JOIN commitments_institution i ON i.id = v.institution_id
          LEFT JOIN commitments_institution up ON up.id = i.parent_id
          LEFT JOIN commitments_institution top ON top.id = up.parent_id
          WHERE v.commitment_id = c.id AND v.role = 'lead' ORDER BY v.position) AS lead_institutions,
    ARRAY(SELECT a.slug FROM commitments_commitment_policy_areas l
          JOIN commitments_policyarea a ON a.id = l.policyarea_id
          WHERE l.commitment_id = c.id ORDER BY a.position) AS policy_areas,
    (SELECT count(*) FROM milestones_milestone m WHERE m.commitment_id = c.id) AS milestone_count,
    (SELECT count(*) FROM milestones_milestone m JOIN milestones_overdueperiod o ON o.milestone_id = m.id
     WHERE m.commitment_id = c.id AND o.earliest AND o.first_on <= CURRENT_DATE AND o.until > CURRENT_DATE)
        AS overdue_count,
    CURRENT_DATE AS as_of, d.key AS document, c.section
FROM commitments_commitment c JOIN commitments_actionplan p ON p.id = c.plan_id
LEFT JOIN commitments_theme t ON t.id = c.theme_id LEFT JOIN commitments_sourcedocument d ON d.id = c.document_id
"""
ONE = f"{COLUMNS} WHERE c.is_form AND c.id = %s"
LIST = f"{COLUMNS} WHERE c.is_form ORDER BY p.member_id, p.number, c.position LIMIT {PAGE}"
COUNT = "SELECT count(*) FROM commitments_commitment WHERE is_form"


def rows_of(cursor, statement: str, params=()) -> list[dict]:
    cursor.execute(statement, params)
    names = [column.name for column in cursor.description]
    found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in found:
        row["url"] = f"/api/v1/commitments/{row['id']}/"
        row["page"] = f"/plans/{row['plan']}/commitments/{row['number']}/"
        row["source"] = {"document": row.pop("document"), "section": row.pop("section")}
    return found


def listed(cursor, _key) -> dict:
    cursor.execute(COUNT)
    (count,) = cursor.fetchone()
    following = "/api/v1/commitments/?page=2" if count > PAGE else None
    return {"count": count, "next": following, "previous": None, "results": rows_of(cursor, LIST)}


def bare_application():
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    connection.autocommit = True

    def application(environ, start_response):
        key = re.fullmatch(r"/api/v1/commitments/(?:(\d+)/)?", environ["PATH_INFO"])[1]
        with connection.cursor() as cursor:
            body = orjson.dumps(rows_of(cursor, ONE, [key])[0] if key else listed(cursor, key))
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    return application


def drf_application(with_same_fields: bool):
    django.setup()
    from rest_framework import pagination, routers, serializers, viewsets  # noqa: PLC0415  (Django first)

    from commitments.dates import local_dates  # noqa: PLC0415
    from commitments.models import Commitment  # noqa: PLC0415
    from milestones.api import CommitmentSerializer, CommitmentViewSet  # noqa: PLC0415
    from milestones.querysets import ZONE_OF_COMMITMENT, with_milestone_counts  # noqa: PLC0415

    class Plain(serializers.ModelSerializer):
        class Meta:
            model = Commitment
            fields = "__all__"

    class Fifty(pagination.PageNumberPagination):
        page_size = PAGE

    class PlainViewSet(viewsets.ReadOnlyModelViewSet):
        queryset = Commitment.objects.prefetch_related("institutions", "policy_areas").order_by("plan", "position")
        serializer_class = Plain
        pagination_class = Fifty

    class SameViewSet(PlainViewSet):
        serializer_class = CommitmentSerializer

        def get_queryset(self):
            rows = CommitmentViewSet.queryset.forms().real()
            return with_milestone_counts(rows, local_dates(ZONE_OF_COMMITMENT))

    router = routers.SimpleRouter()
    router.register("commitments", SameViewSet if with_same_fields else PlainViewSet, basename="commitment")
    page = path("plans/<slug:slug>/commitments/<str:number>/", Fifty, name="commitment")  # to be linked, not to be read
    settings.MIDDLEWARE = []
    addresses = [path("api/v1/", include((router.urls, "api"))), page]
    settings.ROOT_URLCONF = type("Addresses", (), {"urlpatterns": addresses})
    return get_wsgi_application()


def __getattr__(name: str):
    """The applications, made when a server asks for one."""
    made = {"bare": bare_application, "plain": lambda: drf_application(False), "same": lambda: drf_application(True)}
    if name not in made:
        raise AttributeError(name)
    return made[name]()
