# The tracker for production: one image for web, worker, beat and migrations (docker-compose.yml says which is which).
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

# What WeasyPrint loads to make PDF files; and PostgreSQL's client, of the server's major version, for backups.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz0b libharfbuzz-subset0 libfontconfig1 \
        postgresql-client-15 \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY requirements.lock ./
RUN pip install --require-hashes --no-deps --requirement requirements.lock

COPY . .

# Static files belong to the image; the OpenType fonts are for reports and never sent to a browser. The key is for this one
# command and guards nothing: the running tracker demands its own.
ENV DATA_DIR=/srv/tracker MEDIA_ROOT=/srv/media
RUN SECRET_KEY=only-for-collecting-static-files python manage.py collectstatic --no-input --ignore '*.otf' \
    && useradd --system --uid 10001 --home-dir /srv/tracker --shell /usr/sbin/nologin tracker \
    && mkdir -p "$MEDIA_ROOT" \
    && chown tracker "$DATA_DIR" "$MEDIA_ROOT"

USER tracker
ENV OGPTRACKER_MODE=production
EXPOSE 8000
CMD ["gunicorn", "ogptracker.wsgi", "--bind", "0.0.0.0:8000", "--workers", "3", "--worker-class", "gthread", \
     "--threads", "4", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
