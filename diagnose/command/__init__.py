"""The command line: what is typed, what is shown meanwhile, which files are read and written.

- ``cli``, and ``report_command`` for ``diagnose report``; ``time_asked``, ``parameter_types``,
  ``patching_options``, ``magic`` for notebooks, ``diagnosis`` for Python,
- what is asked about: ``target``, ``template_files``; of a script ``tried_rates``, what was
  ``told`` and, if it was not read, ``unread``; ``class_numbers``,
- what goes out: ``output``, ``files``, ``console``, ``progress_bar``,
- what may go wrong meanwhile: ``ctrl_c``, ``surroundings``.

For others: cli.
Uses: errors, style, report, network, data, symptoms, reading, telling, watching,
    training, instruments, causes, probes, examining, patching, render, study, the package.
"""
