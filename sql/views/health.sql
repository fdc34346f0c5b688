-- From the daemon, not from health_results: it is of this server, of now, and there on a replica, too.
CREATE OR REPLACE ALGORITHM = TEMPTABLE DEFINER = `purser_definer`@`localhost` SQL SECURITY INVOKER
VIEW purser.health AS
SELECT j.name, j.service, j.level, j.raw, j.since, j.checked_at, j.value, j.unit, j.warning, j.critical, j.message,
       CAST(j.duration_us * 0.001 AS DECIMAL(12,3)) AS duration_ms, j.parts
  FROM JSON_TABLE(purser.health_view_json(), '$[*]' COLUMNS (
         name        VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
         service     VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.service',
         level       VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.level',
         raw         VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.raw',
         since       DATETIME(6) PATH '$.since',
         checked_at  DATETIME(6) PATH '$.checked_at',
         value       DOUBLE PATH '$.value',
         unit        VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.unit',
         warning     DOUBLE PATH '$.warning',
         critical    DOUBLE PATH '$.critical',
         message     VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.message',
         duration_us BIGINT PATH '$.duration_us',
         parts       LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.parts')) AS j;
