# The answers of ansible-core, which tests compare ours with, asked anew. Included by the Makefile.
# It needs Debian's ansible; the modules are asked on a fresh node of the lab.
.PHONY: oracle oracle-modules

# oracle: ask ansible-core again for all answers that tests keep; WORDS='a b' only some playbooks
oracle: setup
	@cd test/playbook/oracle && python3 generate.py $(WORDS)
	@$(if $(WORDS),:,/usr/bin/python3 test/template/oracle/generate.py)
	@$(if $(WORDS),:,/usr/bin/python3 test/inventory/generate.py)
	@$(if $(WORDS),:,$(MAKE) --no-print-directory oracle-modules)

# oracle-modules: the answers about modules, on a fresh node
oracle-modules:
	@$(MAKE) --no-print-directory down up NODES=1
	@/usr/bin/python3 test/modules/oracle/generate.py .cache/lab/inventory.yml
	@$(MAKE) --no-print-directory down
