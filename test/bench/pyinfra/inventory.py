"""The benchmark's hosts for pyinfra, from the list that the benchmark writes (BENCH_HOSTS)."""
import json
import os

with open(os.environ["BENCH_HOSTS"]) as listed:
    hosts = [(host["name"], host["data"]) for host in json.load(listed)]
