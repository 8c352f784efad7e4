"""Tools of the tests: checkers that nobody here wrote, in environments of their own."""
