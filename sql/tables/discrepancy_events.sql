CREATE TABLE IF NOT EXISTS purser.discrepancy_events (
  id             BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Order of the events',
  discrepancy_id BIGINT UNSIGNED NOT NULL COMMENT 'discrepancies.id',
  at             DATETIME(6)  NOT NULL COMMENT 'UTC',
  actor          VARCHAR(384) NOT NULL COMMENT 'Account that did it, or purser for a run',
  from_state     VARCHAR(16)  NOT NULL DEFAULT '' COMMENT 'State before; empty at the detection',
  to_state       VARCHAR(16)  NOT NULL COMMENT 'State after',
  note           VARCHAR(1024) NOT NULL DEFAULT '' COMMENT 'Why',
  PRIMARY KEY (id),
  KEY by_discrepancy (discrepancy_id, id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Every change of a discrepancy: who, when and why';
