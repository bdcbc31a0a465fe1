"""Solves, locks and installs a conda environment with rattler: the conda step of a build Job."""
