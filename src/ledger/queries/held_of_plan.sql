-- Everybody a plan leaves out, in planned order.
SELECT key, contact_id, reason, column_name, value FROM held WHERE plan = (SELECT plan FROM plan WHERE id = ?1)
ORDER BY position
