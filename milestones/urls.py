from django.urls import path

from . import views

urlpatterns = [
    path("overdue/", views.overdue, name="overdue"),
    path("evidence/<int:pk>/", views.evidence, name="evidence"),
]
