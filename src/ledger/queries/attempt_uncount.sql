-- Takes back what an undecided attempt added to its row.
UPDATE invitation SET attempts = attempts - 1,
    first_attempt_at = (SELECT min(a.at) FROM attempt a JOIN outcome o ON o.attempt = a.attempt
                        WHERE a.invitation = invitation.invitation AND o.state <> 'planned'),
    last_attempt_at = (SELECT max(a.at) FROM attempt a JOIN outcome o ON o.attempt = a.attempt
                       WHERE a.invitation = invitation.invitation AND o.state <> 'planned')
WHERE invitation = ?1
