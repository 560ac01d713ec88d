"""From a script as it is to a ``Network``: it is watched while it trains, and what it does is read.

``script`` is the way in, ``adapter`` the way out to a file. The watched process is ``child``; what
it finds comes back as plain data (``handing_over``, ``handover``).

- while it runs: ``watcher``, ``loop_that_trains``, past other trainings to the one ``asked`` for,
  ``understanding``; ``cells`` of a notebook; ``unwatched`` and ``looking_away``, where nothing need
  be looked at; ``told_on_the_way``,
- how long it runs on: ``running_on``,
- functions of it: ``contract``, ``carrying``, ``each_sample``, ``fitting`` of the loss;
  ``early`` steps, samples ``with_fractions`` or ``samples_alone``,
- the ``certificate``: the network is held against steps that were not used to read it,
- what later epochs do: ``how_far`` it was seen, steps that are ``made_again``, ``epochs_done``,
  ``unwritten_rate``, ``own_weights``,
- what samples its steps take: ``never_taken``,
- how it tests: what it does ``afterwards``; ``evaluations``, ``series``, ``sought``, ``sources``,
  ``answers``,
  ``answers_met``, ``labels_met``, ``reading_off``, ``number_tests``, ``tested``, ``certain_tests``,
  ``own_test``, ``preparations``, ``equal_samples``,
- findings of the steps as read: ``of_the_reading``; of their graph, run again: ``step_told``,
- the same of a network that a file hands over: ``handed_step``, by a process of its own
  (``handed_child``).

For others: script, cells, adapter, handed_step, handover.
Uses: errors, style, network, data, builders, calculus, recording, reading, folding, telling,
program.
"""
