-- Every replaced mailbox with the one that stands for it.
SELECT o.key, c.key FROM link l JOIN contact_secret o ON o.contact = l.contact JOIN contact_secret c ON c.contact = l.current
