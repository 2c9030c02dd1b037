-- The number of a file that contacts came by.
SELECT file FROM source_file WHERE path = ?1
