from django.urls import path

from . import views

urlpatterns = [
    path("overdue/", views.overdue, name="overdue"),
    path("overdue.csv", views.overdue_file, {"ending": "csv"}, name="overdue-csv"),
    path("overdue.xlsx", views.overdue_file, {"ending": "xlsx"}, name="overdue-xlsx"),
    path("stale/", views.stale, name="stale"),
    path("stale.csv", views.stale_file, {"ending": "csv"}, name="stale-csv"),
    path("stale.xlsx", views.stale_file, {"ending": "xlsx"}, name="stale-xlsx"),
    path("evidence/<int:pk>/", views.evidence, name="evidence"),
]
