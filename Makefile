# Every target does its own set-up; see .ci/setup.
.PHONY: demo test wide check bench fuzz torture pictures man deb bundle proof proof-updates proof-card proof-phones setup-run setup-dev setup-fuzz clean
.NOTPARALLEL:
ARGS ?=
ONLY ?=
SECONDS ?= 60
KILLS ?= 1000
ARCH ?= amd64
SUITE ?= trixie
SUITES ?= bookworm trixie
WITH ?=

demo: setup-run
	@.venv/bin/tramthe demo $(ARGS)

test: setup-dev
	.venv/bin/pytest -n 2 --dist loadgroup -m "not wide" $(ARGS)

# The sweeps that make test leaves out (tests/wide.py).
wide: setup-dev
	.venv/bin/pytest -n 2 --dist loadgroup -m wide $(ARGS)

check: setup-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: setup-dev
	.venv/bin/python -m tests.bench $(if $(ONLY),--only $(ONLY))

# Never part of check or test: those run the same targets over their seeds and past findings.
fuzz: setup-fuzz
	.venv/bin/python -m tests.fuzz --seconds $(SECONDS) $(if $(ONLY),--only $(ONLY))

# Never part of check or test, which run a short form of it.
torture: setup-dev
	.venv/bin/python -m tests.torture --kills $(KILLS) --centre-kills $(KILLS) $(ARGS)

# The pictures of docs/secretary.md, from a walk through the running terminal, and of docs/centre.md.
pictures: setup-dev
	.venv/bin/pytest -q tests/e2e/test_evening_browser.py -k vi
	mkdir -p docs/pictures
	cp build/guide/*.png docs/pictures/
	.venv/bin/python -m tests.provisioning.centre.pages.pictures docs/pictures

# Never part of check or test: root, systemd-container, a minimal Debian in a folder, the packages for it.
proof-card: setup-run
	provisioning/image/proof $(MACHINE) $(PACKAGES)

# Never part of check or test either: root, qemu-system-x86, cpio, a minimal Debian, its kernel unpacked.
proof-phones: setup-run
	provisioning/image/proof-phones $(MACHINE) $(KERNEL)

# A page for every command; afterwards: man -M build/man tramthe-serve
man: setup-run
	@.venv/bin/python -m provisioning.cli.manual build/man/man1

# The Debian package, and what a machine without a network needs to install it; as root.
deb: setup-run
	@.ci/setup deb
	@provisioning/package/build $(ARCH)

bundle:
	@provisioning/package/bundle $(SUITE) $(ARCH) $(WITH)

# Never part of check or test: a machine of debootstrap goes from nothing to a green tap through the
# package alone, offline; as root. SUITES="bookworm trixie". ARCH of another processor: emulated, and
# what systemd does is left out.
proof: deb
	@.ci/setup proof
	@ARCH=$(ARCH) provisioning/package/proof $(SUITES)

# Never part of check or test: versions of the program come, fail and go back on such a machine; as root.
proof-updates: deb
	@.ci/setup proof
	@VERSION=0.2.0 provisioning/package/build
	@provisioning/package/proof-updates $(SUITES)

setup-run:
	@.ci/setup run

setup-dev:
	@.ci/setup dev

setup-fuzz: setup-dev
	@.ci/setup fuzz

clean:
	rm -rf build .venv
