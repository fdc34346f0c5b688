"""Data stay data: what customers and gateways have written drives neither a terminal, nor a spreadsheet, nor a parser."""
import json
import re

from command import parse_csv

NASTY = ["\033]0;title\007\033[2J\033[31m", "=HYPERLINK(\"http://x\",\"y\")", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "a\r\nb,c\"d\"", "\u202etxt.exe",
         "\u009b31m", "日本語 Ωé 👍🏽", "a\0b", "", " x ", "-12.5", "line\nbreak", "\\", "'", "\ufeffx", "\x7f\x08\x08\x08"]


def hexed(text):
    return f"CONVERT(X'{text.encode().hex()}' USING utf8mb4)"


def answer_with(server, *columns):
    server.sql("DELIMITER //\nCREATE OR REPLACE PROCEDURE purser.list_packages() SELECT " + ", ".join(columns) + "//\n")


def prepare_hostile(server):
    rows = " UNION ALL ".join(f"SELECT {number} AS number, {hexed(text)} AS text" for number, text in enumerate(NASTY))
    server.sql(f"DELIMITER //\nCREATE OR REPLACE PROCEDURE purser.list_packages() SELECT * FROM ({rows}) AS r ORDER BY number//\n")


def in_json_it_is_the_same(server):
    prepare_hostile(server)
    result = server.good("package", "list", "--output=json")
    assert [row["text"] for row in json.loads(result.out)] == NASTY
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ufeff]", result.out.decode()), result


def in_csv_no_formula_is_left(server):
    prepare_hostile(server)
    result = server.good("package", "list", "--output=csv")
    texts = [row["text"] for row in parse_csv(result.out)]
    for text, written in zip(NASTY, texts):
        formula = text[:1] in tuple("=+-@\t\r") and text != "-12.5" and text != ""
        assert written == ("'" + text if formula else text), (text, written)
    raw = parse_csv(server.good("package", "list", "--output=csv", "--csv-raw").out)
    assert [row["text"] for row in raw] == NASTY


def a_table_has_a_line_for_each_row_and_no_control_character(server):
    prepare_hostile(server)
    result = server.good("package", "list")
    text = result.out.decode()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text), result
    assert len(text.splitlines()) == len(NASTY) + 2, result
    assert "\\x1b]0;title\\x07" in text and "\\u{202e}txt.exe" in text and "a\\r\\nb" in text, text


def columns_stay_in_line_also_with_wide_characters(server):
    answer_with(server, "'日本語' AS first, 'é' AS second, 'end' AS third UNION ALL SELECT 'abcdef', 'xyz', 'end'")
    lines = server.good("package", "list").out.decode().splitlines()
    assert lines[2] == "日本語  é       end" and lines[3] == "abcdef  xyz     end", lines


def csv_on_a_terminal_does_not_drive_it(server):
    prepare_hostile(server)
    code, text = server.terminal("package", "list", "--output=csv").end()
    assert code == 0 and b"\033" not in text and b"\\x1b" in text, text


def a_megabyte_is_whole_in_every_output(server):
    answer_with(server, "REPEAT('x', 1048577) AS big", "2 AS after")
    assert len(server.json("package", "list")[0]["big"]) == 1048577
    assert len(server.csv("package", "list")[0]["big"]) == 1048577
    assert server.good("package", "list").out.count(b"x") == 1048577


def null_and_empty_are_told_apart(server):
    answer_with(server, "NULL AS nothing", "'' AS empty", "0 AS zero", "CAST(NULL AS DATETIME) AS moment")
    assert server.json("package", "list") == [{"nothing": None, "empty": "", "zero": 0, "moment": None}]
    assert server.good("package", "list", "--output=csv").out == b'nothing,empty,zero,moment\r\n,"",0,\r\n'
    assert b"NULL" in server.good("package", "list").out


def types_are_what_they_are(server):
    answer_with(server, "CAST(-0.00001000 AS DECIMAL(30,8)) AS small", "18446744073709551615 AS great", "1e300 AS double_", "DATE'2025-02-28' AS day",
                "TIMESTAMP'2025-02-28 23:59:59' AS moment", "TIME'-12:30:00' AS time_", "X'00ff1b' AS bytes", "TRUE AS yes")
    result = server.good("package", "list", "--output=json")
    assert result.out == (b'[\n{"small":-0.00001000,"great":18446744073709551615,"double_":1e300,"day":"2025-02-28",'
                          b'"moment":"2025-02-28T23:59:59Z","time_":"-12:30:00","bytes":"00ff1b","yes":1}\n]\n'), result
    row = server.csv("package", "list")[0]
    assert row["moment"] == "2025-02-28T23:59:59Z" and row["small"] == "-0.00001000" and row["bytes"] == "00ff1b", row


def what_only_looks_like_json_is_text(server):
    for text, kept in (('{"a":1.10}', {"a": "1.10"}), ("{'a':1}", "{'a':1}"), ("[1,]", "[1,]"), ("\u009b[1]", "\u009b[1]"),
                       ('["\u009b"]', ["\u009b"]), ("[" * 600, "[" * 600), ("01", "01"), ("nul", "nul")):
        server.sql("DELIMITER //\nCREATE OR REPLACE PROCEDURE purser.check_constraints(s TEXT) "
                   f"SELECT {hexed(text)} AS first_keys, 0 AS violations//\n")
        result = server.good("constraints", "check", "--output=json")
        assert json.loads(result.out, parse_float=str) == [{"first_keys": kept, "violations": 0}], (text, result)
        assert "\u009b" not in result.out.decode(), result


def names_of_columns_drive_nothing_either(server):
    answer_with(server, "1 AS `a\033[31m\u202e,\"=x`", "X'3d' AS bytes")
    rows = server.json("package", "list")
    assert rows == [{"a\033[31m\u202e,\"=x": 1, "bytes": "3d"}], rows
    assert server.csv("package", "list") == [{"a\033[31m\u202e,\"=x": "1", "bytes": "3d"}]
    for command in (("package", "list"), ("client", "show", "1")):
        server.sql("DELIMITER //\nCREATE OR REPLACE PROCEDURE purser.show_client(c BIGINT) SELECT 1 AS `a\033[31m`//\n")
        assert b"\033" not in server.good(*command).out, command


def values_on_the_command_line_are_quoted(server):
    for text in ("'; DROP TABLE x; --", "\\", "\\'", "\"", "`", "{id}", "[?x y]", "日本", "a\nb", "%_"):
        dry = server.json("discrepancies", "resolve", "1", "--dry-run", "--note=" + text)[0]["statement"]
        value = server.sql("SELECT HEX(CONVERT(" + dry[len("CALL purser.resolve_discrepancy(1, 'resolved', "):-1] + " USING utf8mb4))")
        assert bytes.fromhex(value).decode() == text, (text, dry)
    for arguments in (("show", "1 OR 1"), ("show", "-1"), ("show", "1e3"), ("show", "18446744073709551616"), ("list", "--date=2025-02-29"),
                      ("list", "--date=2025-7-5"), ("list", "--type=x"), ("list", "--limit=1;"), ("resolve", "1", b"--note=\xff\xfe")):
        assert server.run("discrepancies", *arguments).code == 2, arguments


def an_error_of_the_server_drives_no_terminal(server):
    server.sql("DELIMITER //\nCREATE OR REPLACE PROCEDURE purser.list_packages() BEGIN DECLARE m TEXT DEFAULT "
               f"CONCAT({hexed(NASTY[0])}, 'x'); SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = m; END//\n")
    result = server.run("package", "list")
    assert result.code == 4 and b"\033" not in result.err and b"title" in result.err, result
    result = server.run("package", "list", "--output=json")
    error = json.loads(result.err)["error"]
    assert error["message"].endswith("x") and (error["number"], error["sqlstate"], error["code"]) == (1644, "45000", "refused"), result
    assert result.out == b"", result


TESTS = [in_json_it_is_the_same, in_csv_no_formula_is_left, a_table_has_a_line_for_each_row_and_no_control_character,
         columns_stay_in_line_also_with_wide_characters, csv_on_a_terminal_does_not_drive_it, a_megabyte_is_whole_in_every_output,
         null_and_empty_are_told_apart, types_are_what_they_are, what_only_looks_like_json_is_text, names_of_columns_drive_nothing_either, values_on_the_command_line_are_quoted,
         an_error_of_the_server_drives_no_terminal]
