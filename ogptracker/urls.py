"""Every address of the site. English pages have no prefix, Korean ones /ko/; the API has no language prefix."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from . import (
    commitment_views,
    document_views,
    error_views,
    home_views,
    institution_views,
    member_views,
    members_compared,
    plan_views,
    policy_area_views,
)
from .api import router
from .schema_page import schema_page

urlpatterns = [
    path("", include("operations.urls")),
    path("api/v1/", include((router.urls, "api"))),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/v1/schema/docs/", schema_page, name="schema-docs"),
    path("", include("opendata.file_urls")),
    *i18n_patterns(
        path("", home_views.home, name="home"),
        path("admin/account/", include("accounts.urls")),
        path("admin/", admin.site.urls),
        path("", include("search.urls")),
        path("members/", member_views.members, name="members"),
        path("members/compare/", members_compared.compare_members, name="compare-members"),
        path("members/<slug:slug>/", member_views.member, name="member"),
        path("plans/", plan_views.plans, name="plans"),
        path("plans/<slug:slug>/", plan_views.plan, name="plan"),
        path("plans/<slug:slug>/themes/<slug:key>/", plan_views.theme, name="theme"),
        path("plans/<slug:slug>/commitments/<str:number>/", commitment_views.commitment, name="commitment"),
        path("commitments/", commitment_views.commitments, name="commitments"),
        path("policy-areas/", policy_area_views.policy_areas, name="policy-areas"),
        path("policy-areas/<slug:slug>/", policy_area_views.policy_area, name="policy-area"),
        path("institutions/", institution_views.institutions, name="institutions"),
        path("institutions/<slug:member_slug>/<slug:key>/", institution_views.institution, name="institution"),
        path("documents/<slug:key>/", document_views.document, name="document"),
        path("", include("commitments.urls")),
        path("", include("milestones.urls")),
        path("", include("assessments.urls")),
        path("", include("opendata.urls")),
        path("", include("following.urls")),
        prefix_default_language=False,
    ),
]

handler400 = error_views.bad_request
handler404 = error_views.not_found
handler500 = error_views.server_error
