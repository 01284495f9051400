"""The Korean names of countries, plans and policy areas that came with OGP's data before. What somebody wrote stays."""

import re

from django.db import migrations

from commitments.countries import korean_name_of
from commitments.policy_areas import IN_KOREAN


def fill(apps, _schema_editor):
    fill_members(apps.get_model("commitments", "Member").objects.filter(name_ko=""))
    fill_plans(apps.get_model("commitments", "ActionPlan").objects.filter(title_ko="", document__kind="ogp_data"))
    fill_areas(apps.get_model("commitments", "PolicyArea").objects.filter(name_ko="", name__in=IN_KOREAN))


def fill_members(rows):
    for member in rows:
        member.name_ko = korean_name_of(member)
        if member.name_ko:
            member.save(update_fields=["name_ko"])


def fill_plans(rows):
    """Those whose title is still the one that the import composed."""
    for plan in rows:
        if composed := re.fullmatch(rf"Action plan {plan.number}( \(\d{{4}}–\d{{4}}\)| \(\d{{4}}\))?", plan.title):
            plan.title_ko = f"제{plan.number}차 실행계획{composed[1] or ''}"
            plan.save(update_fields=["title_ko"])


def fill_areas(rows):
    for area in rows:
        area.name_ko = IN_KOREAN[area.name]
        area.save(update_fields=["name_ko"])


class Migration(migrations.Migration):
    dependencies = [("commitments", "0009_korean_names")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
