"""Every address of the site. English pages have no prefix, Korean ones /ko/; the API has no language prefix."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from . import views
from .api import router
from .schema_page import schema_page

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("api/v1/", include((router.urls, "api"))),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/v1/schema/docs/", schema_page, name="schema-docs"),
    *i18n_patterns(
        path("", views.home, name="home"),
        path("admin/account/", include("accounts.urls")),
        path("admin/", admin.site.urls),
        path("members/<slug:slug>/", views.member, name="member"),
        path("plans/", views.plans, name="plans"),
        path("plans/<slug:slug>/", views.plan, name="plan"),
        path("plans/<slug:slug>/commitments/<str:number>/", views.commitment, name="commitment"),
        path("commitments/", views.commitments, name="commitments"),
        path("institutions/", views.institutions, name="institutions"),
        path("institutions/<slug:member_slug>/<slug:key>/", views.institution, name="institution"),
        path("", include("commitments.urls")),
        path("", include("milestones.urls")),
        path("", include("assessments.urls")),
        path("", include("following.urls")),
        prefix_default_language=False,
    ),
]

handler404 = views.not_found
handler500 = views.server_error
