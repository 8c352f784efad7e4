"""Spaces, threads, posts, drafts, reactions, following, unread marks and search."""
