"""The tests, in a folder for each room of the package.

What a command says in a process of its own is held against what a function gives here, to the last
digit: so matrices are multiplied here as there. NumPy's libraries are told before it is loaded.
"""

from diagnose.command.cli import one_thread_each

one_thread_each()
