"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from .settling import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ogptracker.settings")
application = get_wsgi_application()
settle()
