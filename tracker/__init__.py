"""The application factory, and nothing else."""
