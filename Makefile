# Each target starts from nothing but Python 3.11 or newer; the second call is fast.
# tools/make.py does the work, also where there is no make: python3 tools/make.py --help
.PHONY: help run demo test check audit clean
.DEFAULT_GOAL := help

# make demo VIDEO=me.mp4 IDENTITY=ada
VIDEO ?= reenact/packs_data/driver.mp4
IDENTITY ?=
export VIDEO IDENTITY

# Any Python can start it. Each name is tried, as a name may have nothing behind it.
MAKE_PY = @for python in python3 python3.11 python3.12 python3.13 python3.14 python; do \
	"$$python" -c 'import argparse' 2>/dev/null && exec "$$python" tools/make.py $(1); \
	done; \
	echo 'Python 3.11 to 3.14 is needed and none was found, so install one.' >&2; exit 1

help:
	@echo 'make run                                 a page on which your camera drives an avatar'
	@echo 'make demo [VIDEO=path] [IDENTITY=name]   convert a video; the result lands in out/'
	@echo 'make test                                run the tests'
	@echo 'make check                               formatting, lint and types, of the page too'
	@echo 'make audit                               ask an advisory database; fails without a network'
	@echo 'make clean                               remove .venv, caches and builds'

run:
	$(call MAKE_PY,run)

demo:
	$(call MAKE_PY,demo --video "$$VIDEO" --identity "$$IDENTITY")

test:
	$(call MAKE_PY,test)

check:
	$(call MAKE_PY,check)

audit:
	$(call MAKE_PY,audit)

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -rf tools/javascript/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
