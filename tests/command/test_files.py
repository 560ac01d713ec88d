"""Writing files: all or none, in the place of regular files only, here and on other systems."""

import os
import stat
from pathlib import Path

import pytest

from diagnose.command import files
from diagnose.command.files import DEVICES, check_targets, is_file, write_all
from diagnose.errors import BadInputError

posix = pytest.mark.skipif(os.name == "nt", reason="makes pipes and links, and counts permissions")


def names(folder):
    return sorted(one.name for one in folder.iterdir())


def refused(paths, match):
    with pytest.raises(BadInputError, match=match):
        check_targets(paths)


@posix
class TestWhatIsNoRegularFile:
    def test_a_pipe_stays_a_pipe(self, tmp_path):
        os.mkfifo(tmp_path / "a.md")
        refused([tmp_path / "a.md"], "is no regular file but a device or a pipe")
        with pytest.raises(BadInputError, match="is no regular file"):
            write_all({tmp_path / "a.md": "text"})
        assert stat.S_ISFIFO((tmp_path / "a.md").stat().st_mode)

    def test_a_device_behind_a_link(self, tmp_path):
        (tmp_path / "a.md").symlink_to("/dev/null")
        refused([tmp_path / "a.md"], "is no regular file")
        assert Path("/dev/null").is_char_device()

    def test_links_in_a_circle(self, tmp_path):
        (tmp_path / "a.md").symlink_to("b.md")
        (tmp_path / "b.md").symlink_to("a.md")
        refused([tmp_path / "a.md"], r"a\.md: (cannot be written|is a link that leads back)")
        assert names(tmp_path) == ["a.md", "b.md"]


class TestAllOrNone:
    def test_one_that_has_become_a_folder_meanwhile(self, tmp_path, monkeypatch):
        old, new, last = (tmp_path / name for name in ("a.txt", "b.txt", "c.txt"))
        old.write_text("old", encoding="utf-8")
        check = files._check_place
        calls = []

        def later(path):
            calls.append(path)
            if len(calls) == 6:  # the last one, before it would be put into its place
                last.mkdir()
            check(path)

        monkeypatch.setattr(files, "_check_place", later)
        with pytest.raises(BadInputError, match=r"c\.txt: is a folder"):
            write_all({old: "new", new: "new", last: "new"})
        assert old.read_text(encoding="utf-8") == "old"
        assert names(tmp_path) == ["a.txt", "c.txt"]

    def test_a_file_that_another_program_keeps_open(self, tmp_path, monkeypatch):
        """On Windows such a file cannot be replaced."""
        old, held = tmp_path / "a.txt", tmp_path / "b.txt"
        for path in (old, held):
            path.write_text("old", encoding="utf-8")
        replace = Path.replace

        def windows(self, target):
            if Path(target).name == "b.txt":
                raise PermissionError(13, "Access is denied")
            return replace(self, target)

        monkeypatch.setattr(Path, "replace", windows)
        with pytest.raises(BadInputError, match=r"b\.txt: cannot be written \(Access is denied\)"):
            write_all({old: "new", held: "new"})
        assert [one.read_text(encoding="utf-8") for one in (old, held)] == ["old", "old"]
        assert names(tmp_path) == ["a.txt", "b.txt"]

    def test_where_a_file_has_one_name_only(self, tmp_path, monkeypatch):
        """Some file systems have no second names for a file: what was there is copied."""

        def none(*_):
            raise OSError(1, "Operation not permitted")

        monkeypatch.setattr(os, "link", none)
        self.test_one_that_has_become_a_folder_meanwhile(tmp_path, monkeypatch)

    @posix
    def test_permissions_stay(self, tmp_path):
        path = tmp_path / "a.txt"
        path.touch(mode=0o600)
        path.chmod(0o640)
        write_all({path: "text"})
        assert stat.S_IMODE(path.stat().st_mode) == 0o640


class TestNames:
    def test_two_ways_to_one_file(self, tmp_path):
        (tmp_path / "sub").mkdir()
        refused([tmp_path / "a.md", tmp_path / "sub" / ".." / "a.md"], "is the same file as")
        assert names(tmp_path) == ["sub"]

    def test_capitals_that_are_no_difference(self, tmp_path, monkeypatch):
        """As on macOS and Windows: a file that is there under other capitals is there."""
        touch = Path.touch
        there = set()

        def ignoring(self, mode=0o666, exist_ok=True):
            if self.name.casefold() in there and not exist_ok:
                raise FileExistsError(17, "File exists")
            there.add(self.name.casefold())
            touch(self, mode, exist_ok)

        monkeypatch.setattr(Path, "touch", ignoring)
        refused([tmp_path / "Report.md", tmp_path / "report.MD"], "is the same file as one given")
        assert names(tmp_path) == []
        there.clear()
        check_targets([tmp_path / "report.md", tmp_path / "other.md"])

    def test_letters_that_are_composed_in_two_ways(self, tmp_path):
        """macOS takes them for one name, so their parts must have one name there too."""
        one, other = (files._beside(tmp_path / name, "part") for name in ("é.md", "e\u0301.md"))
        assert one.name.split(".")[3] == other.name.split(".")[3]

    @posix
    def test_names_as_long_as_the_system_allows(self, tmp_path):
        path = tmp_path / ("é" * 126 + ".md")
        assert len(os.fsencode(path.name)) == 255
        check_targets([path])
        write_all({path: "text"})
        write_all({path: "again"})
        assert path.read_text(encoding="utf-8") == "again"
        refused([tmp_path / ("n" * 256 + ".md")], "cannot be written")
        refused([tmp_path / ("n" * 5000) / "a.md"], "cannot be written")

    @pytest.mark.parametrize("name", ["con.md", "AUX", "nul.html", "com1.json", "lpt9.x.txt"])
    def test_names_of_devices_on_windows(self, name):
        assert DEVICES.fullmatch(name)

    @pytest.mark.parametrize("name", ["console.md", "report.con", "com.md", "lpt10.md"])
    def test_names_that_only_look_like_it(self, name):
        assert not DEVICES.fullmatch(name)

    def test_no_file_has_such_a_name(self):
        assert not is_file(Path("n" * 9999))
        assert not is_file(Path("zero\0"))
        assert is_file(Path(__file__))
