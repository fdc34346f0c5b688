"""Runs a purser-sim and holds every endpoint and every fault against what README.md says.

usage: python3 mysql-test/sim/selftest PATH/TO/purser-sim [UNITTEST OPTIONS]
Needs nothing but Python's own library.
"""
import os
import sys
import unittest

if len(sys.argv) < 2:
    sys.exit(__doc__)
sys.dont_write_bytecode = True
os.environ["PURSER_SIM"] = os.path.abspath(sys.argv.pop(1))
here = os.path.dirname(os.path.abspath(__file__))
unittest.main(module=None, argv=[sys.argv[0], "discover", "-s", here, *sys.argv[1:]])
