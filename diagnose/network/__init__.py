"""The contract: what a network under test is, its tasks, its layers, its samples.

``record`` holds it: a frozen record of plain functions. Beside it stand the mathematics of the
layers that a network declares, samples that are ``made_whole``, what its author's functions are
called and where they stopped, and the check that they do what the contract says (``declared``,
``check``). ``other_process`` begins one of ours, and ends any; ``script_process`` begins one of a
script. What they leave ends with the command, however that ends: processes by a ``guard``, or on
Windows a ``job``, and ``temporary`` folders. What is ``protected`` no copy of a script may change.

For others: record, arrays, samples, tasks, layers, activations, softmax, precision, authors_code,
    check, dropout, made_whole, rescaling, written_numbers, other_process,
    protected, script_process, temporary.
Uses: errors, style, report.
"""
