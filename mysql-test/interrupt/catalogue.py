"""What can be called: each routine of the schema purser, with plain arguments; and what a statement is made of, to be loaded before it.

MariaDB reads a routine at its first call on a connection, which takes longer than to optimise its statements. That is to be over
when the clock of an interruption starts.
"""
import dataclasses
import re

ROUTINES = "SELECT ROUTINE_NAME, ROUTINE_TYPE, COALESCE(ROUTINE_DEFINITION, '') FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'purser'"
PARAMETERS = """SELECT SPECIFIC_NAME, PARAMETER_MODE, PARAMETER_NAME, DATA_TYPE FROM information_schema.PARAMETERS
  WHERE SPECIFIC_SCHEMA = 'purser' AND ORDINAL_POSITION > 0 ORDER BY SPECIFIC_NAME, ORDINAL_POSITION"""
TRIGGERS = "SELECT CONCAT(EVENT_OBJECT_SCHEMA, '.', EVENT_OBJECT_TABLE), ACTION_STATEMENT FROM information_schema.TRIGGERS"
VIEWS = "SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME), VIEW_DEFINITION FROM information_schema.VIEWS WHERE TABLE_SCHEMA = 'purser'"

NUMBERS = ("int", "bigint", "smallint", "tinyint", "mediumint", "decimal", "double", "float")
BY_NAME = (("gateway", "square"), ("currency", "GBP"), ("month", "2026-11"), ("schema", "purser_shop"), ("channel", "clients"),
           ("json", "{}"), ("package", "small"))
BY_TYPE = {"date": "'2026-11-20'", "time": "'01:00:00'", "longtext": "'[]'"}


@dataclasses.dataclass(frozen=True)
class Call:
    """name: of the routine, and behind a colon the circumstances. before: what it needs, each time. prepared: the statement is
    prepared, and that is run."""
    name: str
    statement: str
    before: tuple = ()
    prepared: bool = False


def plain_argument(name, kind):
    """A value that most routines take, or refuse after a look."""
    if kind in ("datetime", "timestamp"):
        return "UTC_TIMESTAMP() - INTERVAL 1 DAY" if re.search("from|start|least|after", name) else "UTC_TIMESTAMP()"
    if kind in NUMBERS:
        return "100" if "limit" in name or "rows" in name else "1"
    if kind in ("date", "time"):
        return BY_TYPE[kind]
    for part, value in BY_NAME:
        if part in name:
            return f"'{value}'"
    return BY_TYPE.get(kind, "'x'")


def plain_call(name, kind, parameters):
    """parameters: [(mode, name, type)], the mode of a function's is IN. SELECT, for DO keeps its errors for itself."""
    arguments, before = [], []
    for mode, parameter, type_ in parameters:
        if mode in ("OUT", "INOUT"):
            arguments.append(f"@{parameter}")
            before.append(f"SET @{parameter} = {'NULL' if mode == 'OUT' else BY_TYPE['longtext']}")
        else:
            arguments.append(plain_argument(parameter.lower(), type_))
    return Call(name, f"{'CALL' if kind == 'PROCEDURE' else 'SELECT'} purser.{name}({', '.join(arguments)})", tuple(before))


class Catalogue:
    """Of a server as it is now. parts: what stands behind a name, as text."""

    def __init__(self, server):
        parameters = {}
        for name, *parameter in server.rows(PARAMETERS):
            parameters.setdefault(name, []).append(parameter)
        self.kinds, self.parts = {}, {}
        for name, kind, body in server.rows(ROUTINES):
            self.kinds[f"purser.{name}"] = kind
            self.parts[f"purser.{name}"] = body
        self.calls = [plain_call(name[len("purser."):], kind, parameters.get(name[len("purser."):], ()))
                      for name, kind in sorted(self.kinds.items())]
        for name, text in server.rows(TRIGGERS) + server.rows(VIEWS):
            self.parts[name] = f"{self.parts.get(name, '')} {text}"

    def loading(self, statement):
        """The statements that load all routines which `statement` may come to, by views and triggers as well."""
        seen, texts = set(), [statement]
        while texts:
            for schema, name in re.findall(r"`?\b(\w+)`?\.`?(\w+)", texts.pop()):
                part = f"{schema}.{name}"
                if part in self.parts and part not in seen:
                    seen.add(part)
                    texts.append(self.parts[part])
        return [f"SHOW CREATE {self.kinds[part]} {part}" for part in sorted(seen) if part in self.kinds]
