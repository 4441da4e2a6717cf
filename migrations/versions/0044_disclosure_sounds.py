"""What a disclosure's decision gives of the sound of which recordings."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, key

revision = "0044"
down_revision = "0043"

# Of what is in force: what had been brought in when it was decided.
_FILL = """
INSERT INTO disclosure_sounds (case_id, recording_id, audio, sha256)
SELECT d.case_id, r.id, c.audio, r.sha256 FROM disclosures d
  JOIN disclosure_calls c ON c.case_id = d.case_id
  JOIN recordings r ON r.call_id = c.call_id
WHERE d.decided_at IS NOT NULL AND d.decision IN ('full', 'partial') AND c.audio <> 'nothing'
  AND r.sha256 IS NOT NULL AND r.imported_at <= d.decided_at
"""


def upgrade() -> None:
    op.create_table(
        "disclosure_sounds",
        sa.Column("case_id", key(26), nullable=False),
        sa.Column("recording_id", key(26), nullable=False),
        sa.Column("audio", key(16), nullable=False),
        sa.Column("sha256", key(64), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_disclosure_sounds_case_id"),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"], name="fk_disclosure_sounds_recording_id"),
        sa.PrimaryKeyConstraint("case_id", "recording_id", name="pk_disclosure_sounds"),
        **TABLE,
    )
    op.create_index("ix_disclosure_sounds_recording_id", "disclosure_sounds", ["recording_id"])
    op.execute(_FILL)
