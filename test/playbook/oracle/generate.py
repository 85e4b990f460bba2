"""Asks ansible-core what it does with the playbooks of cases.json and keeps its answers.

Usage: generate.py [WORD...]: only cases whose names hold one of the words; the others stay.
"""
import json
import os
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))
kept = os.path.join(here, "answers.json")
cases = json.load(open(os.path.join(here, "cases.json")))
known = json.load(open(kept)) if len(sys.argv) > 1 else {}
answers = {case["name"]: known[case["name"]] for case in cases if case["name"] in known}
for case in cases:
    if case["name"] in answers and not any(word in case["name"] for word in sys.argv[1:]):
        continue
    environment = dict(os.environ, ANSIBLE_STDOUT_CALLBACK="ansible.posix.json", ANSIBLE_JINJA2_NATIVE="1",
                       ANSIBLE_LOCALHOST_WARNING="0", ANSIBLE_PYTHON_INTERPRETER="/usr/bin/python3")
    command = ["ansible-playbook", "-i", case.get("inventory", "inventory.yml"), case["playbook"], *case.get("args", [])]
    done = subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True)
    try:
        report = json.loads(done.stdout[done.stdout.index("{"):])
    except ValueError:
        sys.exit(f"{case['name']}: {done.stdout}{done.stderr}")
    rows = []
    for play in report["plays"]:
        for task in play["tasks"]:
            for host, result in sorted(task["hosts"].items()):
                row = {"task": task["task"]["name"], "host": host}
                for flag in ("changed", "failed", "skipped", "unreachable"):
                    row[flag] = bool(result.get(flag, False))
                if result.get("action") in ("debug", "ansible.builtin.debug") and "results" not in result and not row["skipped"] and not row["failed"]:
                    row["said"] = result.get("msg", {k: v for k, v in result.items() if k not in ("changed", "failed", "action") and not k.startswith("_")})
                rows.append(row)
    stats = {host: {k: v for k, v in counts.items()} for host, counts in report["stats"].items()}
    answers[case["name"]] = {"rc": done.returncode, "rows": rows, "stats": stats}
json.dump(answers, open(kept, "w"), indent=1, sort_keys=True)
print(f"{len(answers)} playbooks, {sum(len(a['rows']) for a in answers.values())} results")
