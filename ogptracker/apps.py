from django.apps import AppConfig


class OgptrackerConfig(AppConfig):
    name = "ogptracker"
    verbose_name = "OGP tracker"
