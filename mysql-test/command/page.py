"""The examples of docs/cli.md run, and print what the page says they print."""
import os
import re
import subprocess

from command import CHECKED, ROOT, environment


def the_examples_of_the_page_run(server):
    with open(os.path.join(ROOT, "docs", "cli.md"), encoding="utf-8") as file:
        page = file.read()
    directory = os.path.join(server.dir, "page")
    os.makedirs(directory)
    server.sql("CALL purser.reconcile('2025-07-05', NULL)")
    env = environment(PATH=os.path.dirname(CHECKED) + ":" + os.environ["PATH"], HOME=directory)
    with open(os.path.join(directory, ".my.cnf"), "w", encoding="utf-8") as file:
        file.write(f"[purser]\nsocket = {server.socket}\n")
    blocks = re.findall(r"^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", page, re.S | re.M)
    assert len(blocks) >= 5, blocks
    for block, expected in blocks:
        for line in block.splitlines():
            done = subprocess.run(["bash", "-c", line], cwd=directory, env=env, capture_output=True, text=True, timeout=300, check=False,
                                  stdin=subprocess.DEVNULL)
            assert done.returncode in (0, 1) and "Sanitizer" not in done.stderr, (line, done)
            assert not expected or done.stdout == expected, (line, done.stdout, expected)


TESTS = [the_examples_of_the_page_run]
