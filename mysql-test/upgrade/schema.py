"""A schema in normal form: lines that say what it is. Two schemas that do the same have the same ones."""
import json

# Of each kind of object what it is, without what tells when and in which order it was made: (from where, what).
OBJECTS = {
    "schema": ("information_schema.SCHEMATA WHERE SCHEMA_NAME = 'purser'",
               "DEFAULT_CHARACTER_SET_NAME DEFAULT_COLLATION_NAME SCHEMA_COMMENT"),
    "table": ("information_schema.TABLES WHERE TABLE_SCHEMA = 'purser'",
              "TABLE_NAME TABLE_TYPE ENGINE ROW_FORMAT TABLE_COLLATION CREATE_OPTIONS TABLE_COMMENT"),
    "column": ("information_schema.COLUMNS WHERE TABLE_SCHEMA = 'purser'",
               "TABLE_NAME ORDINAL_POSITION COLUMN_NAME COLUMN_DEFAULT IS_NULLABLE COLUMN_TYPE CHARACTER_SET_NAME COLLATION_NAME"
               " COLUMN_KEY EXTRA COLUMN_COMMENT GENERATION_EXPRESSION"),
    "index": ("information_schema.STATISTICS WHERE TABLE_SCHEMA = 'purser'",
              "TABLE_NAME INDEX_NAME SEQ_IN_INDEX COLUMN_NAME NON_UNIQUE COLLATION SUB_PART INDEX_TYPE INDEX_COMMENT IGNORED"),
    "constraint": ("information_schema.TABLE_CONSTRAINTS WHERE TABLE_SCHEMA = 'purser'",
                   "TABLE_NAME CONSTRAINT_NAME CONSTRAINT_TYPE"),
    "key": ("information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = 'purser'",
            "TABLE_NAME CONSTRAINT_NAME ORDINAL_POSITION COLUMN_NAME REFERENCED_TABLE_SCHEMA REFERENCED_TABLE_NAME"
            " REFERENCED_COLUMN_NAME"),
    "foreign key": ("information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = 'purser'",
                    "TABLE_NAME CONSTRAINT_NAME UNIQUE_CONSTRAINT_NAME MATCH_OPTION UPDATE_RULE DELETE_RULE"),
    "check": ("information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = 'purser'",
              "TABLE_NAME CONSTRAINT_NAME LEVEL CHECK_CLAUSE"),
    "partition": ("information_schema.PARTITIONS WHERE TABLE_SCHEMA = 'purser' AND PARTITION_NAME IS NOT NULL",
                  "TABLE_NAME PARTITION_NAME PARTITION_METHOD PARTITION_EXPRESSION PARTITION_DESCRIPTION"),
    "routine": ("information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'purser'",
                "ROUTINE_TYPE ROUTINE_NAME DTD_IDENTIFIER ROUTINE_DEFINITION IS_DETERMINISTIC SQL_DATA_ACCESS SECURITY_TYPE"
                " SQL_MODE ROUTINE_COMMENT DEFINER CHARACTER_SET_CLIENT COLLATION_CONNECTION DATABASE_COLLATION"),
    "parameter": ("information_schema.PARAMETERS WHERE SPECIFIC_SCHEMA = 'purser'",
                  "SPECIFIC_NAME ORDINAL_POSITION PARAMETER_MODE PARAMETER_NAME DTD_IDENTIFIER CHARACTER_SET_NAME COLLATION_NAME"),
    "trigger": ("information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = 'purser'",
                "TRIGGER_NAME EVENT_MANIPULATION EVENT_OBJECT_TABLE ACTION_TIMING ACTION_ORDER ACTION_STATEMENT SQL_MODE DEFINER"
                " CHARACTER_SET_CLIENT COLLATION_CONNECTION DATABASE_COLLATION"),
    "view": ("information_schema.VIEWS WHERE TABLE_SCHEMA = 'purser'",
             "TABLE_NAME VIEW_DEFINITION CHECK_OPTION IS_UPDATABLE DEFINER SECURITY_TYPE CHARACTER_SET_CLIENT"
             " COLLATION_CONNECTION ALGORITHM"),
    "event": ("information_schema.EVENTS WHERE EVENT_SCHEMA = 'purser'", "EVENT_NAME EVENT_DEFINITION"),
    "function of the library": ("mysql.func", "name ret dl type"),
    # not the password, nor when it was given
    "account": ("(SELECT User, Host, JSON_REMOVE(Priv, '$.authentication_string', '$.password_last_changed') AS Priv"
                " FROM mysql.global_priv) AS accounts WHERE User LIKE 'purser%'", "User Host Priv"),
    "member": ("mysql.roles_mapping WHERE Role LIKE 'purser%' OR User LIKE 'purser%'", "Host User Role Admin_option"),
    "right to a table": ("mysql.tables_priv WHERE User LIKE 'purser%' OR Db = 'purser'",
                         "Host Db User Table_name Table_priv Column_priv"),
    "right to a column": ("mysql.columns_priv WHERE User LIKE 'purser%' OR Db = 'purser'",
                          "Host Db User Table_name Column_name Column_priv"),
    "right to a routine": ("mysql.procs_priv WHERE User LIKE 'purser%' OR Db = 'purser'",
                           "Host Db User Routine_name Routine_type Proc_priv"),
    "right to a schema": ("information_schema.SCHEMA_PRIVILEGES WHERE GRANTEE LIKE '''purser%' OR TABLE_SCHEMA = 'purser'",
                          "GRANTEE TABLE_SCHEMA PRIVILEGE_TYPE IS_GRANTABLE"),
}


def normal_form(server):
    """Its lines, as a set."""
    found = set()
    for kind, (source, columns) in OBJECTS.items():
        row = ", ".join(f"'{name}', CONVERT(`{name}` USING utf8mb4)" for name in columns.split())
        answer = server.sql(f"SELECT JSON_OBJECT({row}) FROM {source}")
        # ROW_FORMAT is what a table has. That it was asked for matters to its making alone, and to ask an older table for it
        # would copy it.
        found.update(f"{kind}: {line}".replace("row_format=DYNAMIC", "") for line in answer.split("\n") if line)
    return found


def tables(server):
    """Each table of the schema, with its columns and their types."""
    found = {}
    for line in server.lines("""SELECT c.TABLE_NAME, c.COLUMN_NAME, c.DATA_TYPE FROM information_schema.COLUMNS c
                                  JOIN information_schema.TABLES t USING (TABLE_SCHEMA, TABLE_NAME)
                                 WHERE c.TABLE_SCHEMA = 'purser' AND t.TABLE_TYPE = 'BASE TABLE'
                                 ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION"""):
        table, column, kind = line.split("\t")
        found.setdefault(table, []).append((column, kind))
    return found


def rows(server, table, columns, moments):
    """The rows of a table, of each the columns that are named; moments only where they are wanted."""
    wanted = [name for name, kind in columns if moments or kind not in ("datetime", "timestamp")]
    row = ", ".join(f"'{name}', IF(`{name}` IS NULL, NULL, HEX(`{name}`))" for name in wanted)
    answer = server.sql(f"SELECT JSON_OBJECT({row}) FROM purser.`{table}`")
    return sorted(json.dumps(json.loads(line), sort_keys=True) for line in answer.split("\n") if line)


def all_rows(server, moments=False):
    return {table: rows(server, table, columns, moments) for table, columns in tables(server).items()}
