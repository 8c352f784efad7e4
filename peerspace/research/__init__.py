"""Capture, measures, studies and their panel, releases and disclosure control."""
