"""Rooms and duty."""
