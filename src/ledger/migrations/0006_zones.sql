-- By whose clock the schedule's hours are read for each row: the name of a time zone, empty where only the organisation's is
-- known, NULL where the plan was made without such hours. The index lets a claim pass over zones whose hours are over,
-- however many rows they hold; rows without a zone are not in it.
ALTER TABLE invitation ADD COLUMN zone TEXT;
CREATE INDEX planned_by_zone ON invitation (plan, zone, invitation)
    WHERE state = 'planned' AND next_at IS NULL AND zone IS NOT NULL;
