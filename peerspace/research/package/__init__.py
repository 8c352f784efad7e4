"""Releases as Data Packages: writing one (`build`), and checking one from its files alone (`verify`).

Nothing is imported here: what checks an address in a package is loaded by pages, which need none of the engine.
"""
