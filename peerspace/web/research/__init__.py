"""The researcher's pages, the panel's, and the open register of studies."""
