"""The words of every language, and what keeps them in step with the code."""
