"""Addresses of files, which are the same in every language."""

from django.urls import path

from . import catalog, file_views

urlpatterns = [
    path("data/catalog.jsonld", catalog.catalog, name="data-catalog"),
    path("data/<slug:scope>/<str:name>", file_views.data_file, name="data-file"),
]
