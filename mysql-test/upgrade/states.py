"""The states that the schema was in, and what an upgrade has to leave of them."""
import glob
import json
import lzma
import os

import schema
from server import read

HERE = os.path.dirname(os.path.realpath(__file__))
STATES = sorted(os.path.basename(path)[:-len(".sql.xz")] for path in glob.glob(os.path.join(HERE, "states", "*.sql.xz")))
# Its row says that there was an upgrade.
OF_THE_INSTALLER = {"schema_version"}
# Columns whose defaults a later state has changed: for each row, unless somebody else had.
DEFAULTS = {"health_checks": {"parameter", "interval_seconds", "fail_count", "description"}}


def install_of(state):
    with lzma.open(os.path.join(HERE, "states", state + ".sql.xz")) as file:
        return file.read()


def data_of(state):
    """The shop, and the data of each state up to this one."""
    parts = [read("sql/demo/schema.sql")]
    for name in STATES[:STATES.index(state) + 1]:
        parts.append(read(f"mysql-test/upgrade/data/{name}.sql"))
    return b"\n".join(parts)


def same(what, wanted, found):
    """Two sets of lines; the first few that only one of them has are told."""
    if wanted != found:
        lacks, more = sorted(wanted - found), sorted(found - wanted)
        raise AssertionError("\n".join([f"{what}: {len(lacks)} are missing, {len(more)} should not be there"]
                                       + ["- " + line[:1500] for line in lacks[:8]] + ["+ " + line[:1500] for line in more[:8]]))


def facts(server):
    """What a new installation has: the objects, and the rows of its tables."""
    found = schema.normal_form(server)
    for table, rows in schema.all_rows(server).items():
        found.update(f"row of {table}: {row}" for row in rows)
    return found


def without(row, names):
    return json.dumps({name: value for name, value in json.loads(row).items() if name not in names}, sort_keys=True)


def kept(before, columns, server, moments=True):
    """Each row that was there is there, by the columns that it had; and the version is today's."""
    now = schema.tables(server)
    for table, rows in before.items():
        if table in OF_THE_INSTALLER:
            continue
        assert table in now, f"the table {table} is gone"
        found = schema.rows(server, table, columns[table], moments)
        if table in DEFAULTS:
            rows, found = ([without(row, DEFAULTS[table]) for row in list_of] for list_of in (rows, found))
        missing = [row for row in rows if row not in found]
        assert not missing, f"{table} has lost or changed {len(missing)} rows, of them {missing[0]}"
    value = server.sql("SELECT CONCAT(version, ' ', release_name) FROM purser.schema_version")
    wanted = read("sql/SCHEMA_VERSION").decode().strip() + " " + read("VERSION").decode().strip()
    assert value == wanted, f"schema_version says {value}, not {wanted}"
