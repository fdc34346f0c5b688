"""One try: a call that is cut off on a connection of its own, and made again there."""
import threading
import time

import pymysql

LOST = {0, 2002, 2003, 2006, 2013}  # of the client's errors: nobody is there any more
CUT_OFF = {1317, 1969}              # KILL QUERY, max_statement_time
SPOILT = {1146, 1305}               # the docs say so: a table or a function "doesn't exist", for that connection
MAY_COME = CUT_OFF | SPOILT | {1205, 1213}  # and what others can do to any call


class Lost(Exception):
    """The connection went away in `where`."""


class CannotBeTried(Exception):
    """What a call needs before it failed."""


def ask(connection, statement, where=None):
    """Reads all its results. Returns its error (number, message), None if it has none."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            while cursor.nextset():
                pass
    except (pymysql.err.Error, OSError) as error:
        number, message = (*error.args, "", "")[:2]
        if not isinstance(number, int) or number in LOST:
            raise Lost(where or statement) from error
        return number, message
    return None


class Cutter:
    """Makes calls, and cuts them off. Its second connection kills."""

    def __init__(self, server, catalogue, patience):
        self.server, self.catalogue, self.patience = server, catalogue, patience
        self.killer = None

    def connect(self):
        try:
            return self.server.connect(timeout=self.patience, autocommit=True)
        except (pymysql.err.Error, OSError) as error:
            raise Lost("a new connection") from error

    def close(self):
        """After the server has gone: it will be another one."""
        if self.killer:
            self.killer.close()
        self.killer = None

    def begin(self, call):
        """A new connection on which all is loaded. Returns it, and the statement that is the call there."""
        connection = self.connect()
        for statement in self.catalogue.loading(call.statement):
            ask(connection, statement)
        for statement in call.before:
            error = ask(connection, statement)
            if error and error[0] not in MAY_COME:
                raise CannotBeTried(f"{call.name} needs what fails: {statement}: {error[0]} {error[1]}")
        if call.prepared:
            ask(connection, f"PREPARE s FROM {connection.escape(call.statement)}")
            return connection, "EXECUTE s"
        return connection, call.statement

    def again(self, connection, statement, times=2):
        """The errors of as many calls, each after what a caller does who was interrupted."""
        errors = []
        for number in range(times):
            ask(connection, "DO 1", "the wait for a late KILL")
            ask(connection, "ROLLBACK")
            errors.append(ask(connection, statement, f"call {number + 2} on that connection"))
        return errors

    def whole(self, call):
        """The call, and again, without an interruption. Returns how long the first took, and all errors."""
        connection, statement = self.begin(call)
        with connection:
            before = time.monotonic()
            error = ask(connection, statement, "the call, which nobody has interrupted")
            took = time.monotonic() - before
            return took, [error] + self.again(connection, statement)

    def cut(self, call, seconds, by_kill):
        """Cut off after so long. Returns its error, and those of the calls after it."""
        connection, statement = self.begin(call)
        with connection:
            if by_kill:
                error = self.killed(connection, statement, seconds)
            else:
                error = ask(connection, f"SET STATEMENT max_statement_time = {seconds:.6f} FOR {statement}", "the interrupted call itself")
            return error, self.again(connection, statement)

    def killed(self, connection, statement, seconds):
        if not self.killer:
            self.killer = self.connect()
        timer = threading.Timer(seconds, self.kill, [connection.thread_id()])
        timer.start()
        try:
            return ask(connection, statement, "the interrupted call itself")
        finally:
            timer.join()

    def kill(self, number):
        try:
            ask(self.killer, f"KILL QUERY {number}")
        except Lost:
            pass  # whose call it is will say so
