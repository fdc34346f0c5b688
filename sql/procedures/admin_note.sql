-- No session chooses the order of the rows by SET insert_id: see audit_insert_sql. Where a binary log of statements is
-- applied, by a replica or by mariadb-binlog, it is the id that the primary gave; then gtid_seq_no is set, which takes the
-- privilege BINLOG REPLAY.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.admin_note(
  IN p_action VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_object VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_object_id VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_client BIGINT UNSIGNED,
  IN p_old LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_new LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Writes admin_log: who, from what, to what, and why (the session''s @purser_why). Used by triggers'
BEGIN
  IF @@insert_id > 0 AND @@gtid_seq_no = 0 THEN
    SET insert_id = 0;
  END IF;
  INSERT INTO purser.admin_log (actor, action, object, object_id, client_id, old_values, new_values, reason)
  VALUES (USER(), p_action, p_object, LEFT(p_object_id, 128), p_client, p_old, p_new,
          LEFT(REGEXP_REPLACE(COALESCE(purser.admin_why(), ''), '[[:cntrl:]]', ' '), 500));
END//
DELIMITER ;
