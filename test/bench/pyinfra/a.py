"""Playbook A as operations of pyinfra, in the same order and with the same end state."""
from io import StringIO
from pathlib import Path

from pyinfra import host
from pyinfra.facts.files import File
from pyinfra.operations import files, server

# What trims lines in the template for Ansible must trim them here.
TEMPLATE = str(Path(__file__).parent.parent / "templates" / "bench.j2")
TRIM = {"trim_blocks": True}

files.directory("/srv/bench", mode="755")
for number in range(1, 10):
    files.directory(f"/srv/bench/dir{number}", mode="755")
for number in range(1, 11):
    files.put(StringIO(f"file {number}\n"), f"/srv/bench/file{number}", mode="644")
for number in range(1, 6):
    files.line(f"/srv/bench/lines{number}", f"line {number}")
for number in range(1, 6):
    host.get_fact(File, f"/srv/bench/file{number}")
for number in range(5):
    server.shell("true")
for group in ("adm", "tty", "disk"):
    server.group(group)
for number in (1, 2):
    files.template(
        TEMPLATE,
        f"/srv/bench/made{number}",
        mode="644",
        inventory_hostname=host.name,
        jinja_env_kwargs=TRIM,
    )
