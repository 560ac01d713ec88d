"""The command line: what is typed, what is shown meanwhile, which files are read and written.

For others: cli.
Uses: errors, style, report, network, data, calculus, symptoms, reading, telling, watching,
    training, instruments, causes, probes, examining, patching, render, study, the package.
"""
