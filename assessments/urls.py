from django.urls import path

from . import comment_views, compare_views, irm_views, views

urlpatterns = [
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
    path("codebooks/", irm_views.codebook_list, name="codebooks"),
    path("codebooks/<slug:slug>/", irm_views.codebook, name="codebook"),
    path("reports/<int:pk>/", views.report, name="report"),
    path("reports/<int:pk>/retry/", views.retry_report, name="retry-report"),
    path("reports/<int:pk>/cancel/", views.cancel_report, name="cancel-report"),
    path("reports/<int:pk>/file/", views.report_file, name="report-file"),
]
