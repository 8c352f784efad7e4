"""Rooms, and who is present in them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "room",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("slug", sa.String(length=48), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("slow_mode_s", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["stream.id"], name=op.f("fk_room_id_stream")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
        sa.UniqueConstraint("slug", name=op.f("uq_room_slug")),
    )
    op.create_table(
        "room_presence",
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("room_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_room_presence_account_id_account")
        ),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_room_presence_room_id_room")),
        sa.ForeignKeyConstraint(
            ["sid"],
            ["connected_socket.sid"],
            name=op.f("fk_room_presence_sid_connected_socket"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sid", "room_id", name=op.f("pk_room_presence")),
    )
    op.create_index("ix_room_presence_room_account", "room_presence", ["room_id", "account_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_room_presence_room_account", table_name="room_presence")
    op.drop_table("room_presence")
    op.drop_table("room")
