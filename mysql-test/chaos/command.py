"""What the commands of the campaigns have in common: arguments, a directory, and an end at which nothing is left.

CHAOS_PATIENCE (120) is how many seconds something may take on this machine before it counts as hanging. With
CAMPAIGN_ARGUMENTS=only a command reads its arguments, says what is wrong with them, and ends: before anything is built for it.
"""
import argparse
import contextlib
import ctypes
import glob
import os
import shutil
import signal
import sys
import tempfile
import traceback

from server import ServerFailed, socket_of

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PR_SET_CHILD_SUBREAPER = 36


class WrongArguments(Exception):
    """Which shows only where the server is there."""


def positive(text):
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a number from 1 on, not '{text}'")
    return int(text)


def new_directory(text):
    path = os.path.abspath(text)
    if os.path.lexists(path) and not (os.path.isdir(path) and not os.listdir(path)):
        raise argparse.ArgumentTypeError(f"'{text}' is there, and it is no empty directory")
    try:
        socket_of(path)
    except ServerFailed as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return path


def existing_file(text):
    try:
        with open(text, encoding="utf-8"):
            return os.path.abspath(text)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{error.strerror}: '{text}'") from error


def add_arguments(parser, seconds):
    """Those of all campaigns. seconds: what they are of."""
    parser.add_argument("seconds", type=positive, help=seconds)
    parser.add_argument("seed", type=int, nargs="?", default=1)
    parser.add_argument("--dir", type=new_directory, help="where the server is (a new directory), which is kept")
    parser.add_argument("--keep", action="store_true", help="keep the directory in any case")


def read_arguments(parser):
    arguments = parser.parse_args()
    try:
        arguments.patience = float(os.environ.get("CHAOS_PATIENCE", "120"))
    except ValueError:
        parser.error(f"CHAOS_PATIENCE is a number of seconds, not '{os.environ['CHAOS_PATIENCE']}'")
    if os.environ.get("CAMPAIGN_ARGUMENTS") == "only":
        sys.exit(0)
    return arguments


def interrupt(*_):
    """Of a signal: the server is ended first, and no second signal comes between."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def children():
    for path in glob.glob("/proc/self/task/*/children"):
        with contextlib.suppress(OSError), open(path, encoding="ascii") as file:
            yield from map(int, file.read().split())


def end_children():
    """Whatever is still there: who is interrupted while he starts a server does not have its number yet. Theirs become ours."""
    while found := list(children()):
        for pid in found:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def run(arguments, campaign):
    """campaign(arguments, directory) ends what it has started, and returns whether it was clean. The directory stays where it was
    named or is to be kept, and where somebody will want to look at what was not clean."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for number in ENDING:
        signal.signal(number, interrupt)
    directory, code, keep = arguments.dir, 1, arguments.dir or arguments.keep
    try:
        directory = directory or tempfile.mkdtemp(prefix="purser-campaign.")
        os.makedirs(directory, exist_ok=True)
        code = 0 if campaign(arguments, directory) else 1
        keep = keep or code
    except KeyboardInterrupt:
        print("not ok - interrupted")
    except WrongArguments as error:
        print(error, file=sys.stderr)
        code = 2
    except Exception:  # pylint: disable=broad-except
        traceback.print_exc()
        print("not ok - the campaign ended by an error of its own")
        keep = True
    end_children()
    if not keep:
        shutil.rmtree(directory, ignore_errors=True)
    elif code or not arguments.dir:
        print(f"# data, logs and what else there is: {directory}")
    # threads that are still about must not keep it
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
