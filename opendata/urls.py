from django.urls import path

from . import list_views
from .lists import LISTS

urlpatterns = [
    *[
        path(f"{name}.{ending}", list_views.list_file, {"name": name, "ending": ending}, name=f"{name}-{ending}")
        for name in LISTS
        for ending in ("csv", "xlsx")
    ],
]
