from django.urls import path

from . import comment_views, compare_views, irm_views, overview, snapshot_views, views

urlpatterns = [
    path("assessments/", overview.assessments, name="assessments"),
    path("compare/", compare_views.compare, name="compare"),
    path("compare.csv", compare_views.compare_file, {"ending": "csv"}, name="compare-csv"),
    path("compare.xlsx", compare_views.compare_file, {"ending": "xlsx"}, name="compare-xlsx"),
    path("self-assessments/<slug:slug>/", views.self_assessment, name="self-assessment"),
    path("self-assessments/<slug:slug>/comment/", comment_views.comment, name="comment-on-self-assessment"),
    path("self-assessments/<slug:slug>/report/", views.request_report, name="request-report"),
    path("self-assessments/<slug:slug>/versions/", views.versions, name="assessment-versions"),
    path("self-assessments/<slug:slug>/versions/<int:number>/", views.version, name="assessment-version"),
    path(
        "self-assessments/<slug:slug>/versions/<int:number>.<slug:language>.json",
        views.version_json,
        name="assessment-version-json",
    ),
    path(
        "self-assessments/<slug:slug>/versions/<int:number>/report/",
        views.request_version_report,
        name="request-version-report",
    ),
    path("irm-reviews/", irm_views.irm_reviews, name="irm-reviews"),
    path("irm-reviews/<slug:slug>/", irm_views.irm_review, name="irm-review"),
    path("irm-reviews/<slug:slug>/report/", snapshot_views.request_review_report, name="request-review-report"),
    path("irm-codings/", irm_views.irm_codings, name="irm-codings"),
    path("irm-codings.csv", irm_views.irm_codings_file, {"ending": "csv"}, name="irm-codings-csv"),
    path("irm-codings.xlsx", irm_views.irm_codings_file, {"ending": "xlsx"}, name="irm-codings-xlsx"),
    path("plans/<slug:slug>/irm-report/", snapshot_views.request_plan_report, name="request-plan-report"),
    path("plans/<slug:slug>/package/", snapshot_views.request_package, name="request-package"),
    path(
        "plans/<slug:slug>/commitments/<str:number>/irm-report/",
        snapshot_views.request_commitment_report,
        name="request-commitment-report",
    ),
    path("snapshots/<path:subject>/versions/", snapshot_views.versions, name="snapshot-versions"),
    path("snapshots/<path:subject>/versions/<int:number>/", snapshot_views.version, name="snapshot-version"),
    path(
        "snapshots/<path:subject>/versions/<int:number>.<slug:language>.json",
        snapshot_views.version_json,
        name="snapshot-version-json",
    ),
    path(
        "snapshots/<path:subject>/versions/<int:number>/report/",
        snapshot_views.request_version_report,
        name="request-snapshot-report",
    ),
    path("codebooks/", irm_views.codebook_list, name="codebooks"),
    path("codebooks/<slug:slug>/", irm_views.codebook, name="codebook"),
    path("reports/<int:pk>/", views.report, name="report"),
    path("reports/<int:pk>/retry/", views.retry_report, name="retry-report"),
    path("reports/<int:pk>/cancel/", views.cancel_report, name="cancel-report"),
    path("reports/<int:pk>/file/", views.report_file, name="report-file"),
]
