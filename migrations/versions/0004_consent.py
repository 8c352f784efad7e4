"""Notices, records and periods of consent"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consent_notice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_notice")),
        sa.UniqueConstraint("number", "language", name=op.f("uq_consent_notice_number_language")),
    )
    op.create_table(
        "consent_record",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("record_id", sa.String(length=36), nullable=False),
        sa.Column("schema_version", sa.String(length=16), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("notice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("method", sa.String(length=24), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("receipt_hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "event IN ('given', 'declined', 'renewed', 'withdrawn', 'expired', 'changed')",
            name=op.f("ck_consent_record_event"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_consent_record_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["consent_notice.id"], name=op.f("fk_consent_record_notice_id_consent_notice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_record")),
        sa.UniqueConstraint("record_id", name=op.f("uq_consent_record_record_id")),
    )
    op.create_index(op.f("ix_consent_record_account_id"), "consent_record", ["account_id"], unique=False)
    op.create_table(
        "participant",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=24), nullable=False),
        sa.Column("scopes", sa.String(length=160), nullable=False),
        sa.Column("since", sa.JSON(), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "end_reason IN ('', 'stopped', 'stopped_and_erased', 'left', 'suspended', 'expired')",
            name=op.f("ck_participant_end_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_participant_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant")),
    )
    op.create_index(op.f("ix_participant_account_id"), "participant", ["account_id"], unique=False)
    op.create_index(op.f("ix_participant_person_id"), "participant", ["person_id"], unique=False)
    op.create_index(
        "uq_participant_live",
        "participant",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("to_at IS NULL AND account_id IS NOT NULL"),
        postgresql_where=sa.text("to_at IS NULL AND account_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_participant_live",
        table_name="participant",
        sqlite_where=sa.text("to_at IS NULL AND account_id IS NOT NULL"),
        postgresql_where=sa.text("to_at IS NULL AND account_id IS NOT NULL"),
    )
    op.drop_index(op.f("ix_participant_person_id"), table_name="participant")
    op.drop_index(op.f("ix_participant_account_id"), table_name="participant")
    op.drop_table("participant")
    op.drop_index(op.f("ix_consent_record_account_id"), table_name="consent_record")
    op.drop_table("consent_record")
    op.drop_table("consent_notice")
