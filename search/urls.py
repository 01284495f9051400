from django.urls import path

from . import views

urlpatterns = [
    path("search/", views.search, name="search"),
    path("search.csv", views.search_file, {"ending": "csv"}, name="search-csv"),
    path("search.xlsx", views.search_file, {"ending": "xlsx"}, name="search-xlsx"),
]
