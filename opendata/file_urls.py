"""Addresses of files, which are the same in every language."""

from django.urls import path

from . import catalog, file_views, sitemaps, stratml

urlpatterns = [
    path("robots.txt", sitemaps.robots, name="robots"),
    path("sitemap.xml", sitemaps.overview, name="sitemap"),
    path("sitemap-<section>.xml", sitemaps.section, name="sitemap-section"),
    path("plans/<slug:slug>/stratml.xml", stratml.stratml, name="stratml"),
    path("data/catalog.jsonld", catalog.catalog, name="data-catalog"),
    path("data/<slug:scope>/<str:name>", file_views.data_file, name="data-file"),
]
