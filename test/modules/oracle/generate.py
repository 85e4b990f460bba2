"""Asks ansible-core what its modules answer, and keeps it as data beside.

Usage: generate.py INVENTORY [PLAYBOOK...], with one fresh node in it; all.yml without a name. Writes answers.json: for each task its
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
system enabled ping ansible_facts stat move_home ansible_included_var_files matched examined
status status_code url redirected json cookies cookies_string x_two_words content_type content_length
location checksum_src checksum_dest handler files before after remote_url_changed keyfile option
skipped_paths jobs envs cron_file src fstype opts dump passno fstab boot rule chain table ip_version
flush chain_management repo filename change_count""".split()
EDITORS = ("lineinfile", "blockinfile", "replace", "ini_file", "find", "get_url", "uri")
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
    if action in ("raw", "script"):
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
    if action == "tempfile":
        kept.pop("path", None)
    if action == "get_url":
        # The file that the content lay in for a moment.
        kept.pop("src", None)
    if action == "pip":
        # The program by its path or name, and its words, which name versions of pip.
        for key in ("cmd", "stdout", "stdout_lines", "stderr_lines"):
            kept.pop(key, None)
    if action == "find":
        # In the order of the folder, which is no order; matched and examined are compared.
        kept.pop("files", None)
    if action in ("debug", "assert", *EDITORS) and not result.get("failed"):
        kept["msg"] = result.get("msg")
    return {key: value for key, value in kept.items() if value is not None}


def reports(text):
    """One for each playbook, one after the other."""
    start = text.find("\n{") + 1 if not text.startswith("{") else 0
    while 0 <= start < len(text):
        report, end = json.JSONDecoder().raw_decode(text, start)
        yield report
        start = text.find("{", end)


def main():
    environment = {
        **os.environ,
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_NOCOLOR": "1",
    }
    books = sys.argv[2:] or ["all.yml"]
    command = ["ansible-playbook", "-i", sys.argv[1], *(str(HERE / book) for book in books)]
    ran = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    plays = [play for report in reports(ran.stdout) for play in report["plays"]]
    # Some playbooks alone renew their own answers and leave the others.
    known = HERE / "answers.json"
    answers = json.loads(known.read_text()) if sys.argv[2:] else {}
    for play in plays:
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
