# make demo   real premiums with their reasons, then every step of the app's guide
# make test   everything that must hold: lint, types, tests
# make bench  how fast, against a naive function and a hand-written kernel
# make counter   the counter in a browser, on invented persons: http://127.0.0.1:8054
# make lint   style and types only        make soak   properties, kills, power cuts, fuzzer: much longer
# make docs   the site of documentation, into docs/_build
# make fuzz   the fuzzer alone            make fuzz SECONDS=600 TARGETS="reader forms"
# make renderers   every form in react-jsonschema-form and JSON Forms, at http://127.0.0.1:4173
# make pictures    the counter's main pages as docs/pictures/*.png
# make messages      bring the catalogues of words up to date with the code, and compile them
# make translations  what waits for a translator, as CSV and PO in build/
# make clean  throw away what was made here
#
# Nothing is installed outside of .venv. Paths are relative, so the checkout may stand anywhere.

PIP = .venv/bin/python -m pip --disable-pip-version-check -qq
export PIP_ROOT_USER_ACTION = ignore
# Any name under which a Python of at least 3.11 may be found; the first that works is taken.
PYTHONS = $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14 python

.PHONY: demo counter test bench lint soak docs fuzz renderers renderers-packages pictures messages translations clean

demo: .venv/.for-demo
	@.venv/bin/python -m sstibet demo

# Where it is kept (in memory if left out), and when it is.
COUNTER =
counter: .venv/.for-counter
	@PYTHONPATH=examples .venv/bin/python -m counter $(COUNTER)

# Screenshots of the counter's main pages, for README and docs.
pictures: .venv/.for-test
	@.venv/bin/python tests/browser/pictures.py

test: .venv/.for-test lint
	@.venv/bin/python -m pytest -n 2 --dist loadgroup

lint: .venv/.for-test
	@.venv/bin/python -m ruff check .
	@.venv/bin/python -m ruff format --check .
	@.venv/bin/python -m mypy

bench: .venv/.for-test
	@.venv/bin/python -m benchmarks

soak: .venv/.for-soak
	@SSTIBET_SOAK=1 .venv/bin/python -m pytest -n 2 --dist loadgroup tests/properties tests/kills tests/fuzz tests/counter/test_api_schema.py

# The site stands alone: nothing is fetched to build it or to read it. A warning is an error.
docs: .venv/.for-docs
	@.venv/bin/python -m sphinx -W --keep-going -n -q -b html -d docs/_build/.read docs docs/_build
	@echo "docs/_build/index.html"

# How long each of the fuzzer's targets is looked at, and which of them (none: all).
SECONDS = 60
TARGETS =
fuzz: .venv/.for-soak
	@.venv/bin/python tests/fuzz --seconds $(SECONDS) $(TARGETS)

RENDERERS = examples/renderers
renderers: .venv/.for-demo renderers-packages
	@.venv/bin/python $(RENDERERS)/write_forms.py $(RENDERERS)/public/forms.json
	@cd $(RENDERERS) && npm run --silent build -- --logLevel warn && npm run --silent preview

# By the lock file, until every file is there: npm may end well before it has written them all.
renderers-packages:
	@command -v npm >/dev/null || { echo "npm is needed (on Debian: apt-get install nodejs npm)" >&2; exit 1; }
	@cd $(RENDERERS) && for try in 1 2 3; do \
	  cmp -s package-lock.json node_modules/.made && node whole.mjs 2>/dev/null && exit 0; \
	  npm ci --ignore-scripts --loglevel error && cp package-lock.json node_modules/.made; \
	done; node whole.mjs

messages: .venv/.for-test
	@.venv/bin/python -m tools.messages

translations: .venv/.for-demo
	@.venv/bin/python -m sstibet translations
	@.venv/bin/python -m sstibet translations --as csv --out build/translations.csv
	@.venv/bin/python -m sstibet translations --as po --out build/translations.po

clean:
	rm -rf $(RENDERERS)/node_modules $(RENDERERS)/dist $(RENDERERS)/public/forms.json
	rm -rf .venv build dist docs/_build docs/made .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: each is made once, and again when what it was made from has changed.
.venv/.made:
	@for python in $(PYTHONS); do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "making .venv with $$($$python --version)"; \
	    $$python -m venv .venv && touch .venv/.made; exit; \
	  fi; \
	done; \
	echo "no Python of at least 3.11 found; name one: make PYTHON=/path/to/python3" >&2; exit 1

.venv/.for-demo: .venv/.made pyproject.toml
	@echo "installing sstibet with what the command needs"
	@$(PIP) install --editable '.[cli,table]'
	@touch $@

.venv/.for-counter: .venv/.for-demo
	@echo "installing what the counter needs"
	@$(PIP) install --upgrade 'pip>=25.1'
	@$(PIP) install --editable '.[cli,table,pdf]' --group counter
	@touch $@

.venv/.for-test: .venv/.for-demo tests/system.sh
	@sh tests/system.sh
	@echo "installing what the tests need"
	@$(PIP) install --upgrade 'pip>=25.1'
	@$(PIP) install --editable '.[cli,table,postgres,pdf,durable,test]' --group dev --group counter
	@touch $@

.venv/.for-soak: .venv/.for-test
	@echo "installing the fuzzer"
	@$(PIP) install --group fuzz
	@touch $@

.venv/.for-docs: .venv/.for-demo
	@echo "installing what the site is built with"
	@$(PIP) install --upgrade 'pip>=25.1'
	@$(PIP) install --editable '.[cli,table,postgres,pdf,durable,test]' --group docs
	@touch $@
