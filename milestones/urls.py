from django.urls import path

from . import history_pages, milestone_views, views

OF_COMMITMENT = "plans/<slug:slug>/commitments/<str:number>"

urlpatterns = [
    path(f"{OF_COMMITMENT}/history/", history_pages.commitment_history, name="commitment-history"),
    path(
        f"{OF_COMMITMENT}/milestones/<int:position>/history/", history_pages.milestone_history, name="milestone-history"
    ),
    path("milestones/", milestone_views.milestones, name="milestones"),
    path(f"{OF_COMMITMENT}/milestones/<int:position>/", milestone_views.milestone, name="milestone"),
    path("overdue/", views.overdue, name="overdue"),
    path("overdue.csv", views.overdue_file, {"ending": "csv"}, name="overdue-csv"),
    path("overdue.xlsx", views.overdue_file, {"ending": "xlsx"}, name="overdue-xlsx"),
    path("stale/", views.stale, name="stale"),
    path("stale.csv", views.stale_file, {"ending": "csv"}, name="stale-csv"),
    path("stale.xlsx", views.stale_file, {"ending": "xlsx"}, name="stale-xlsx"),
    path("evidence/<int:pk>/", views.evidence, name="evidence"),
    path("evidence/links/<int:pk>/copy/", views.link_copy, name="link-copy"),
]
