"""Asks ansible-core what it does with the playbooks of cases.json and keeps its answers."""
import json
import os
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))
answers = {}
for case in json.load(open(os.path.join(here, "cases.json"))):
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
json.dump(answers, open(os.path.join(here, "answers.json"), "w"), indent=1, sort_keys=True)
print(f"{len(answers)} playbooks, {sum(len(a['rows']) for a in answers.values())} results")
