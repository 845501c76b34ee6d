# The whole program in two commands: `make demo` to try it, `make start` to use it. README.md has the same without make.

PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
RUN := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help demo start test drill bench lock

help:
	@echo "make demo    try it out with a sample salon (data in var/demo)"
	@echo "make start   use it (data in var/salon, or in DATABASE_URL and REDIS_URL)"
	@echo "make test    every check and test        make drill   the long tests"
	@echo "make bench   how fast it is              make lock    renew the locked requirements"
	@echo "PORT=8010 chooses the port of demo and start, HOST=192.168.1.5 the address to listen on."

demo:
	@$(PYTHON) install.py
	@SALON_VAR="$${SALON_VAR:-var/demo}" exec $(RUN) manage.py up --demo --host $(HOST) --port $(PORT)

start:
	@$(PYTHON) install.py
	@SALON_VAR="$${SALON_VAR:-var/salon}" exec $(RUN) manage.py up --host $(HOST) --port $(PORT)

# The tests have a database of their own under var/test; they never touch the one of demo or start.
test: export DJANGO_SETTINGS_MODULE = tests.settings
test:
	@$(PYTHON) install.py --tests
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy .
	$(RUN) .venv/bin/lint-imports
	$(RUN) -W ignore manage.py makemigrations --check --dry-run
	$(RUN) manage.py translations --check
	@# What failed beside others is run once more, alone: a browser on a busy machine may be late. Twice is a fault.
	$(RUN) -m pytest -n auto --maxprocesses 8 --dist loadgroup --no-loadscope-reorder --durations 20 \
		|| $(RUN) -m pytest -n 1 --dist loadgroup --last-failed --last-failed-no-failures none

drill:
	@$(PYTHON) install.py --tests
	$(RUN) -m pytest -m drill -s

bench:
	@$(PYTHON) install.py
	@SALON_VAR="$${SALON_VAR:-var/bench}" $(RUN) -m benchmarks

# Needs uv (pip install uv); everybody else needs only pip.
LOCK := uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock"
lock:
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt
