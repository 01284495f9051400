from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class OgptrackerConfig(AppConfig):
    name = "ogptracker"
    verbose_name = "OGP tracker"


class TrackerAdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "ogptracker.admin_site.TrackerAdminSite"
