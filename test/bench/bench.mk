# The benchmark's target, included by the Makefile. Peers are Debian's ansible and ansible-mitogen,
# and pyinfra of PyPI. The rows are in test/bench/rows.ts; PEERS='mitogen pyinfra' leaves out others.
ROUNDS ?= 5

.PHONY: bench

# bench: time playbooks beside peers, or SUITE=membership beside serf; ROUNDS=5 ROWS='a b' WRITE=1
bench: setup build
	@$(RUNTIME) test/bench/$(if $(filter membership,$(SUITE)),membership/bench.ts,bench.ts) $(ROUNDS) \
	  "$(ROWS)" $(if $(filter membership,$(SUITE)),,"$(PEERS)") $(if $(WRITE),--write)
