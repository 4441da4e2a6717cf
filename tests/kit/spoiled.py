"""What can be wrong with a site that moves, as statements: what a careless mover spoils, and rows that cannot move.

Each stands apart from the others, so that all may be in one move; what "lost and doubled" hides in the number of rows,
"doubled row" would show.
"""

from plugin.core.move import Fault

What = tuple[Fault, str, str]  # what is told: the fault, its table, and which part of it
ROWS = 40  # of each table

# What is done to the new database behind the mover's back, and what is found there.
SPOILED: dict[str, tuple[tuple[str, ...], set[What]]] = {
    "clamped integer": (
        ("UPDATE calls SET started_at = 2147483647 WHERE started_at > 2147483647",),
        {(Fault.CONTENT, "calls", "started_at")},
    ),
    "shifted time": (
        ("UPDATE outbox SET due_at = due_at + 32400000000 WHERE id = 'outbox8'",),
        {(Fault.CONTENT, "outbox", "due_at")},
    ),
    "cut text": (
        ("UPDATE summaries SET request = LEFT(request, 65535) WHERE call_id = 'calls0'",),
        {(Fault.CONTENT, "summaries", "request")},
    ),
    "lost row": (
        ("SET foreign_key_checks = 0", "DELETE FROM customers WHERE external_id = 'ハ'"),
        {(Fault.COUNT, "customers", f"{ROWS} rows")},
    ),
    "doubled row": (
        ("INSERT INTO tries SELECT CONCAT(subject, '2x'), window_started_at, used FROM tries LIMIT 1",),
        {(Fault.COUNT, "tries", f"{ROWS} rows")},
    ),
    "lost and doubled": (
        (
            "DELETE FROM tries WHERE subject = 'abc'",
            "INSERT INTO tries SELECT 'other', window_started_at, used FROM tries WHERE subject = 'ABC'",
        ),
        {(Fault.CONTENT, "tries", name) for name in ("subject", "window_started_at", "used")},
    ),
    "dropped unique index": (
        ("ALTER TABLE users DROP INDEX uq_users_login",),
        {(Fault.SHAPE, "users", "unique index login")},
    ),
    "dropped index": (
        ("ALTER TABLE outbox DROP INDEX ix_outbox_state_due_at",),
        {(Fault.SHAPE, "outbox", "index state, due_at")},
    ),
    "dropped foreign key": (
        ("ALTER TABLE pops DROP FOREIGN KEY fk_pops_user_id",),
        {(Fault.SHAPE, "pops", "foreign key user_id")},
    ),
    "other collation": (
        ("ALTER TABLE customers MODIFY name VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL",),
        {(Fault.SHAPE, "customers", "column name")},
    ),
    "narrow column": (
        ("ALTER TABLE recordings MODIFY length_ms INT",),
        {(Fault.SHAPE, "recordings", "column length_ms")},
    ),
    "dropped trigger": (
        ("DROP TRIGGER audit_lines_no_delete",),
        {(Fault.SHAPE, "audit_lines", "trigger audit_lines_no_delete")},
    ),
    "nothing for empty": (
        ("UPDATE users SET extension = '' WHERE extension IS NULL LIMIT 1",),
        {(Fault.CONTENT, "users", "extension")},
    ),
    "changed bytes": (
        ("UPDATE recordings SET peaks = CONCAT(peaks, 0x00) WHERE peaks IS NOT NULL LIMIT 1",),
        {(Fault.CONTENT, "recordings", "peaks")},
    ),
    "changed audit": (
        ("DROP TRIGGER audit_lines_no_update", "UPDATE audit_lines SET body = REPLACE(body, 'found 1', 'found 2')"),
        {
            (Fault.SHAPE, "audit_lines", "trigger audit_lines_no_update"),
            (Fault.CONTENT, "audit_lines", "body"),
            (Fault.AUDIT, "audit_lines", f"last line {ROWS}"),
        },
    ),
}

# What is done to the old database as none of our own writers could, what is told of it, and in how many rows.
UNFIT: dict[str, tuple[str, What, int]] = {
    "trailing space": (
        "UPDATE outbox SET subject_id = 'a ' WHERE id = 'outbox1'",
        (Fault.TRAILING_SPACE, "outbox", "subject_id"),
        1,
    ),
    "key with a space beside one without": (
        "UPDATE customers SET external_id = 'abc ' WHERE external_id = 'ABC'",
        (Fault.TRAILING_SPACE, "customers", "external_id"),
        1,
    ),
    "long text": (f"UPDATE calls SET queue = '{'あ' * 65}' WHERE id = 'calls1'", (Fault.TOO_LONG, "calls", "queue"), 1),
    "long text behind a zero": (
        f"UPDATE calls SET queue = 'a' || char(0) || '{'b' * 63}' WHERE id = 'calls2'",
        (Fault.TOO_LONG, "calls", "queue"),
        1,
    ),
    "number out of range": ("UPDATE users SET active = 40000", (Fault.OUT_OF_RANGE, "users", "active"), ROWS),
    "text for a number": ("UPDATE runs SET done = 'x' WHERE id = 'runs1'", (Fault.WRONG_TYPE, "runs", "done"), 1),
    "half a number": ("UPDATE runs SET done = 1.5 WHERE id = 'runs2'", (Fault.WRONG_TYPE, "runs", "done"), 1),
    "bytes for a text": ("UPDATE runs SET job = x'00ff' WHERE id = 'runs1'", (Fault.WRONG_TYPE, "runs", "job"), 1),
    "no UTF-8": (
        "UPDATE recordings SET uri = CAST(x'41ff' AS TEXT) WHERE id = 'recordings2'",
        (Fault.BAD_TEXT, "recordings", "uri"),
        1,
    ),
    "orphan": ("UPDATE pops SET user_id = 'nobody' WHERE agent = 'は'", (Fault.ORPHAN, "pops", "users"), 1),
    "strange table": ("CREATE TABLE notes (a)", (Fault.UNKNOWN_TABLE, "notes", ""), 0),
}
