CREATE OR REPLACE ALGORITHM = TEMPTABLE DEFINER = `purser_definer`@`localhost` SQL SECURITY INVOKER
VIEW purser.rate_limits AS
SELECT k.identifier, k.endpoint, k.kind, k.calls, k.used, k.max_requests, k.window_seconds
  FROM JSON_TABLE(purser.rate_limit_keys_view_json(), '$[*]' COLUMNS (
         identifier     VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.identifier',
         endpoint       VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.endpoint',
         kind           VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.kind',
         calls          BIGINT UNSIGNED PATH '$.calls',
         used           BIGINT UNSIGNED PATH '$.used',
         max_requests   BIGINT UNSIGNED PATH '$.max_requests',
         window_seconds BIGINT UNSIGNED PATH '$.window_seconds')) AS k;
