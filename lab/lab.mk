# The lab's targets, included by the Makefile. `make up NODES=5` grows what is there to five nodes.
NODES ?= 3
LAB_BASE ?= debian13
# Who runs the playbook: `agent` is a node, on the members it knows; `hand` the engine from here.
BY ?= agent

LAB := node_modules/.bin/node lab/lab.ts
# NODE=2 on the command line chooses a node; the Makefile's own NODE is the runtime.
LAB_NODE := $(if $(filter command line environment,$(origin NODE)),$(NODE))

.PHONY: up down shell logs

# up: start the lab and run playbooks/site.yml on it; NODES=3, LAB_BASE=debian13, BY=hand
up: setup
	@$(LAB) up $(NODES) $(LAB_BASE) $(BY)

# down: remove the lab's nodes
down: setup
	@$(LAB) down

# shell: a root shell on a node; NODE=1
shell: setup
	@$(LAB) shell $(or $(LAB_NODE),1)

# logs: the ends of the nodes' journals; NODE=2 for one
logs: setup
	@$(LAB) logs $(LAB_NODE)
