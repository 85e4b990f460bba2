# The benchmark's target, included by the Makefile. Peers are Debian's ansible and ansible-mitogen,
# and pyinfra of PyPI. The rows are in test/bench/rows.ts; PEERS='mitogen pyinfra' leaves out others.
ROUNDS ?= 5

.PHONY: bench

# bench: time playbooks beside Ansible, mitogen, pyinfra; ROUNDS=5 ROWS='a b', WRITE=1 renews the docs
bench: setup build
	@$(RUNTIME) test/bench/bench.ts $(ROUNDS) "$(ROWS)" "$(PEERS)" $(if $(WRITE),--write)
