# Every target does its own set-up; see .ci/setup.
.PHONY: demo test check bench setup-run setup-dev clean
.NOTPARALLEL:
ARGS ?=
ONLY ?=

demo: setup-run
	@.venv/bin/tramthe demo $(ARGS)

test: setup-dev
	.venv/bin/pytest -n 2 --dist loadgroup $(ARGS)

check: setup-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: setup-dev
	.venv/bin/python -m tests.bench $(if $(ONLY),--only $(ONLY))

setup-run:
	@.ci/setup run

setup-dev:
	@.ci/setup dev

clean:
	rm -rf build .venv
