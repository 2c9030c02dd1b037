-- Why a campaign may make no intent; a cancellation comes before a pause.
SELECT kind, reason FROM halt WHERE campaign = ?1 ORDER BY kind = 'cancelled' DESC LIMIT 1
