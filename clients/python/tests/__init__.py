"""Tests of the package purser: python3 -m unittest discover -s tests -t . in clients/python. Those of a real server
need the environment that mysql-test/api/README.md describes, and are skipped without it."""
