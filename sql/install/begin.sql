-- The session: as the routines are to be stored (their character set and sql_mode are kept with them), and so that each name
-- of a table can be said.
SET @purser_old_client = @@SESSION.character_set_client,
    @purser_old_results = @@SESSION.character_set_results,
    @purser_old_collation = @@SESSION.collation_connection,
    @purser_old_sql_mode = @@SESSION.sql_mode,
    @purser_old_autocommit = @@SESSION.autocommit,
    @purser_old_read_only = @@SESSION.tx_read_only,
    @purser_old_if_exists = @@SESSION.sql_if_exists,
    @purser_old_keys = @@SESSION.foreign_key_checks,
    @purser_old_seconds = @@SESSION.max_statement_time,
    @purser_old_big_selects = @@SESSION.sql_big_selects;
SET NAMES utf8mb4 COLLATE utf8mb4_general_ci;
SET SESSION autocommit = 1;
-- With it the server takes the IF NOT EXISTS of a table for none.
SET SESSION sql_if_exists = 0;
SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION';
-- A server may cut off what takes long, or looks as if it would: a large table takes its time, each time.
SET SESSION max_statement_time = 0, sql_big_selects = 1;
-- The tables are made in the order of their names: a foreign key may name one that comes later.
SET SESSION foreign_key_checks = 0;
