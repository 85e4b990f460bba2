# Every task of the project. `make help` lists them. The machine needs make, Node 20 or newer and
# npm; everything else, the pinned Node 24 too, comes with `make setup`.
SHELL := /bin/bash
RUNTIME := node_modules/.bin/node

# The shell quotes it, whatever it holds.
export NAME

.DEFAULT_GOAL := help
.PHONY: help setup check format test test-cluster verify docs build node clean

# help: list the targets
help:
	@sed -n 's/^# \([a-z-]*\): \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

# setup: install the pinned packages when they are missing or differ from the lock file
setup:
	@node agent/setup.mjs

# check: format, lint, types and the repository's own rules
check: setup
	@$(RUNTIME) test/check.ts

# format: write every file as the formatter wants it
format: setup
	@node_modules/.bin/biome check --write .

# test: everything that needs no nodes; FILE=path and NAME='words of a test' choose
test: setup
	@$(RUNTIME) test/run.ts $(if $(NAME),--name "$$NAME") $(FILE)

# test-cluster: the tests on real nodes in Docker; FILE= and NAME= choose
test-cluster: setup
	@$(RUNTIME) test/run.ts --lab $(if $(NAME),--name "$$NAME") $(FILE)

# verify: check, test and test-cluster, with one total
verify: setup
	@$(RUNTIME) test/verify.ts

# docs: write the pages that are made from the code, docs/modules
docs: setup
	@$(RUNTIME) agent/docs.ts

# build: the agent in one file, dist/cluster-os.mjs
build: setup
	@$(RUNTIME) agent/build.ts

# node: the package of a node, dist/cluster-os_VERSION_ARCH.deb; ARCH=arm64
node: setup
	@$(RUNTIME) agent/package.ts $(or $(ARCH),amd64)

# clean: remove what was built
clean:
	@rm -rf dist

-include lab/lab.mk
-include test/bench/bench.mk
-include test/campaign.mk
-include test/oracle.mk
