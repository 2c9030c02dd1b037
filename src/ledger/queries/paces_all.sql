-- Every slowed stream, the slowest first.
SELECT kind, name, rest, longest_rest, since, at FROM pace ORDER BY rest DESC, kind, name
