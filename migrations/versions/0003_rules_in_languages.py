"""Rules say which language they are in, and can be read in others"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Rules published so far: which language they are in is not known here. For PeerSpace's own text it is told by
    # `peerspace db upgrade`, which knows that text.
    op.add_column(
        "rules_version", sa.Column("language", sa.String(length=8), server_default="", nullable=False)
    )
    op.create_table(
        "rules_wording",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rules_version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["rules_version_id"],
            ["rules_version.id"],
            name=op.f("fk_rules_wording_rules_version_id_rules_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules_wording")),
        sa.UniqueConstraint(
            "rules_version_id", "language", name=op.f("uq_rules_wording_rules_version_id_language")
        ),
    )


def downgrade() -> None:
    op.drop_table("rules_wording")
    op.drop_column("rules_version", "language")
