"""Captured rows, studies and releases"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "capture_gap",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at_us", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event", sa.String(length=48), nullable=False),
        sa.Column("error", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capture_gap")),
    )
    op.create_index(op.f("ix_capture_gap_at_us"), "capture_gap", ["at_us"], unique=False)
    op.create_table(
        "usage_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("participant_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("at_us", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("modality", sa.String(length=16), nullable=False),
        sa.Column("synchrony", sa.String(length=16), nullable=False),
        sa.Column("place", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("reply_to", sa.String(length=32), nullable=False),
        sa.Column("other_participant", sa.String(length=32), nullable=False),
        sa.Column("other_class", sa.String(length=16), nullable=False),
        sa.Column("giver_role", sa.String(length=16), nullable=False),
        sa.Column("giver_training", sa.String(length=16), nullable=False),
        sa.Column("giver_pay", sa.String(length=16), nullable=False),
        sa.Column("length_chars", sa.Integer(), nullable=False),
        sa.Column("duration_us", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position_from", sa.Integer(), nullable=False),
        sa.Column("position_to", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('thread_started', 'post_written', 'message_written', 'thread_opened', 'room_joined', 'reaction_given', 'reaction_received', 'reply_received', 'thread_read', 'heartbeat', 'room_left', 'report_made', 'block_given', 'mute_given', 'content_removed', 'restricted', 'warned', 'upset_marked', 'report_upheld_met', 'item_displayed')",
            name=op.f("ck_usage_event_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_event")),
    )
    op.create_index("ix_usage_event_item", "usage_event", ["item"], unique=False)
    op.create_index("ix_usage_event_other", "usage_event", ["other_participant"], unique=False)
    op.create_index("ix_usage_event_participant_at", "usage_event", ["participant_id", "at_us"], unique=False)
    op.create_table(
        "study",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("registered_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registration", sa.JSON(), nullable=False),
        sa.Column("involvement", sa.JSON(), nullable=False),
        sa.CheckConstraint("state IN ('registered', 'approved', 'declined')", name=op.f("ck_study_state")),
        sa.ForeignKeyConstraint(
            ["registered_by_id"], ["account.id"], name=op.f("fk_study_registered_by_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study")),
        sa.UniqueConstraint("slug", name=op.f("uq_study_slug")),
    )
    op.create_index(op.f("ix_study_registered_by_id"), "study", ["registered_by_id"], unique=False)
    op.create_table(
        "panel_decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("study_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decision", sa.String(length=32), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "decision IN ('approved', 'approved_with_conditions', 'declined')",
            name=op.f("ck_panel_decision_decision"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["account.id"], name=op.f("fk_panel_decision_decided_by_id_account")
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_panel_decision_study_id_study")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_decision")),
    )
    op.create_index(op.f("ix_panel_decision_study_id"), "panel_decision", ["study_id"], unique=False)
    op.create_table(
        "release",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("study_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tier", sa.String(length=4), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("requested_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("window_from_us", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cut_us", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("claimed_by", sa.String(length=64), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("progress", sa.String(length=24), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=64), nullable=False),
        sa.Column("failure_values", sa.JSON(), nullable=False),
        sa.Column("folder", sa.String(length=200), nullable=False),
        sa.Column("manifest_hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "state IN ('requested', 'building', 'ready', 'failed', 'expired')", name=op.f("ck_release_state")
        ),
        sa.CheckConstraint("tier IN ('T0', 'T1', 'T2')", name=op.f("ck_release_tier")),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["account.id"], name=op.f("fk_release_requested_by_id_account")
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_release_study_id_study")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
        sa.UniqueConstraint("public_id", name=op.f("uq_release_public_id")),
        sa.UniqueConstraint(
            "requested_by_id", "client_id", name=op.f("uq_release_requested_by_id_client_id")
        ),
    )
    op.create_index(op.f("ix_release_state"), "release", ["state"], unique=False)
    op.create_index(op.f("ix_release_study_id"), "release", ["study_id"], unique=False)
    op.create_table(
        "download",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("release_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("file", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_download_account_id_account")),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_download_release_id_release")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_download")),
    )
    op.create_index(op.f("ix_download_release_id"), "download", ["release_id"], unique=False)
    op.create_table(
        "release_member",
        sa.Column("release_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("participant_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"], ["release.id"], name=op.f("fk_release_member_release_id_release")
        ),
        sa.PrimaryKeyConstraint("release_id", "participant_id", name=op.f("pk_release_member")),
    )
    op.create_index(
        op.f("ix_release_member_participant_id"), "release_member", ["participant_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_release_member_participant_id"), table_name="release_member")
    op.drop_table("release_member")
    op.drop_index(op.f("ix_download_release_id"), table_name="download")
    op.drop_table("download")
    op.drop_index(op.f("ix_release_study_id"), table_name="release")
    op.drop_index(op.f("ix_release_state"), table_name="release")
    op.drop_table("release")
    op.drop_index(op.f("ix_panel_decision_study_id"), table_name="panel_decision")
    op.drop_table("panel_decision")
    op.drop_index(op.f("ix_study_registered_by_id"), table_name="study")
    op.drop_table("study")
    op.drop_index("ix_usage_event_participant_at", table_name="usage_event")
    op.drop_index("ix_usage_event_other", table_name="usage_event")
    op.drop_index("ix_usage_event_item", table_name="usage_event")
    op.drop_table("usage_event")
    op.drop_index(op.f("ix_capture_gap_at_us"), table_name="capture_gap")
    op.drop_table("capture_gap")
