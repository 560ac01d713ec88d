"""The tests. They multiply matrices with one thread each, as the command does."""

from diagnose.command.cli import one_thread_each

one_thread_each()  # before NumPy is loaded
