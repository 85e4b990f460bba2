"""Asks ansible-core what its modules answer, and keeps it as data beside.

Usage: generate.py INVENTORY, with one fresh node in it. Writes answers.json: for each task its
status and the returned values that are the same on every run. Not here: our own answers, which
test/lab/modules.test.ts compares with these.
"""

import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent

STATUSES = ("unreachable", "failed", "skipped", "changed")

# Values that are the same on each fresh node; words of failures are each engine's own.
KEPT = """rc stdout stdout_lines stderr_lines cmd dest path src state mode owner group uid gid size
checksum md5sum found content encoding source name home shell comment groups append create_home
system enabled ping ansible_facts stat move_home ansible_included_var_files jobs envs cron_file src fstype
opts dump passno fstab boot rule chain table ip_version flush chain_management repo""".split()
STAT = """exists path mode isdir ischr isblk isreg isfifo islnk issock uid gid size checksum wusr
rusr xusr wgrp rgrp xgrp woth roth xoth isuid isgid pw_name gr_name lnk_target lnk_source readable
writeable executable""".split()

# Services of every node, in each of the states that there are.
SERVICES = ["ssh.service", "cron.service", "apt-daily.service", "rescue.service", "getty@.service"]


def status(result):
    return next((word for word in STATUSES if result.get(word)), "ok")


def stable(action, result):
    kept = {key: result[key] for key in KEPT if key in result}
    if result.get("failed") and action not in ("command", "shell", "raw"):
        kept = {}
    if "stat" in kept:
        kept["stat"] = {key: kept["stat"][key] for key in STAT if key in kept["stat"]}
    if action == "raw":
        # The words of the SSH client, which name the node.
        kept.pop("stderr_lines", None)
    if action == "package_facts" and "ansible_facts" in kept:
        # Packages move on with the archive.
        kept.pop("ansible_facts")
    if action == "service_facts" and "ansible_facts" in kept:
        services = kept["ansible_facts"]["services"]
        kept["ansible_facts"] = {"services": {name: services[name] for name in SERVICES}}
    if action in ("copy", "template"):
        # Where Ansible put the content for a moment.
        kept.pop("src", None)
    if action in ("debug", "assert", "lineinfile") and not result.get("failed"):
        kept["msg"] = result.get("msg")
    return {key: value for key, value in kept.items() if value is not None}


def main():
    environment = {
        **os.environ,
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_NOCOLOR": "1",
    }
    command = ["ansible-playbook", "-i", sys.argv[1], str(HERE / "all.yml")]
    ran = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    report = json.loads(ran.stdout[ran.stdout.index("{") :])
    answers = {}
    for play in report["plays"]:
        for task in play["tasks"]:
            for result in task["hosts"].values():
                action = result.get("action", "").split(".")[-1]
                answer = {"status": status(result), "values": stable(action, result)}
                answers[task["task"]["name"]] = answer
    text = json.dumps(answers, indent=1, sort_keys=True, ensure_ascii=False)
    (HERE / "answers.json").write_text(text.replace(str(HERE), "ORACLE") + "\n")
    print(f"{len(answers)} answers")


if __name__ == "__main__":
    main()
