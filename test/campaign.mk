# Long trials, included by the Makefile: each looks further than the tests of every day. SEED chooses
# where they look; WRITE=1 writes what they found into docs/benchmarks.md.
SEED ?= 7

.PHONY: campaign

# campaign: the long trials; SEED=7, COUNT=all, WRITE=1 writes docs/benchmarks.md
campaign: setup
	@COUNT=$(or $(COUNT),all) SEED=$(SEED) $(RUNTIME) test/lab/campaign.ts $(if $(WRITE),--write)
