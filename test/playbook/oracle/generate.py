"""Asks ansible-core what it does with the playbooks of books/ and keeps its answers.

Usage: generate.py [WORD...]: only cases whose names hold one of the words; the others stay.

Cases are those of cases.json, and every playbook that is not named there: once, or once for each of
its lines "# args: ...". Kept are the status of each task on each host, what it returned as far as
that is the same everywhere, what debug said, the recap, the exit code, and what lies in the folder
`work` in the end. Not here: our own answers, which oracle.test.ts compares with these.
"""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent
BOOKS = HERE / "books"
KEPT = "rc stdout stdout_lines state mode dest path checksum size matched examined attempts".split()
FLAGS = ("changed", "failed", "skipped", "unreachable")
# What is another on every run.
VOLATILE = {"pause": ["stdout"], "tempfile": ["path"], "async_status": ["attempts"]}
MARK = "# args: "


def all_cases():
    cases = json.loads((HERE / "cases.json").read_text())
    named = {case["playbook"] for case in cases}
    for book in sorted(BOOKS.glob("*.yml")):
        if book.name in named or book.name == "inventory.yml":
            continue
        lines = book.read_text().splitlines()
        args = [line[len(MARK):].split() for line in lines if line.startswith(MARK)]
        for words in args or [[]]:
            cases.append({"name": " ".join([book.stem, *words]), "playbook": book.name, "args": words,
                          "work": True})
    return cases


def kept(result, work, action=""):
    """The values of a result that are the same on every machine."""
    found = {flag: bool(result.get(flag, False)) for flag in FLAGS}
    if not found["failed"] and not found["unreachable"]:
        volatile = VOLATILE.get(str(result.get("action", action)).split(".")[-1], [])
        found.update({key: result[key] for key in KEPT if key in result and key not in volatile})
    if isinstance(result.get("results"), list):
        found["results"] = [kept(item, work, result.get("action", "")) for item in result["results"] if isinstance(item, dict)]
    return found


def said(result):
    own = ("changed", "failed", "action")
    return result.get("msg", {k: v for k, v in result.items() if k not in own and not k.startswith("_")})


def row_of(task, host, result, work):
    row = {"task": task, "host": host, **kept(result, work)}
    is_debug = result.get("action") in ("debug", "ansible.builtin.debug")
    if is_debug and "results" not in result and "censored" not in result and not row["skipped"] and not row["failed"]:
        row["said"] = said(result)
    return json.loads(json.dumps(row).replace(str(work), "WORK"))


def tree(work):
    found = {}
    for path in sorted(work.rglob("*")):
        mode = oct(path.lstat().st_mode & 0o7777)
        name = str(path.relative_to(work))
        if path.is_symlink():
            found[name] = "link " + os.readlink(path)
        elif path.is_dir():
            found[name] = "folder " + mode
        else:
            content = path.read_bytes().replace(str(work).encode(), b"WORK")
            found[name] = "file " + mode + " " + hashlib.sha1(content).hexdigest()
    return found


def ask(case):
    work = pathlib.Path(tempfile.mkdtemp(prefix="oracle-"))
    environment = dict(os.environ, ANSIBLE_STDOUT_CALLBACK="ansible.posix.json",
                       ANSIBLE_JINJA2_NATIVE="1", ANSIBLE_LOCALHOST_WARNING="0",
                       ANSIBLE_PYTHON_INTERPRETER="/usr/bin/python3", ANSIBLE_TIMEOUT="5")
    command = ["ansible-playbook", "-i", case.get("inventory", "inventory.yml"), case["playbook"]]
    if case.get("work"):
        command += ["-e", f"work={work}"]
    command += case.get("args", [])
    done = subprocess.run(command, cwd=BOOKS, env=environment, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)
    try:
        report = json.loads(done.stdout[done.stdout.index("{"):])
    except ValueError:
        return {"rc": done.returncode, "error": True}
    rows = [row_of(task["task"]["name"], host, result, work)
            for play in report["plays"] for task in play["tasks"]
            for host, result in sorted(task["hosts"].items())]
    answer = {"rc": done.returncode, "rows": rows, "stats": report["stats"]}
    if case.get("work"):
        answer["tree"] = tree(work)
    shutil.rmtree(work)
    return answer


def main():
    kept_file = HERE / "answers.json"
    cases = all_cases()
    known = json.loads(kept_file.read_text()) if len(sys.argv) > 1 else {}
    answers = {case["name"]: known[case["name"]] for case in cases if case["name"] in known}
    todo = [case for case in cases if case["name"] not in answers
            or any(word in case["name"] for word in sys.argv[1:])]
    with ThreadPoolExecutor(2) as pool:
        for case, answer in zip(todo, pool.map(ask, todo)):
            answers[case["name"]] = answer
            if "error" in answer:
                print(f"{case['name']}: refused with {answer['rc']}", file=sys.stderr)
    kept_file.write_text(json.dumps(answers, indent=1, sort_keys=True) + "\n")
    results = sum(len(answer.get("rows", [])) for answer in answers.values())
    print(f"{len(answers)} playbooks, {results} results")


main()
