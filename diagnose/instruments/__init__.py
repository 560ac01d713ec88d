"""What the probes measure with, and what several of their repairs are made of.

``bench`` says what a defect is and what its probe works on; every other file is one instrument.
Something that only one probe needs belongs into that probe's file, until a second one needs it.

For others: accuracies, admission, anew, bench, broadcasting, class_runs, comparing,
    gradient_words, handful, initial_draw,
    integer_images, isolation, kept_targets, labelled, lengths, line_tracing, plain_steps, rates,
    retargeting, scaling, softmaxes, statements, whole_numbers, writes.
Uses: errors, style, report, network, calculus, symptoms, training.
"""
