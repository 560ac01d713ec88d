"""Digits are read from every format, and every bad input is one clear line."""

import gzip
import importlib.util
import io
import os
import pickle
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from diagnose.data import carried, class_folders, load, write_jpegs
from diagnose.data.splitting import shares, subset
from diagnose.errors import BadInputError

ROOT = Path(__file__).parents[2]
PER_CLASS = 6


@pytest.fixture(scope="module")
def digits():
    """Six training and two test digits of each class, in a shuffled order."""
    data = carried()
    random = np.random.default_rng(0)
    train = np.concatenate([np.flatnonzero(data.labels == c)[:PER_CLASS] for c in range(10)])
    test = np.concatenate([np.flatnonzero(data.test_labels == c)[:2] for c in range(10)])
    train, test = random.permutation(train), random.permutation(test)
    return {
        "images": data.images[train],
        "labels": data.labels[train],
        "test_images": data.test_images[test],
        "test_labels": data.test_labels[test],
    }


@pytest.fixture
def folder(tmp_path, digits):
    """A folder of PNG files, which keep every bit."""
    path = tmp_path / "digits"
    write_pngs(digits["images"], digits["labels"], path)
    return path


def write_pngs(images, labels, path):
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        file = path / str(label) / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(file)


def idx(array):
    magic = bytes([0, 0, 8, array.ndim])
    return magic + b"".join(n.to_bytes(4, "big") for n in array.shape) + array.tobytes()


def write_idx(digits, path, *, zipped, separator="-", test=True):
    path.mkdir(exist_ok=True)
    parts = {"train": ("images", "labels"), "t10k": ("test_images", "test_labels")}
    for prefix, names in parts.items():
        if prefix == "t10k" and not test:
            continue
        for kind, name in zip(("images", "labels"), names, strict=True):
            raw = idx(digits[name].astype(np.uint8))
            file = f"{prefix}-{kind}{separator}idx{digits[name].ndim}-ubyte"
            if zipped:
                (path / f"{file}.gz").write_bytes(gzip.compress(raw))
            else:
                (path / file).write_bytes(raw)
    return path


def refused(path, *parts, **named):
    """Load what is bad; the one line that says so, which names ``path`` or a file in it."""
    with pytest.raises(BadInputError) as caught:
        load(path, **named)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(str(path))
    for part in parts:
        assert part in line, line
    return line


def same(one, other):
    return np.array_equal(one, other)


class TestCarried:
    def test_sizes_shares_and_numbers(self):
        data = carried()
        assert data.images.shape == (5000, 28, 28)
        assert data.test_images.shape == (1000, 28, 28)
        assert data.images.dtype == data.test_images.dtype == np.uint8
        # MNIST's training images per class, from its README.
        counts = np.array([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
        assert same(np.bincount(data.labels), shares(counts, 5000))
        test = np.array([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
        assert same(np.bincount(data.test_labels), shares(test, 1000))
        assert data.notes == ()

    def test_is_in_mnists_order_with_the_image_of_the_post_in_it(self):
        data = carried()
        assert (np.diff(data.numbers) > 0).all()
        assert same(data.numbers[:6], np.arange(6))
        assert data.labels[data.numbers == 5] == [2]

    def test_file_is_small_and_holds_no_pickle(self):
        path = ROOT / "diagnose" / "data" / "digits" / "digits.npz"
        assert path.stat().st_size < 2_000_000
        with np.load(path, allow_pickle=False) as npz:
            assert sorted(npz.files) == [
                "images",
                "labels",
                "numbers",
                "test_images",
                "test_labels",
                "test_numbers",
            ]
            assert (np.diff(npz["test_numbers"].astype(int)) > 0).all()

    def test_script_writes_the_same_file_from_the_same_digits(self, tmp_path, digits):
        place = ROOT / "benchmarks" / "make_digits.py"
        spec = importlib.util.spec_from_file_location("make_digits", place)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        script.TRAIN, script.TEST = 20, 10
        source = write_idx(digits, tmp_path / "idx", zipped=True)
        for name in ("one.npz", "two.npz"):
            script.main(source, tmp_path / name)
        assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
        data = load(tmp_path / "one.npz")
        assert same(np.bincount(data.labels), np.full(10, 2))
        assert same(data.images, digits["images"][data.numbers])

    @pytest.mark.skipif("MNIST_DIR" not in os.environ, reason="needs MNIST_DIR, the IDX files")
    def test_script_draws_the_carried_digits_from_mnist(self, tmp_path):
        import subprocess

        script = ROOT / "benchmarks" / "make_digits.py"
        subprocess.run(
            [sys.executable, script, os.environ["MNIST_DIR"], tmp_path / "d.npz"],
            check=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        carried_file = ROOT / "diagnose" / "data" / "digits" / "digits.npz"
        assert (tmp_path / "d.npz").read_bytes() == carried_file.read_bytes()


class TestFolders:
    def test_every_sixth_of_each_class_is_held_out_and_said(self, folder, digits):
        data = load(folder)
        assert data.name == "digits"
        assert len(data.labels) == 50
        assert same(data.test_labels, np.arange(10))
        assert data.notes == (
            "digits has no test part: every 6th image of each class was held out, "
            "10 images to test on and 50 to train on",
        )
        for image, label, number in zip(data.images, data.labels, data.numbers, strict=True):
            assert same(image, digits["images"][number])
            assert label == digits["labels"][number]
        last = [np.flatnonzero(digits["labels"] == c)[-1] for c in range(10)]
        assert same(data.test_images, digits["images"][last])

    @pytest.mark.parametrize(("train", "test"), [("train", "test"), ("Training", "testing")])
    def test_train_and_test_folders(self, tmp_path, digits, train, test):
        write_pngs(digits["images"], digits["labels"], tmp_path / train)
        write_pngs(digits["test_images"], digits["test_labels"], tmp_path / test)
        data = load(tmp_path)
        order = np.argsort(digits["labels"], kind="stable")
        assert same(data.images, digits["images"][order])
        order = np.argsort(digits["test_labels"], kind="stable")
        assert same(data.test_images, digits["test_images"][order])
        assert data.notes == ()

    def test_train_folder_alone_is_split(self, tmp_path, digits):
        write_pngs(digits["images"], digits["labels"], tmp_path / "train")
        assert len(load(tmp_path).test_labels) == 10

    def test_files_are_in_natural_order_and_litter_is_ignored(self, folder):
        (folder / "3" / ".hidden").write_bytes(b"x")
        (folder / "3" / "Thumbs.db").write_bytes(b"x")
        names = [file.name for file in class_folders.image_files(folder / "3")]
        assert names == sorted(names, key=lambda name: int(name.split(".")[0]))
        assert names != sorted(names)
        assert len(names) == PER_CLASS

    def test_natural_order_of_mixed_names(self):
        names = ["b2.png", "a10.png", "10.png", "a2.png", "2.png", "a.png", "02.png"]
        ordered = sorted(map(Path, names), key=class_folders.natural_key)
        assert [path.name for path in ordered] == [
            "02.png",
            "2.png",
            "10.png",
            "a.png",
            "a2.png",
            "a10.png",
            "b2.png",
        ]

    def test_other_names_are_numbered_in_order(self, folder):
        file = class_folders.image_files(folder / "0")[0]
        file.rename(file.with_name("first.png"))
        assert same(class_folders.read_class_folders(folder).numbers, np.arange(60))

    @pytest.mark.parametrize(
        ("ending", "mode", "exact"),
        [
            ("bmp", "L", True),
            ("gif", "L", True),
            ("tif", "L", True),
            ("png", "RGB", True),
            ("png", "P", True),
            ("png", "RGBA", True),
            ("png", "LA", True),
            ("png", "1", False),
            ("jpg", "L", False),
            ("jpg", "RGB", False),
            ("webp", "RGB", False),
        ],
    )
    def test_formats_and_colours_become_gray(self, tmp_path, digits, ending, mode, exact):
        for number, (image, label) in enumerate(
            zip(digits["images"], digits["labels"], strict=True)
        ):
            file = tmp_path / str(label) / f"{number}.{ending}"
            file.parent.mkdir(exist_ok=True)
            Image.fromarray(image).convert(mode).save(file)
        found = class_folders.read_class_folders(tmp_path)
        truth = digits["images"][found.numbers]
        assert found.images.dtype == np.uint8
        off = np.abs(found.images.astype(int) - truth).mean()
        assert off == 0 if exact else off < 20

    def test_resize_is_done_when_asked_for(self, tmp_path, digits):
        for label in range(10):
            for number in range(PER_CLASS):
                file = tmp_path / str(label) / f"{number}.png"
                file.parent.mkdir(exist_ok=True)
                image = Image.fromarray(digits["images"][number])
                image.resize((40 + number, 56)).save(file)
        refused(tmp_path, "0.png: is 56x40, not 28x28", "resize")
        assert load(tmp_path, resize=(28, 28)).images.shape == (50, 28, 28)
        assert load(tmp_path, resize=(14, 10)).images.shape == (50, 14, 10)

    def test_progress_counts_every_file(self, folder):
        seen = []
        load(folder, progress=lambda done, total: seen.append((done, total)))
        assert seen == [(done, 60) for done in range(1, 61)]

    def test_missing_class_folder(self, folder):
        for name in ("4", "7"):
            (folder / name).rename(folder / f"was{name}")
        refused(folder, "class folder 4 and 7 missing")

    def test_empty_class_folder(self, folder):
        for file in (folder / "8").iterdir():
            file.unlink()
        (folder / "8" / ".keep").touch()
        assert refused(folder, "holds no images").startswith(str(folder / "8"))

    def test_folder_without_anything_known(self, tmp_path):
        refused(tmp_path, "has neither class folders 0 to 9 nor IDX files")

    def test_test_folder_without_training(self, tmp_path):
        (tmp_path / "test").mkdir()
        refused(tmp_path, "has test/ but no train/")

    def test_file_where_a_class_folder_is_meant(self, folder):
        (folder / "2").rename(folder / "two")
        (folder / "2").touch()
        assert refused(folder, "is a file where a folder is meant").startswith(str(folder / "2"))

    def test_truncated_jpeg(self, folder, digits):
        file = folder / "5" / "900.jpg"
        Image.fromarray(digits["images"][0]).save(file)
        file.write_bytes(file.read_bytes()[:-60])
        assert refused(folder, "is damaged (", "truncated").startswith(str(file))

    def test_damaged_png(self, folder):
        file = next((folder / "5").iterdir())
        raw = bytearray(file.read_bytes())
        raw[60:90] = bytes(30)
        file.write_bytes(raw)
        assert refused(folder, "is damaged").startswith(str(file))

    def test_no_image_at_all(self, folder):
        (folder / "6" / "notes.txt").write_text("remember", encoding="utf-8")
        refused(folder, "notes.txt: is no image that Pillow can read")

    def test_mixed_sizes_name_the_first_that_differs(self, folder):
        Image.new("L", (30, 28)).save(folder / "1" / "99999.png")
        refused(folder, "99999.png: is 28x30, where", "is 28x28: sizes are mixed")

    def test_more_than_8_bits(self, folder):
        Image.fromarray(np.full((28, 28), 4000, np.uint16)).save(folder / "1" / "99999.png")
        refused(folder, "99999.png: has more than 8 bits per pixel")

    def test_transparent_pixels(self, folder):
        Image.new("RGBA", (28, 28), (0, 0, 0, 0)).save(folder / "1" / "99999.png")
        refused(folder, "99999.png: has transparent pixels")

    def test_too_few_to_hold_one_out(self, folder):
        class_folders.image_files(folder / "3")[0].unlink()
        refused(folder, "class 3 has 5 images, too few")

    def test_no_permission(self, folder):
        file = class_folders.image_files(folder / "3")[0]
        for path, rights in ((file, 0o600), (folder / "3", 0o700)):
            path.chmod(0)
            try:
                if os.access(path, os.R_OK):
                    pytest.skip("permissions have no effect for this user")
                assert refused(folder, "no permission to read it").startswith(str(path))
            finally:
                path.chmod(rights)

    def test_no_permission_as_the_system_raises_it(self, folder, monkeypatch):
        def denied(path, *rest):
            raise PermissionError(13, "Permission denied", str(path))

        with monkeypatch.context() as patch:
            patch.setattr(Image, "open", denied)
            refused(folder, "0" + os.sep, "no permission to read it")
        with monkeypatch.context() as patch:
            patch.setattr(os, "scandir", denied)
            refused(folder, "no permission to read it")

    def test_resize_that_is_no_size(self, folder):
        with pytest.raises(BadInputError, match="is no size"):
            load(folder, resize=(0, 28))


class TestIdx:
    @pytest.mark.parametrize("zipped", [True, False])
    @pytest.mark.parametrize("separator", ["-", "."])
    def test_read_as_published(self, tmp_path, digits, zipped, separator):
        data = load(write_idx(digits, tmp_path, zipped=zipped, separator=separator))
        for name in ("images", "labels", "test_images", "test_labels"):
            assert same(getattr(data, name), digits[name])
        assert same(data.numbers, np.arange(60))
        assert data.notes == ()

    def test_without_a_test_part_one_is_held_out(self, tmp_path, digits):
        data = load(write_idx(digits, tmp_path, zipped=True, test=False))
        assert len(data.test_labels) == 10
        assert "has no test part" in data.notes[0]
        assert same(data.images, digits["images"][data.numbers])

    def test_wrong_magic_number(self, tmp_path, digits):
        write_idx(digits, tmp_path, zipped=False)
        file = tmp_path / "train-images-idx3-ubyte"
        file.write_bytes(b"\x00\x00\x0d\x03" + file.read_bytes()[4:])
        line = refused(tmp_path, "wrong magic number 0x00000d03, expected 0x00000803")
        assert line.startswith(str(file))

    def test_labels_given_as_images(self, tmp_path, digits):
        write_idx(digits, tmp_path, zipped=False)
        labels = (tmp_path / "train-labels-idx1-ubyte").read_bytes()
        (tmp_path / "train-images-idx3-ubyte").write_bytes(labels)
        refused(tmp_path, "wrong magic number 0x00000801")

    @pytest.mark.parametrize("length", [0, 3, 10, 16, 5000])
    def test_truncated(self, tmp_path, digits, length):
        write_idx(digits, tmp_path, zipped=False)
        file = tmp_path / "train-images-idx3-ubyte"
        file.write_bytes(file.read_bytes()[:length])
        assert refused(tmp_path, "is cut off", f"{length} bytes").startswith(str(file))

    def test_too_long(self, tmp_path, digits):
        write_idx(digits, tmp_path, zipped=False)
        with (tmp_path / "t10k-labels-idx1-ubyte").open("ab") as file:
            file.write(b"\x01")
        refused(tmp_path, "t10k-labels-idx1-ubyte: is too long")

    def test_truncated_and_damaged_gzip(self, tmp_path, digits):
        write_idx(digits, tmp_path, zipped=True)
        file = tmp_path / "train-images-idx3-ubyte.gz"
        raw = file.read_bytes()
        file.write_bytes(raw[:-500])
        assert refused(tmp_path, "gzip data are damaged or cut off").startswith(str(file))
        file.write_bytes(raw[:200] + bytes(200) + raw[400:])
        refused(tmp_path, "gzip data are damaged or cut off")

    def test_labels_and_images_of_different_length(self, tmp_path, digits):
        write_idx({**digits, "labels": digits["labels"][:-1]}, tmp_path, zipped=True)
        refused(tmp_path, "train-labels-idx1-ubyte.gz: labels count 59", "60 images")

    def test_labels_out_of_range(self, tmp_path, digits):
        write_idx({**digits, "labels": digits["labels"] + 1}, tmp_path, zipped=True)
        refused(tmp_path, "train-labels-idx1-ubyte.gz: labels hold 10")

    def test_missing_partner(self, tmp_path, digits):
        write_idx(digits, tmp_path, zipped=True)
        (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
        refused(tmp_path, "t10k-images-idx3-ubyte.gz: has no t10k-labels file beside it")

    def test_test_files_without_training_files(self, tmp_path, digits):
        write_idx(digits, tmp_path, zipped=True)
        for file in tmp_path.glob("train-*"):
            file.unlink()
        refused(tmp_path, "has t10k files but no train-images")

    def test_other_size(self, tmp_path, digits):
        small = {**digits, "images": digits["images"][:, :14, :14]}
        write_idx(small, tmp_path, zipped=False)
        refused(tmp_path, "its images are 14x14, not 28x28")
        assert load(tmp_path, resize=(28, 28)).images.shape == (60, 28, 28)


class TestNpz:
    @pytest.fixture
    def path(self, tmp_path):
        return tmp_path / "digits.npz"

    def test_own_names(self, path, digits):
        np.savez_compressed(path, **digits)
        data = load(path)
        for name, array in digits.items():
            assert same(getattr(data, name), array)
        assert data.name == "digits.npz"

    def test_usual_names_and_flat_pictures(self, path, digits):
        np.savez(
            path,
            x_train=digits["images"].reshape(-1, 784),
            y_train=digits["labels"].astype(np.uint8),
            x_test=digits["test_images"].reshape(-1, 784),
            y_test=digits["test_labels"],
        )
        data = load(path)
        assert same(data.images, digits["images"])
        assert same(data.test_images, digits["test_images"])
        assert data.labels.dtype == np.int64

    def test_without_a_test_part_one_is_held_out(self, path, digits):
        np.savez(
            path, images=digits["images"], labels=digits["labels"], numbers=np.arange(100, 160)
        )
        data = load(path)
        assert len(data.test_labels) == 10
        assert same(data.images, digits["images"][data.numbers - 100])
        assert "has no test part" in data.notes[0]

    def test_floats_are_kept(self, path, digits):
        np.savez(path, **{**digits, "images": digits["images"] / 255})
        assert same(load(path).images, digits["images"] / 255)
        assert load(path, resize=(14, 14)).images.max() <= 1

    @pytest.mark.parametrize(
        ("change", "parts"),
        [
            ({"labels": np.zeros(59, int)}, ["labels count 59", "60 images"]),
            ({"labels": np.full(60, 10)}, ["labels hold 10", "from 0 to 9"]),
            ({"labels": np.full(60, -1)}, ["labels hold -1"]),
            ({"labels": np.zeros(60)}, ["float64", "one whole number"]),
            ({"labels": np.zeros((60, 10), int)}, ["(60, 10)"]),
            ({"images": np.full((60, 28, 28), np.nan)}, ["not finite"]),
            ({"images": np.full((60, 28, 28), np.inf)}, ["not finite"]),
            ({"images": np.zeros((60, 28, 28), complex)}, ["complex128"]),
            ({"images": np.zeros((60, 783))}, ["(60, 783)"]),
            ({"images": np.zeros((60, 28, 28, 3))}, ["(60, 28, 28, 3)"]),
            ({"images": np.zeros((0, 28, 28)), "labels": np.zeros(0, int)}, ["are empty"]),
            ({"images": np.zeros((60, 8, 8))}, ["8x8, not 28x28"]),
            ({"test_images": np.zeros((20, 8, 8))}, ["8x8, not 28x28"]),
            ({"test_labels": np.zeros(3, int)}, ["test_labels count 3"]),
            ({"numbers": np.zeros(3, int)}, ["numbers has shape (3,)"]),
        ],
    )
    def test_bad_arrays(self, path, digits, change, parts):
        np.savez(path, **{**digits, **change})
        refused(path, *parts)

    @pytest.mark.parametrize("name", ["images", "labels", "test_images", "test_labels"])
    def test_missing_array(self, path, digits, name):
        np.savez(path, **{key: array for key, array in digits.items() if key != name})
        refused(path, f"but no {name}")

    def test_unknown_names(self, path, digits):
        np.savez(path, pictures=digits["images"])
        refused(path, "holds pictures;", "name its arrays images and labels")

    def test_object_arrays_are_never_unpickled(self, path, digits, tmp_path):
        class Bomb:
            def __reduce__(self):
                return (Path.touch, (tmp_path / "exploded",))

        labels = np.array([Bomb()] * 60, dtype=object)
        np.savez(path, images=digits["images"], labels=labels)
        refused(path, "object arrays (pickle)")
        path.write_bytes(pickle.dumps(labels))
        refused(path, "damaged or no npz file")
        assert not (tmp_path / "exploded").exists()

    def test_bare_array(self, path, digits):
        with path.open("wb") as file:
            np.save(file, digits["images"])
        refused(path, "one bare array")

    def test_damage(self, path, digits):
        np.savez_compressed(path, **digits)
        raw = path.read_bytes()
        for bad in (
            b"",
            b"nonsense",
            raw[:-30],
            raw[: len(raw) // 2],
            raw[:300] + bytes(300) + raw[600:],
        ):
            path.write_bytes(bad)
            refused(path, "damaged")


class TestPaths:
    def test_path_that_does_not_exist(self, tmp_path):
        refused(tmp_path / "nowhere", "does not exist")
        refused(tmp_path / "nowhere.npz", "does not exist")

    def test_file_where_a_folder_is_meant(self, tmp_path):
        file = tmp_path / "train-images-idx3-ubyte.gz"
        file.write_bytes(b"x")
        refused(file, "is a file where a folder is meant")

    def test_path_below_a_file(self, tmp_path):
        (tmp_path / "file").touch()
        refused(tmp_path / "file" / "digits", "")

    def test_text_is_a_path_too(self, folder):
        assert len(load(str(folder)).labels) == 50


class TestSubset:
    def test_keeps_shares_and_order_and_the_test_part(self):
        data = carried()
        small = subset(data, 500)
        assert same(np.bincount(small.labels), shares(np.bincount(data.labels), 500))
        assert (np.diff(small.numbers) > 0).all()
        for label in range(10):
            first = data.numbers[data.labels == label]
            mine = small.numbers[small.labels == label]
            assert same(mine, first[: len(mine)])
        assert same(small.images, data.images[np.isin(data.numbers, small.numbers)])
        assert small.test_images is data.test_images

    def test_all_of_them_and_one_of_each(self):
        data = carried()
        assert same(subset(data, 5000).numbers, data.numbers)
        assert same(np.bincount(subset(data, 12).labels), [1, 2, 1, 1, 1, 1, 1, 2, 1, 1])

    @pytest.mark.parametrize("n", [-1, 0, 1, 9])
    def test_too_few(self, n):
        with pytest.raises(BadInputError, match=f"{n} training images are too few.*at least 10"):
            subset(carried(), n)

    def test_too_many(self):
        with pytest.raises(BadInputError, match="5001 training images asked for where there are"):
            subset(carried(), 5001)

    def test_what_too_few_recommends_is_enough(self):
        assert np.bincount(subset(carried(), 10).labels).tolist() == [1] * 10


def test_largest_remainder():
    # Three parties, seven seats: quotas 3.5, 2.1, 1.4; the one seat left goes to the first.
    assert same(shares(np.array([50, 30, 20]), 7), [4, 2, 1])
    assert same(shares(np.array([1, 1, 1]), 4), [2, 1, 1])


def test_jpegs_are_named_by_number_and_near_the_originals(tmp_path, digits):
    write_jpegs(digits["images"], digits["labels"], range(100, 160), tmp_path)
    found = class_folders.read_class_folders(tmp_path)
    truth = digits["images"][found.numbers - 100]
    assert np.abs(found.images.astype(int) - truth).mean() < 2
    assert not np.array_equal(found.images, truth)
    assert same(found.labels, digits["labels"][found.numbers - 100])


def test_jpegs_of_floats_are_refused(tmp_path, digits):
    with pytest.raises(BadInputError, match="float64"):
        write_jpegs(digits["images"] / 255, digits["labels"], range(60), tmp_path)


class TestBombs:
    """Small files that claim, or unpack to, more than may be held."""

    def test_gzip_that_unpacks_to_too_much(self, tmp_path, digits, monkeypatch):
        write_idx(digits, tmp_path, zipped=True)
        monkeypatch.setattr("diagnose.data.idx.MOST", 10_000)
        refused(tmp_path, "unpacked: takes 47,040 bytes or more, and at most")

    def test_array_that_claims_more_than_it_holds(self, tmp_path, digits):
        path = tmp_path / "digits.npz"
        buffer = io.BytesIO()
        header = {"descr": "|u1", "fortran_order": False, "shape": (2**40, 28, 28)}
        np.lib.format.write_array_header_1_0(buffer, header)
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("images.npy", buffer.getvalue())
            file.writestr("labels.npy", b"no array")
        refused(path, "images claims 862,017,116,176,384 bytes of numbers and holds 128")

    def test_array_that_is_too_large(self, tmp_path, digits, monkeypatch):
        path = tmp_path / "digits.npz"
        np.savez_compressed(path, **digits)
        monkeypatch.setattr("diagnose.data.npz.MOST", 10_000)
        refused(path, "images: takes 47,168 bytes or more, and at most")

    def test_member_that_is_no_array(self, tmp_path):
        path = tmp_path / "digits.npz"
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("images.npy", b"this is no array")
        refused(path, "images is no array; save it by numpy.savez")

    def test_resize_to_more_than_can_be_held(self, folder):
        with pytest.raises(BadInputError, match="60 images of 9999x9999 take more than"):
            load(folder, resize=(9999, 9999))

    def test_image_of_more_points_than_anybody_needs(self, tmp_path, monkeypatch):
        Image.new("L", (60, 60)).save(tmp_path / "a.png")
        monkeypatch.setattr(class_folders, "MOST_PIXELS", 3000)
        with pytest.raises(BadInputError, match=r"a\.png: is 60x60 pixels large"):
            class_folders.open_gray(tmp_path / "a.png")

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes there")
    def test_a_pipe_is_not_waited_for(self, tmp_path):
        os.mkfifo(tmp_path / "digits.npz")
        refused(tmp_path / "digits.npz", "it is a device or a pipe")
