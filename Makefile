# Every command of the project; `make` alone lists them.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
NODE_STAMP := frontend/node_modules/.installed

.DEFAULT_GOAL := help
.PHONY: help demo test check races scenarios schema bench lock clean packages

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(STAMP): requirements-dev.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing the locked packages"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

$(NODE_STAMP): frontend/package-lock.json
	@cd frontend && npm ci --silent --no-audit --no-fund
	@touch $@

frontend/dist/index.html: $(NODE_STAMP) frontend/index.html frontend/vite.config.ts frontend/openapi.json $(shell find frontend/src frontend/public -type f)
	@cd frontend && npx --no-install vite build --logLevel warn

demo: $(STAMP) packages frontend/dist/index.html  ## the whole product on this machine, with a town in it
	@$(BIN)/python -m config.demo

packages: $(STAMP)  ## what the machine itself must have (browser, fonts), by its own packages
	@$(BIN)/python -m config.machine

test: $(STAMP) packages frontend/dist/index.html  ## everything CI runs, on a machine that has never seen the project
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -q

check: $(STAMP) frontend/dist/index.html  ## linters, types, the order of imports, what the browser loads
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy .
	@cd frontend && npm run --silent check && npm run --silent budget

races: $(STAMP)  ## only the races, with their twins
	@$(BIN)/python -m pytest tests/races -q

scenarios: $(STAMP)  ## the acceptance scenarios by id, or those of a file: CASES=FILE (billing cases: OUT=DIR keeps XML and PDF)
	@CASES="$(CASES)" OUT="$(OUT)" $(BIN)/python -m pytest tests/scenarios -q --tb=no -p no:warnings

schema: $(STAMP) $(NODE_STAMP)  ## write the API's schema and the types made from it
	@$(BIN)/python manage.py spectacular --validate --fail-on-warn --format openapi-json --file frontend/openapi.json
	@cd frontend && npm run --silent types

bench: $(STAMP)  ## how far from the floor, as ratios, at two sizes of town
	@$(BIN)/python -W ignore -m bench.run

lock:  ## lock the packages anew: names, versions and hashes, no addresses
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	@$(BIN)/uv pip compile pyproject.toml --extra dev --generate-hashes --universal --no-header --no-annotate --no-emit-index-url --quiet -o requirements-dev.lock
	@$(BIN)/uv pip compile pyproject.toml --generate-hashes --universal --no-header --no-annotate --no-emit-index-url --quiet -c requirements-dev.lock -o requirements.lock
