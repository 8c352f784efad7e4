"""Members: joining, admission, sign-in, roles, blocks, recovery, a member's own data."""
