from django.urls import path

from . import comment_views, compare_views, views

urlpatterns = [
    path("compare/", compare_views.compare, name="compare"),
    path("compare.csv", compare_views.compare_file, {"ending": "csv"}, name="compare-csv"),
    path("compare.xlsx", compare_views.compare_file, {"ending": "xlsx"}, name="compare-xlsx"),
    path("self-assessments/<slug:slug>/", views.self_assessment, name="self-assessment"),
    path("self-assessments/<slug:slug>/comment/", comment_views.comment, name="comment-on-self-assessment"),
    path("self-assessments/<slug:slug>/report/", views.request_report, name="request-report"),
    path("irm-reviews/<slug:slug>/", views.irm_review, name="irm-review"),
    path("reports/<int:pk>/", views.report, name="report"),
    path("reports/<int:pk>/retry/", views.retry_report, name="retry-report"),
    path("reports/<int:pk>/file/", views.report_file, name="report-file"),
]
