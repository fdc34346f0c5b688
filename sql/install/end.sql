SET SESSION foreign_key_checks = @purser_old_keys;
SET SESSION max_statement_time = @purser_old_seconds, sql_big_selects = @purser_old_big_selects;
SET SESSION autocommit = @purser_old_autocommit;
SET SESSION tx_read_only = @purser_old_read_only;
SET SESSION sql_if_exists = @purser_old_if_exists;
SET SESSION sql_mode = @purser_old_sql_mode;
SET character_set_client = @purser_old_client,
    character_set_results = @purser_old_results,
    collation_connection = @purser_old_collation;
