-- The mail server has taken the message: in the transaction that writes that down.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.outbox_usage_sent
  AFTER UPDATE ON purser.outbox FOR EACH ROW
IF NEW.kind = 'usage_alert' AND NEW.state = 'sent' AND OLD.state <> 'sent' THEN
  UPDATE purser.usage_alerts SET email_sent = TRUE, sent_at = NEW.finished_at WHERE outbox_id = NEW.id;
END IF//
DELIMITER ;
