# The five commands of everyday work. Each installs what it misses, by apt and with sudo where needed.
SHELL := /bin/bash
.DEFAULT_GOAL := help

DATA ?= ./entente-data
# Every import is of a target that Package.swift names.
CHECKED := --explicit-target-dependency-import-check error

.PHONY: help run test demo lint setup setup-audit

# An interpreter with PyNaCl and cbor2, for Examples/audit.py: the system's, which apt installs them for.
AUDIT_PYTHON ?= /usr/bin/python3
export AUDIT_PYTHON

help:
	@echo "make run    build a release and run a node on loopback, with its data in $(DATA)"
	@echo "make test   build and run all the tests"
	@echo "make demo   three sites on this machine: invite, post, revoke; ends by itself"
	@echo "make lint   check the format of the sources"
	@echo "make setup  install the system libraries that are missing"

run: setup
	swift build -c release --product entente
	./.build/release/entente run --dir $(DATA) --found-if-missing

# Suites that run nodes and programs have the machine to themselves: beside those that compute, they would wait for a
# thread until their patience ends.
SERVERS := RuntimeTests|CommandTests

test: setup setup-audit
	swift build --build-tests $(CHECKED)
	swift test --skip-build --skip '$(SERVERS)'
	swift test --skip-build --filter RuntimeTests
	swift test --skip-build --filter CommandTests

demo: setup
	swift build -c release --product entente
	./Examples/demo.sh

lint:
	swift format lint --strict --parallel --recursive --configuration .swift-format Sources Tests Package.swift

setup:
	@command -v swift >/dev/null || { echo "The Swift toolchain (6.2 or later) is missing: see https://www.swift.org/install" >&2; exit 1; }
	@if ! pkg-config --exists libsodium sqlite3 2>/dev/null || ! command -v curl >/dev/null; then \
		command -v apt-get >/dev/null || { echo "Install pkg-config and the development files of libsodium and SQLite, then try again." >&2; exit 1; }; \
		missing=; \
		command -v pkg-config >/dev/null || missing="$$missing pkg-config"; \
		command -v curl >/dev/null || missing="$$missing curl"; \
		dpkg -s libsodium-dev >/dev/null 2>&1 || missing="$$missing libsodium-dev"; \
		dpkg -s libsqlite3-dev >/dev/null 2>&1 || missing="$$missing libsqlite3-dev"; \
		if [ -n "$$missing" ]; then \
			sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
			echo "Installing$$missing"; \
			export DEBIAN_FRONTEND=noninteractive; \
			$$sudo apt-get update -q && $$sudo apt-get install -qy --no-install-recommends $$missing; \
		fi; \
	fi

setup-audit:
	@if ! $(AUDIT_PYTHON) -c 'import cbor2, nacl' 2>/dev/null; then \
		command -v apt-get >/dev/null || { echo "Install PyNaCl and cbor2 for a Python, and name it: make test AUDIT_PYTHON=…" >&2; exit 1; }; \
		sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
		echo "Installing python3-nacl python3-cbor2"; \
		export DEBIAN_FRONTEND=noninteractive; \
		$$sudo apt-get update -q && $$sudo apt-get install -qy --no-install-recommends python3-nacl python3-cbor2; \
	fi
