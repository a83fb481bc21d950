# Every target sets itself up. Without make (Windows), run the command of the target by hand: see the README.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
PEER := .venv-peer
CONSTRAINTS ?= -c constraints.txt  # make setup CONSTRAINTS= takes the newest releases within the bounds of pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help setup execute-all test browser conformance bench demo notebooks build handout nbval lint badges doctor clean

help: ## print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv, install everything, fetch and verify the weights; safe to repeat
	@$(BIN)/qa-course doctor

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c "import sys; sys.version_info >= (3, 11) or sys.exit('The course needs Python 3.11 or newer; found ' + sys.version.split()[0] + '. Try: make PYTHON=python3.11')"
	$(PYTHON) -m venv $(VENV)
	@echo "Installing the course and its tools into $(VENV): about 2 GB, a few minutes."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(CONSTRAINTS) -e '.[all]' \
	  || { echo 'The installation broke off. Check the connection and the free disk (3 GB), then run make setup again: nothing is lost.'; exit 1; }
	$(BIN)/python -m ipykernel install --sys-prefix --name python3 --display-name 'Python 3'
	$(BIN)/qa-course weights
	@touch $(STAMP)

execute-all: $(STAMP) ## run every lesson in both languages, offline; report in build/summary.html
	$(BIN)/qa-course execute --profile offline

test: $(STAMP) ## everything that must hold, every lesson under the smoke profile included
	$(BIN)/python -m pytest

browser: $(STAMP) ## use the demo and two lessons in a real browser (Chromium); pictures in build/browser/
	$(BIN)/python -m pytest tests/browser

conformance: $(STAMP) $(PEER)/.ready ## compare answers, scores and labels with those of transformers 5.2.0; rehearse Colab
	$(BIN)/qa-course train
	$(BIN)/python -m pytest tests/conformance

$(PEER)/.ready: tests/conformance/requirements.txt
	$(PYTHON) -m venv $(PEER)
	$(PEER)/bin/python -m pip install --quiet --disable-pip-version-check -r tests/conformance/requirements.txt
	@touch $@

bench: $(STAMP) $(PEER)/.ready ## measure speed side by side, as ratios; build/bench/ (half an hour)
	PYTHONPATH=tests/conformance $(BIN)/python tests/bench/bench.py

demo: $(STAMP) ## open a page where one pastes a text and asks, in either language
	$(BIN)/qa-course demo

build: $(STAMP) ## make the notebooks from the lessons' sources
	$(BIN)/qa-course build

notebooks: build ## build the notebooks, run them offline and keep their outputs
	$(BIN)/qa-course execute --profile offline --write-back

handout: $(STAMP) ## write the student editions, without solutions, to build/handout
	$(BIN)/qa-course handout

nbval: $(STAMP) ## compare the committed outputs of the lessons without a trained model with new ones
	$(BIN)/python -m pytest tests/notebooks -k nbval

lint: $(STAMP) ## check and format the Python sources
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

badges: $(STAMP) ## point every badge and link to a fork: make badges REPO=owner/name
	$(BIN)/qa-course build --repository $(REPO)

doctor: $(STAMP) ## say what this machine has and lacks
	$(BIN)/qa-course doctor

clean: ## remove the environment and all that was built (not the cache of weights and models)
	rm -rf $(VENV) $(PEER) build dist .pytest_cache .ruff_cache .hypothesis
