-- Last of all: from here on the plugin finds the schema complete. (An assignment of ON DUPLICATE KEY
-- sees the ones left of it: upgraded_at comes first.)
INSERT INTO purser.schema_version (id, version, release_name, installed_at, upgraded_at)
VALUES (1, @SCHEMA_VERSION@, '@RELEASE@', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))
ON DUPLICATE KEY UPDATE
  upgraded_at = IF(version <> VALUES(version), VALUES(upgraded_at), upgraded_at),
  version = VALUES(version),
  release_name = VALUES(release_name);
COMMIT AND NO CHAIN NO RELEASE;
