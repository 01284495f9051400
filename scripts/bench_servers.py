"""What the API is measured against, as WSGI applications: ``plain`` and ``bare`` (see ``bench_throughput.py``).

``plain`` is Django REST framework as its tutorial has it: a ModelSerializer with all fields, its usual pages and
renderer, no middleware. ``bare`` is a function that asks PostgreSQL by hand-written statements for what our answers
hold and writes it with orjson: about as fast as Python can answer.
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


def plain_application():
    django.setup()
    from rest_framework import pagination, routers, serializers, viewsets  # noqa: PLC0415  (Django first)

    from commitments.models import Commitment  # noqa: PLC0415

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

    router = routers.SimpleRouter()
    router.register("commitments", PlainViewSet)
    settings.MIDDLEWARE = []
    settings.ROOT_URLCONF = type("Addresses", (), {"urlpatterns": [path("api/v1/", include(router.urls))]})
    return get_wsgi_application()


def __getattr__(name: str):
    """The applications, made when a server asks for one."""
    made = {"bare": bare_application, "plain": plain_application}
    if name not in made:
        raise AttributeError(name)
    return made[name]()
