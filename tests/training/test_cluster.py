"""Trainings on a dask cluster: two worker processes over loopback, and one of them killed."""

import os
import signal
import sys
import threading
import time
from dataclasses import replace

import pytest

from buggy_reference import NETWORK as POST
from diagnose.data import subset
from diagnose.errors import BadInputError
from diagnose.study import diagnose
from diagnose.training.cluster import on_cluster

distributed = pytest.importorskip("distributed")

# What distributed and its event loop leave open when they shut down is theirs.
pytestmark = [
    pytest.mark.cluster,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning:distributed"),
]


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
        silence_logs="CRITICAL",
    ) as made:
        yield made


def study(digits, **options):
    ignored = ["learning-rate", "wrong-gradient", "inplace-mutation"]
    report = diagnose(POST, data=subset(digits, 1000), epochs=5, seeds=2, ignore=ignored, **options)
    return replace(report, runs={**report.runs, "seconds": 0}).to_json()


def test_the_same_report_as_without(cluster, digits):
    with on_cluster(cluster.scheduler_address):
        far = study(digits)
    assert far == study(digits)


def test_the_trainings_really_run_on_the_workers(cluster, digits):
    with on_cluster(cluster.scheduler_address), distributed.Client(cluster) as client:
        study(digits)
        modules = client.run(lambda: "diagnose.training.kernel" in sys.modules)
    assert len(modules) == 2
    assert any(modules.values())


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_a_killed_worker_costs_only_its_own_runs(cluster, digits):
    with distributed.Client(cluster) as client:
        victim = next(iter(client.run(os.getpid).values()))

        def kill_soon():
            time.sleep(1.0)
            os.kill(victim, signal.SIGKILL)

        killer = threading.Thread(target=kill_soon)
        killer.start()
        with on_cluster(cluster.scheduler_address):
            far = study(digits)
        killer.join()
    assert far == study(digits)


def test_no_scheduler_there():
    message = r"no dask scheduler answers at tcp://127\.0\.0\.1:9"
    with pytest.raises(BadInputError, match=message), on_cluster("tcp://127.0.0.1:9"):
        pass


def test_no_address_changes_nothing():
    with on_cluster(None):
        pass
