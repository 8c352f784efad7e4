"""Who is on duty, where and until when"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duty",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stream_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=24), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resumes", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("invented", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_duty_account_id_account")),
        sa.ForeignKeyConstraint(["stream_id"], ["stream.id"], name=op.f("fk_duty_stream_id_stream")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
    )
    op.create_index(op.f("ix_duty_account_id"), "duty", ["account_id"], unique=False)
    op.create_index(op.f("ix_duty_stream_id"), "duty", ["stream_id"], unique=False)
    # Written by hand: an index on an expression cannot be read back from SQLite.
    op.create_index(
        "uq_duty_held",
        "duty",
        ["account_id", sa.text("coalesce(stream_id, 0)")],
        unique=True,
        sqlite_where=sa.text("to_at IS NULL OR resumes"),
        postgresql_where=sa.text("to_at IS NULL OR resumes"),
    )


def downgrade() -> None:
    op.drop_index("uq_duty_held", table_name="duty")
    op.drop_index(op.f("ix_duty_stream_id"), table_name="duty")
    op.drop_index(op.f("ix_duty_account_id"), table_name="duty")
    op.drop_table("duty")
