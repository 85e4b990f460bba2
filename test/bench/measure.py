"""Runs a command and prints what it cost: wall seconds, processor seconds, peak memory, exit code."""
import json
import resource
import subprocess
import sys
import time

start = time.monotonic()
done = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
wall = time.monotonic() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({
    "wall": wall,
    "cpu": used.ru_utime + used.ru_stime,
    "peakMib": used.ru_maxrss / 1024,
    "rc": done.returncode,
    "output": done.stdout.decode("utf-8", "replace")[-2000:],
}))
