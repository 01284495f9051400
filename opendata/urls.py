from django.urls import path

from . import cards, list_views, views
from .lists import LISTS

urlpatterns = [
    path("plans/<slug:slug>/commitments/<str:number>/card/", cards.card, name="commitment-card"),
    path("data/", views.data, name="data"),
    path("data/dictionary/", views.dictionary, name="data-dictionary"),
    path("data/<slug:scope>/", views.data_of_member, name="data-of-member"),
    *[
        path(f"{name}.{ending}", list_views.list_file, {"name": name, "ending": ending}, name=f"{name}-{ending}")
        for name in LISTS
        for ending in ("csv", "xlsx")
    ],
]
