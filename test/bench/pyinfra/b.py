"""Playbook B as operations of pyinfra."""
from pyinfra.operations import server

for number in range(1, 101):
    server.shell(f"echo {number}")
