"""The rules for passwords, and that they are shown before one is typed."""

import re

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import translation

from tests.accounts.signing import person

pytestmark = pytest.mark.django_db
GOOD = "seven quiet herons"


@pytest.mark.parametrize(
    "password, rule",
    [
        (GOOD[:11], "password_too_short"),
        ("x7 " * 42 + "abc", "password_too_long"),
        ("qwertyuiop123", "password_too_common"),
        ("839201746352", "password_entirely_numeric"),
        ("minji.kim.mois", "password_too_similar"),
        ("minji.kim@mois.go.kr", "password_too_similar"),
    ],
)
def test_what_is_refused(password, rule):
    user = person("minji.kim.mois", email="minji.kim@mois.go.kr")
    with pytest.raises(ValidationError) as refused:
        validate_password(password, user)
    assert rule in [error.code for error in refused.value.error_list]


@pytest.mark.parametrize("password", [GOOD[:12], "h" + "7 qz" * 31 + "abc", "일곱 마리 왜가리가 조용히 난다"])
def test_what_is_taken_to_the_last_character(password):
    assert len(password) in (12, 128, 17)
    validate_password(password, person("kim"))


@pytest.mark.parametrize("language, prefix", [("en", ""), ("ko", "/ko")])
def test_the_rules_stand_beside_the_field(client, editor_mois, language, prefix):
    client.force_login(editor_mois)
    page = client.get(f"{prefix}/admin/password_change/")
    with translation.override(language):
        rules = str(page.context["form"]["new_password1"].help_text)
    assert re.findall(r"\d+", rules) == ["12", "128"] and rules in page.content.decode()
