CREATE DATABASE IF NOT EXISTS purser CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  COMMENT 'Purser: reconciliation of payments';
ALTER DATABASE purser CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
