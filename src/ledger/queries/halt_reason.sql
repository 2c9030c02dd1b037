-- Why a campaign is halted in one way.
SELECT h.reason FROM halt h JOIN campaign c ON c.campaign = h.campaign WHERE c.name = ?1 AND h.kind = ?2
