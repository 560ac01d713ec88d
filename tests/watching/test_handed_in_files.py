"""Large arrays are handed over in files of their own."""

import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from joblib import Parallel, delayed

from diagnose.reading import room
from diagnose.reading.room import Pairs, Room
from diagnose.watching import handover
from diagnose.watching.handover import Handover

FOLDERS = pytest.mark.skipif(not room.CAN_BE_SHARED, reason="such files cannot go on Windows")


def handed(folder, **arrays):
    """What comes of arrays that are handed over, and the files that they lie in."""
    Handover(arrays=arrays).write(folder)
    read = Handover.read(folder).arrays
    assert [*read] == [*arrays]
    for name, one in arrays.items():
        assert type(read[name]) is np.ndarray
        assert (read[name].dtype, read[name].shape) == (one.dtype, one.shape)
        np.testing.assert_array_equal(read[name], one)
    return read, sorted(one.name for one in folder.iterdir() if one.suffix == ".bin")


def test_only_large_ones_have_files_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setattr(handover, "ALONE", 800)
    whole = np.arange(900.0).reshape(30, 30)
    few, names = np.arange(3), np.array(["a", "b"])
    read, files = handed(tmp_path, few=few, turned=whole[::2].T, whole=whole, names=names)
    assert files == ["read-0.bin", "read-1.bin"]
    read["whole"][0] = -1.0  # as of any array, and of no other's
    assert Handover.read(tmp_path).arrays["whole"][0, 1] == 1.0


def kept_in(folder, count=40):
    """Room for samples in a folder, and what was put there."""
    kept = Room(lambda: 10 * count, folder)
    given = np.random.default_rng(0).normal(size=(count, 6))
    for one in given:
        kept.keep(one[None])
    return kept, given


@FOLDERS
def test_other_processes_have_them_when_the_files_are_gone(tmp_path, monkeypatch):
    monkeypatch.setattr(handover, "ALONE", 800)
    monkeypatch.setattr(room, "LARGE", 1)
    folder = tmp_path / "handed"
    folder.mkdir()
    kept, given = kept_in(folder)
    read, files = handed(folder, rows=kept.together(range(40)), also=np.arange(900.0))
    assert files == ["numbers-0.bin", "read-1.bin"]
    shutil.rmtree(folder)
    sums = Parallel(n_jobs=2)(delayed(np.sum)(one) for one in read.values())
    assert sums == pytest.approx([given.sum(), np.arange(900.0).sum()])


@FOLDERS
def test_samples_are_read_where_they_were_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(handover, "ALONE", 800)
    monkeypatch.setattr(room, "LARGE", 1)
    kept, given = kept_in(tmp_path)
    rows = kept.together(range(4, 34))
    _, files = handed(tmp_path, rows=rows, all=kept.together(range(40)), turned=rows.T)
    assert files == ["numbers-0.bin", "read-2.bin"]
    np.testing.assert_array_equal(rows, given[4:34])


@FOLDERS
def test_without_room_for_more_samples_are_kept_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "LARGE", 1)
    monkeypatch.setattr(room.shutil, "disk_usage", lambda _: SimpleNamespace(free=10 * 6 * 8 * 40))
    kept, given = kept_in(tmp_path)
    assert not [*tmp_path.iterdir()]
    np.testing.assert_array_equal(kept.together(range(40)), given)


def test_few_samples_are_kept_in_memory(tmp_path):
    kept, given = kept_in(tmp_path)
    assert not [*tmp_path.iterdir()]
    pairs = Pairs(kept, kept)
    assert len(pairs) == len([*pairs]) == len(given)
    np.testing.assert_array_equal(pairs[7][1], given[7:8])
