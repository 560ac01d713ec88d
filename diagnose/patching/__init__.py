"""The author's own lines, mended and tried: the smallest edit of a script that makes it work.

The source is read as a concrete syntax tree (``source``), whose ``nodes`` are asked what they are,
and in which what the report blames is looked up (``places``, ``script``). For each part there are
edits that may mend it: of formulas (``arithmetic``, ``activations``, ``sums``), of targets
(``targets``), of draws (``starting``), of samples and their labels (``samples``, ``pairs``), and of
the rate (``pace``). Each is run in a copy and watched as the script was (``trial``); ``search``
puts together those that work and takes out again what is not needed. What was seen while the script
ran comes first (``reading``, ``seen``, ``base``), and how answers are read off comes last
(``answer``). Nothing that was not run is a patch (``patch``), and nothing that changes no number
stays in one (``idle``, by what ``ending`` prints). Where no network can be read, what was told is
judged by what the script prints (``told_alone``), and so are edits that the source alone tells: of
slips (``slips``), of lines in another loop (``placed``), of arrays that go together (``mates``), of
draws, shapes and formulas, and of all lines of the training (``as_if_read``), but for what is
``only_told``. Which of two printed results is better is asked of ``judging``. Of some findings a
report says without a patch which line should be another (``mended_lines``).

For others: patch, applying, handed, mended_lines.
Uses: errors, style, report, network, data, calculus, symptoms, reading, telling, watching,
training, instruments, causes.
"""
