"""Whether anything is ever lost: many write at once, processes are killed, and the record is compared with a log.

Run `python -m benchmarks.chaos`. Every writer notes each answer in a file outside the database; `check` compares that
log with the rows and with the revisions.
"""
