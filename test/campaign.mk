# Long trials, included by the Makefile: each looks further than the tests of every day. SEED chooses
# where they look; WRITE=1 writes what they found into docs/benchmarks.md.
SEED ?= 7

.PHONY: campaign sim

# campaign: the long trials; SUITE=engine, sim, members or fuzz, NAME='words of one', SEED=7, COUNT=all, WRITE=1
campaign: setup
	@SUITE=$(SUITE) COUNT=$(or $(COUNT),all) SEED=$(SEED) $(RUNTIME) test/lab/campaign.ts $(if $(WRITE),--write)

# sim: simulated clusters under drawn faults; SEED=7 the first, N=64 how many, TICKS=2000 of 100 ms
sim: setup
	@SEED=$(SEED) COUNT=$(or $(N),64) TICKS=$(or $(TICKS),2000) $(RUNTIME) test/run.ts --limit 10800 --name 'keep every promise' test/sim/sim.test.ts
