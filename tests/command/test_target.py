"""Networks are loaded from modules and files, and what is wrong there is said in one line."""

import inspect
import pickle
import sys
from pathlib import Path

import pytest

import buggy_reference
import fixed
from diagnose.command.target import load_network
from diagnose.errors import BadInputError
from diagnose.network.authors_code import described

HEAD = """
from dataclasses import replace
from fixed import NETWORK as TWIN

def order(labels, epoch, seed):
    return range(len(labels))

"""


@pytest.fixture(autouse=True)
def _clean_imports(monkeypatch, tmp_path):
    """Each test gets the import system as it was; modules that it wrote are forgotten."""
    monkeypatch.setattr(sys, "path", sys.path[:])
    yield
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a Python file with a head that defines TWIN and order, and give its path."""
    # other tests leave a module of that name, or a folder that holds one
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    others = [one for one in sys.path if one and (Path(one) / "mine.py").exists()]
    monkeypatch.setattr(sys, "path", [one for one in sys.path if one not in others])

    def write(text, name="mine.py", head=HEAD):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(head + text, encoding="utf-8")
        return path

    return write


def refused(target) -> str:
    with pytest.raises(BadInputError) as caught:
        load_network(str(target))
    message = str(caught.value)
    assert "\n" not in message
    return message


class TestModules:
    def test_package_module_and_name(self):
        assert load_network("buggy_reference") is buggy_reference.NETWORK
        assert load_network("fixed") is fixed.NETWORK
        assert load_network("buggy_reference.network") is buggy_reference.NETWORK
        assert load_network("buggy_reference:REVISION") is buggy_reference.REVISION

    def test_package_in_the_current_folder(self, write, tmp_path, monkeypatch):
        write("NETWORK = replace(TWIN, name='packed')", "packed_nets/__init__.py")
        write("SMALL = replace(TWIN, name='small')", "packed_nets/small.py")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "path", [one for one in sys.path if one not in ("", ".")])
        assert load_network("packed_nets").name == "packed"
        assert load_network("packed_nets.small:SMALL").name == "small"

    def test_missing_module(self):
        message = refused("no_such_network")
        assert message.startswith("there is no module named 'no_such_network' in the current fold")

    def test_missing_module_of_a_package(self):
        assert "no module named 'fixed.wrong'" in refused("fixed.wrong")
        assert "no module named 'fixed.network.deeper'" in refused("fixed.network.deeper")

    def test_missing_dependency_of_a_module_is_told_apart(self, write, tmp_path, monkeypatch):
        write("import no_such_dependency", "needs_more.py")
        monkeypatch.chdir(tmp_path)
        message = refused("needs_more")
        assert message.startswith("needs_more needs a module that is not there: needs_more.py:8: ")
        assert "'no_such_dependency'" in message

    def test_missing_part_of_its_own_package_is_a_dependency(self, write, tmp_path, monkeypatch):
        write("import halfway.rest", "halfway/__init__.py")
        monkeypatch.chdir(tmp_path)
        message = refused("halfway")
        assert message.startswith("halfway needs a module that is not there: halfway/__init__.py:8")

    def test_exception_in_a_module(self, write, tmp_path, monkeypatch):
        write("1 / 0", "divides.py")
        monkeypatch.chdir(tmp_path)
        assert refused("divides") == (
            "divides cannot be loaded: divides.py:8: ZeroDivisionError: division by zero"
        )

    @pytest.mark.parametrize("target", ["", " ", ":NETWORK", "fixed:", "a:b:c"])
    def test_no_target_at_all(self, target):
        assert "names no network; give MODULE, MODULE:NAME, FILE.py" in refused(target)

    @pytest.mark.parametrize("target", ["my-net", "..", "fixed.", "a b"])
    def test_neither_module_nor_file(self, target, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        message = refused(target)
        assert "is neither a module's name nor a file" in message or "is a folder" in message


class TestWhichNetwork:
    def test_the_attribute_network_comes_first(self, write):
        path = write("OTHER = replace(TWIN, name='other')\nNETWORK = replace(TWIN, name='it')")
        assert load_network(str(path)).name == "it"

    def test_the_only_one(self, write):
        path = write("MINE = ALIAS = replace(TWIN, name='only')\ndel TWIN")
        assert load_network(str(path)).name == "only"

    def test_several_are_listed(self, write):
        path = write("A = replace(TWIN, name='a')\nB = replace(TWIN, name='b')")
        assert refused(path) == (
            f"{path} has several networks: TWIN, A, B; say which, such as {path}:TWIN"
        )

    def test_none(self, write):
        message = refused(write("del TWIN"))
        assert message.endswith(
            "no network; put your functions into a diagnose.Network named NETWORK"
        )

    def test_a_name_that_is_not_there(self, write):
        message = refused(f"{write('A = TWIN')}:B")
        assert message.endswith("mine.py has no 'B'; networks in it: TWIN, A")

    def test_a_name_that_is_something_else(self, write):
        message = refused(f"{write('del TWIN')}:order")
        assert message.endswith("mine.py is no Network but function; networks in it: none")


class TestFiles:
    def test_a_name_after_a_colon(self, write):
        path = write("A = replace(TWIN, name='a')\nB = replace(TWIN, name='b')")
        assert load_network(f"{path}:B").name == "b"

    def test_relative_to_the_current_folder(self, write, tmp_path, monkeypatch):
        write("A = replace(TWIN, name='a')\ndel TWIN", "nets/one.py")
        monkeypatch.chdir(tmp_path)
        assert load_network("nets/one.py").name == "a"

    def test_it_is_a_real_module_run_once(self, write, tmp_path):
        path = write(
            "from pathlib import Path\n"
            f"log = Path({str(tmp_path / 'log')!r})\n"
            "log.write_text(log.read_text() + '+' if log.exists() else '+')\n"
            "NETWORK = replace(TWIN, name='a', order=order)\nB = replace(NETWORK, name='b')"
        )
        network, other = load_network(str(path)), load_network(f"{path}:B")
        assert (tmp_path / "log").read_text() == "+"
        assert network.order is other.order
        module = sys.modules[network.order.__module__]
        assert module.__name__ == "mine"
        assert module.order is network.order
        assert pickle.loads(pickle.dumps(network.order)) is network.order
        assert inspect.getsource(network.order).startswith("def order(labels, epoch, seed):")

    def test_a_dataclass_in_it_works(self, write):
        # dataclasses look their module up in sys.modules while the file still runs.
        path = write(
            "from dataclasses import dataclass\n"
            "@dataclass(frozen=True)\nclass Fixed:\n    '''An order.'''\n    first: 'int' = 0\n"
            "    def __call__(self, labels, epoch, seed): return range(len(labels))\n"
            "NETWORK = replace(TWIN, order=Fixed())"
        )
        assert load_network(str(path)).order.first == 0

    def test_it_can_import_its_neighbours_also_later(self, write, tmp_path):
        write("OFFSET = 7", "neighbour_a.py", head="")
        write("OFFSET = 8", "neighbour_b.py", head="")
        path = write(
            "from neighbour_a import OFFSET\n"
            "def late(epoch):\n    import neighbour_b\n    return neighbour_b.OFFSET\n"
            "NETWORK = replace(TWIN, learning_rate=late, initial_learning_rate=OFFSET)"
        )
        network = load_network(str(path))
        assert network.initial_learning_rate == 7
        assert network.learning_rate(0) == 8
        assert sys.path[0] != str(tmp_path), "its folder must not hide libraries afterwards"

    @pytest.mark.parametrize("name", ["json.py", "fixed.py", "my-net.py", "2nd.net.py", "ü.py"])
    def test_any_file_name_and_no_module_is_replaced(self, write, name):
        import json

        path = write("NETWORK = replace(TWIN, name='own', order=order)", name)
        network = load_network(str(path))
        assert network.name == "own"
        assert sys.modules["json"] is json
        assert sys.modules["fixed"] is fixed
        assert sys.modules[network.order.__module__].order is network.order

    def test_two_files_of_one_name(self, write):
        one = write("NETWORK = replace(TWIN, name='a', order=order)", "a/net.py")
        two = write("NETWORK = replace(TWIN, name='b', order=order)", "b/net.py")
        a, b = load_network(str(one)), load_network(str(two))
        assert (a.name, b.name) == ("a", "b")
        assert a.order is not b.order

    def test_worker_processes_get_its_functions(self, write):
        """Trainings outside the compiled loop run in processes that know nothing of the file."""
        from joblib import Parallel, delayed
        from joblib.externals.loky import get_reusable_executor

        get_reusable_executor().shutdown()  # workers of other tests, started before the file was

        write("def first(labels): return labels[0]", "helper_of_mine.py", head="")
        path = write(
            "SHIFT = 5\n"
            "def shifted(labels, epoch, seed):\n"
            "    from helper_of_mine import first\n    return first(labels) + SHIFT\n"
            "NETWORK = replace(TWIN, order=shifted)"
        )
        network = load_network(str(path))
        calls = (delayed(network.order)([k], 0, 0) for k in range(2))
        assert Parallel(n_jobs=2)(calls) == [5, 6]


class TestBrokenFiles:
    def test_missing(self, tmp_path):
        assert refused(tmp_path / "none.py").endswith(
            "none.py: does not exist; check the spelling of the path"
        )

    def test_folder(self, tmp_path):
        (tmp_path / "net").mkdir()
        assert "net: is a folder; give a file ending in .py" in refused(tmp_path / "net")

    @pytest.mark.parametrize("name", ["mine.ipynb", "mine.txt", "mine"])
    def test_no_python_file(self, write, name):
        assert refused(write("", name)).endswith(
            f"{name}: is no Python file; give one ending in .py"
        )

    def test_syntax_error_names_the_line(self, write):
        message = refused(write("def f(:\n    pass"))
        assert "mine.py is not valid Python: mine.py:8: SyntaxError: invalid syntax" in message

    def test_syntax_error_in_a_neighbour_names_the_neighbour(self, write):
        write("x = = 1", "neighbour_broken.py", head="")
        assert "neighbour_broken.py:1: SyntaxError" in refused(write("import neighbour_broken"))

    def test_bytes_that_are_no_utf8(self, write):
        path = write("")
        path.write_bytes(b"name = '\xff\xfe'\n")
        assert "mine.py is not valid Python: " in refused(path)

    def test_unknown_encoding(self, write):
        message = refused(write("", head="# coding: klingon\n"))
        assert "mine.py is not valid Python: " in message
        assert "klingon" in message

    def test_zero_bytes(self, write):
        path = write("")
        path.write_bytes(b"x = 1\0\n")
        assert "null bytes" in refused(path)

    def test_an_exception_names_the_authors_innermost_line(self, write):
        message = refused(write("import json\ndef read():\n    return json.loads('{')\nread()"))
        assert (
            "mine.py cannot be loaded: mine.py:10: JSONDecodeError: Expecting property" in message
        )

    def test_a_wrong_field_of_the_network(self, write):
        message = refused(write("NETWORK = replace(TWIN, nme='x')"))
        assert "mine.py:8: TypeError: " in message
        assert "'nme'" in message

    def test_a_program_that_ends_itself(self, write):
        message = refused(write("import sys\nsys.exit('usage: mine FILE')"))
        assert "ended the program while it was loaded: mine.py:9: SystemExit: usage" in message
        assert "if __name__ == '__main__'" in message

    def test_missing_dependency(self, write):
        message = refused(write("import no_such_dependency"))
        assert "mine.py needs a module that is not there: mine.py:8: ModuleNotFoundError" in message

    def test_a_broken_file_can_be_mended_and_loaded(self, write):
        path = write("1 / 0")
        refused(path)
        assert "mine" not in sys.modules
        write("NETWORK = replace(TWIN, name='mended')")
        assert load_network(str(path)).name == "mended"

    def test_ctrl_c_is_not_swallowed(self, write):
        with pytest.raises(KeyboardInterrupt):
            load_network(str(write("raise KeyboardInterrupt")))


def test_windows_drives_are_no_names():
    assert refused(r"C:\nets\mine.py").startswith(r"C:\nets\mine.py: does not exist")
    assert refused(r"C:\nets\mine.py:SMALL").startswith(r"C:\nets\mine.py: does not exist")


def test_an_error_without_words_or_place_is_described_too():
    assert described(ValueError()) == "ValueError"
    assert described(ValueError("two\nlines")) == "ValueError: two lines"
