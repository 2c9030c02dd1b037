-- Every row somebody answered about, with the key of the mailbox they named, if any.
SELECT row, mailbox FROM row_answer
