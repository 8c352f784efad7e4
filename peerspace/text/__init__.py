"""Markdown to safe HTML, and screening of text against watch phrases; the only importer of bleach."""
