-- While sending, the two events of every message are found by its invitation, whose numbers grow in the order in which they are
-- sent: an index by mailbox would have its pages written all over for each of them. Every other event is found by its mailbox.
DROP INDEX event_of_contact;
CREATE INDEX event_of_contact ON event (contact) WHERE contact IS NOT NULL AND what <> 'intent' AND what <> 'accepted';
CREATE INDEX event_of_invitation ON event (invitation) WHERE what = 'intent' OR what = 'accepted';
