"""The trainings that are timed beside JAX's and PyTorch's are those of the network itself."""

from dataclasses import replace

import numpy as np

from benchmarks import peers
from diagnose.network.arrays import Array
from diagnose.training.loop import train


def test_the_runs_that_are_timed_are_trainings_of_the_fixed_network():
    steps = 40
    problem = peers.Problem.of(peers.SEEDS, steps)
    trained = (ready := peers.ours(problem)).read(ready.go())

    for seed in range(peers.SEEDS):
        taken = problem.order[:, seed]

        def same(labels: Array, epoch: int, seed: int) -> Array:
            return np.arange(steps)

        alone = replace(
            peers.NETWORK,
            order=same,
            init=lambda _, run=seed: peers.NETWORK.init(peers.SEEDS + run),
            learning_rate=lambda _, rate=problem.rates[seed, 0]: rate,
        )
        own = train(alone, problem.rows[taken], problem.labels[taken], seed, epochs=1)
        for name, array in own.parameters.items():
            np.testing.assert_allclose(trained[name][seed, 0].ravel(), array.ravel(), atol=1e-9)
