-- A constraint of the shop's, a rule that somebody has changed, and an audited table with rows in the log.
DELETE FROM purser.constraint_rules WHERE name = 'users_uid_unique';
UPDATE purser.constraint_rules SET description = 'no debts' WHERE name = 'gadgets_price_not_negative';
CALL purser.audit_enable('itsxtrapush_db', 'orders', '{"ignore": ["updated_at"], "mask": ["notes"]}');
CALL purser.apply_constraints('itsxtrapush_db');
SET @purser_actor = 'till 3';
UPDATE itsxtrapush_db.orders SET status = 'processing', notes = 'ring twice' WHERE id = 1;
