"""What every page needs: itself in the other languages, and the day on which it was made."""

from django.conf import settings
from django.urls import translate_url
from django.utils.translation import get_language


def page(request):
    """``alternates``: this very page in each language, for the switch and for hreflang."""
    here = request.get_full_path()
    alternates = [
        {"code": code, "name": name, "url": translate_url(here, code), "current": code == get_language()}
        for code, name in settings.LANGUAGES
    ]
    return {"alternates": alternates, "absolute_url": request.build_absolute_uri(here)}
