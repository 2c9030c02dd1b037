-- Claims one row for this opened ledger.
UPDATE invitation SET claimed_from = state, claimed_by = ?2, state = 'sending'
WHERE invitation = ?1 AND state IN ('planned', 'deferred')
