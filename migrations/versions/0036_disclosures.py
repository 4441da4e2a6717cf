"""Disclosures: what was asked, what was seen, what is given of each call, the decision, the letter, what went out."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, instant, key, long_text, number, words

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    _disclosures()
    _papers()
    _calls()
    _extensions()
    _letters()
    _deliveries()


def _disclosures() -> None:
    op.create_table(
        "disclosures",
        sa.Column("case_id", key(26), nullable=False),
        sa.Column("asked_by", key(16), nullable=False),
        sa.Column("name", words(128), nullable=False),
        sa.Column("contact", long_text(), nullable=False),
        sa.Column("office", words(200), nullable=False),
        sa.Column("way", key(16), nullable=False),
        sa.Column("received_on", key(10), nullable=False),
        sa.Column("call_on", key(10), nullable=False),
        sa.Column("from_minute", number()),
        sa.Column("to_minute", number()),
        sa.Column("operator", words(128), nullable=False),
        sa.Column("number", key(24)),
        sa.Column("gist", long_text(), nullable=False),
        sa.Column("reason", long_text(), nullable=False),
        sa.Column("customer_id", key(26)),
        sa.Column("mandate_id", key(26)),
        sa.Column("worked_by", key(26), nullable=False),
        sa.Column("second_by", key(26)),
        sa.Column("decision", key(16)),
        sa.Column("ground", key(16)),
        sa.Column("words", long_text()),
        sa.Column("seal", key(64)),
        sa.Column("approval_id", key(26)),
        sa.Column("decided_at", instant()),
        sa.Column("closed_words", long_text()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_disclosures_case_id"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_disclosures_customer_id"),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandates.id"], name="fk_disclosures_mandate_id"),
        sa.ForeignKeyConstraint(["worked_by"], ["users.id"], name="fk_disclosures_worked_by"),
        sa.ForeignKeyConstraint(["second_by"], ["users.id"], name="fk_disclosures_second_by"),
        sa.PrimaryKeyConstraint("case_id", name="pk_disclosures"),
        **TABLE,
    )
    op.create_index("ix_disclosures_worked_by", "disclosures", ["worked_by"])
    op.create_index("ix_disclosures_second_by", "disclosures", ["second_by"])


def _papers() -> None:
    op.create_table(
        "disclosure_papers",
        sa.Column("id", key(26), nullable=False),
        sa.Column("case_id", key(26), nullable=False),
        sa.Column("paper", key(32), nullable=False),
        sa.Column("dated_on", key(10), nullable=False),
        sa.Column("seen_by", key(26), nullable=False),
        sa.Column("seen_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_disclosure_papers_case_id"),
        sa.ForeignKeyConstraint(["seen_by"], ["users.id"], name="fk_disclosure_papers_seen_by"),
        sa.PrimaryKeyConstraint("id", name="pk_disclosure_papers"),
        **TABLE,
    )
    op.create_index("ix_disclosure_papers_case_id", "disclosure_papers", ["case_id"])


def _calls() -> None:
    op.create_table(
        "disclosure_calls",
        sa.Column("case_id", key(26), nullable=False),
        sa.Column("call_id", key(26), nullable=False),
        sa.Column("third_party", key(8), nullable=False),
        sa.Column("note", long_text(), nullable=False),
        sa.Column("audio", key(16), nullable=False),
        sa.Column("parts", key(64), nullable=False),
        sa.Column("leave_out", long_text(), nullable=False),
        sa.Column("checked_by", key(26), nullable=False),
        sa.Column("checked_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_disclosure_calls_case_id"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_disclosure_calls_call_id"),
        sa.ForeignKeyConstraint(["checked_by"], ["users.id"], name="fk_disclosure_calls_checked_by"),
        sa.PrimaryKeyConstraint("case_id", "call_id", name="pk_disclosure_calls"),
        **TABLE,
    )
    op.create_index("ix_disclosure_calls_call_id", "disclosure_calls", ["call_id"])


def _extensions() -> None:
    op.create_table(
        "disclosure_extensions",
        sa.Column("id", key(26), nullable=False),
        sa.Column("case_id", key(26), nullable=False),
        sa.Column("before", key(10), nullable=False),
        sa.Column("until", key(10), nullable=False),
        sa.Column("reason", long_text(), nullable=False),
        sa.Column("extended_by", key(26), nullable=False),
        sa.Column("extended_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_disclosure_extensions_case_id"),
        sa.ForeignKeyConstraint(["extended_by"], ["users.id"], name="fk_disclosure_extensions_extended_by"),
        sa.PrimaryKeyConstraint("id", name="pk_disclosure_extensions"),
        **TABLE,
    )
    op.create_index("ix_disclosure_extensions_case_id", "disclosure_extensions", ["case_id"])


def _letters() -> None:
    op.create_table(
        "disclosure_letters",
        sa.Column("case_id", key(26), nullable=False),
        sa.Column("lang", key(2), nullable=False),
        sa.Column("body", long_text(), nullable=False),
        sa.Column("sha256", key(64), nullable=False),
        sa.Column("issued_by", key(26), nullable=False),
        sa.Column("issued_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_disclosure_letters_case_id"),
        sa.ForeignKeyConstraint(["issued_by"], ["users.id"], name="fk_disclosure_letters_issued_by"),
        sa.PrimaryKeyConstraint("case_id", name="pk_disclosure_letters"),
        **TABLE,
    )


def _deliveries() -> None:
    op.create_table(
        "disclosure_deliveries",
        sa.Column("id", key(26), nullable=False),
        sa.Column("case_id", key(26), nullable=False),
        sa.Column("what", key(16), nullable=False),
        sa.Column("way", key(32), nullable=False),
        sa.Column("recipient", words(200), nullable=False),
        sa.Column("reference", words(64), nullable=False),
        sa.Column("delivered_on", key(10), nullable=False),
        sa.Column("noted_by", key(26), nullable=False),
        sa.Column("noted_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_disclosure_deliveries_case_id"),
        sa.ForeignKeyConstraint(["noted_by"], ["users.id"], name="fk_disclosure_deliveries_noted_by"),
        sa.PrimaryKeyConstraint("id", name="pk_disclosure_deliveries"),
        **TABLE,
    )
    op.create_index("ix_disclosure_deliveries_case_id", "disclosure_deliveries", ["case_id"])
