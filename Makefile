# The tracker's commands. "make help" lists them.
.DEFAULT_GOAL := help
.PHONY: help install demo test test-faults lint audit lighthouse bench bench-deadlines bench-spreadsheet bench-reports bench-search lock messages test-packages

PORT ?= 8000
python := .venv/bin/python

help: ## List the commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '%-16s %s\n' "$$name" "$$text"; done

install: ## Set up: .venv from the locked packages, and the system libraries for PDF files
	@scripts/install_python_packages.sh requirements.lock
	@scripts/system_packages.sh reports

demo: install ## Set up and run a tracker to try out (PORT=8000, DEMO_PASSWORD=one is made)
	@exec $(python) manage.py demo --port '$(PORT)'

test-packages:
	@scripts/install_python_packages.sh requirements-test.lock

test: test-packages ## Set up everything the tests need, then lint and test on SQLite and on PostgreSQL
	@scripts/system_packages.sh tests
	@scripts/test.sh

test-faults: test-packages ## Test what takes long: servers and workers killed under load
	@scripts/system_packages.sh tests
	@$(python) -m pytest -m faults

lint: test-packages ## Check style, migrations and the production settings
	@scripts/lint.sh

audit: test-packages ## Write the bill of materials, and ask whether any package is known to be vulnerable
	@$(python) scripts/audit.py

lighthouse: test-packages ## Ask Lighthouse about the five main pages: 95 or more in each category (needs npm)
	@scripts/system_packages.sh tests
	@scripts/lighthouse.sh

bench: test-packages ## Measure every page and list at OGP's size and at ten times that (takes about an hour)
	@scripts/system_packages.sh tests
	@$(python) scripts/with_postgres.py $(python) scripts/bench.py

bench-deadlines: test-packages ## Time the overdue sweep, page and list on worlds of up to a million milestones
	@scripts/system_packages.sh tests
	@$(python) scripts/with_postgres.py $(python) scripts/bench_deadlines.py

bench-spreadsheet: test-packages ## Time a form of 5,000 rows: written, read, applied, undone
	@scripts/system_packages.sh tests
	@$(python) scripts/with_postgres.py $(python) scripts/bench_spreadsheet.py

bench-reports: test-packages ## Time the reports: plan 2's, one of 16 forms in each language, one of 100, two at once
	@scripts/system_packages.sh tests
	@$(python) scripts/with_postgres.py $(python) scripts/bench_reports.py
	@$(python) scripts/with_postgres.py $(python) scripts/bench_ogp_import.py

bench-search: test-packages ## Time the search on an index of up to 100,000 entries
	@scripts/system_packages.sh tests
	@$(python) scripts/with_postgres.py $(python) scripts/bench_search.py

messages: install ## Collect the texts to translate into locale/, and compile the translations
	@scripts/system_packages.sh messages
	@$(python) manage.py makemessages --all --no-obsolete --add-location=file --ignore='.venv/*' --ignore='var/*'
	@$(python) manage.py compilemessages --ignore='.venv/*'

lock: ## Resolve the dependencies of pyproject.toml anew (needs uv)
	@scripts/lock.sh
