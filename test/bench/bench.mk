# The benchmark's target, included by the Makefile. Peers are Debian's ansible and ansible-mitogen.
ROUNDS ?= 5

.PHONY: bench

# bench: time playbook A beside pipelined Ansible and mitogen; ROUNDS=5, WRITE=1 renews the docs
bench: setup build
	@$(RUNTIME) test/bench/bench.ts $(ROUNDS) $(if $(WRITE),--write)
