DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.list_packages()
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'The packages in the order of upgrade, with how many clients have each'
SELECT p.name, p.position, p.description, p.price, p.currency, p.volume_limit, p.transaction_limit, p.thresholds,
       p.hard_stop, p.offered,
       (SELECT COUNT(*) FROM purser.clients AS c WHERE c.package = p.name) AS clients
  FROM purser.packages AS p
 ORDER BY p.position//
DELIMITER ;
