"""One bad spec for each rule, and the message its author gets.

The messages in `bad_specs/*.txt` are read by a person before they are committed. After a change
to the messages, `UPDATE_GOLDEN=1 pytest tests/generator/test_spec_errors.py` writes them anew.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from codegen.__main__ import main
from codegen.grammar import layers
from codegen.model import Library, Package, Zoo
from codegen.reading.load import load
from codegen.reading.problems import SpecError
from codegen.render import render
from tests.support.reviewed import assert_as_reviewed

HERE = Path(__file__).parent
BAD = sorted((HERE / "bad_specs").glob("*.yaml"))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a small spec that has nothing wrong with it."""
    shutil.copytree(HERE / "good_spec", tmp_path / "spec")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def errors(root: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What the generator says about a bad spec, having written nothing."""
    assert main(["generate"], root) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert not (root / "src").exists()
    return printed.err


def test_the_good_spec_is_good(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"], root) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [
        "snn.LIB",
        "snn.SLIB",
        "snn.DLIB",
        "snn.DSLIB",
        "ssm.Block",
    ]


@pytest.mark.parametrize("bad", BAD, ids=lambda path: path.stem)
def test_message(bad: Path, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kind = bad.name.partition(".")[0]
    named = {"layers": "ssm.yaml", **{n: f"{n}.yaml" for n in ("constraints", "functional")}}
    file = named.get(kind, "snn.yaml")
    shutil.copy(bad, root / "spec" / file)
    message = errors(root, capsys)
    assert message.startswith(f"spec/{file}:")
    golden = bad.with_suffix(".txt")
    assert_as_reviewed(message, golden)


def test_a_family_may_replace_what_reads_a_split_parameter(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it inherits is refused, but not what it has itself."""
    spec = root / "spec" / "snn.yaml"
    bad = (HERE / "bad_specs" / "inherits_what_reads_a_split_parameter.yaml").read_text()
    text = bad.replace("decay: beta, input: x - theta", "decay: theta, input: x")
    fire, reset = "    fire: [spikes = spike_fn(mem)]\n", "    reset: spikes\n"
    for inherited in (text, text + fire, text + reset):
        spec.write_text(inherited)
        assert "LIX:\n" in (message := errors(root, capsys)) and "only a trace" in message
    spec.write_text(f"{text}{fire}    reset: spikes * theta\n")
    assert "LIX:\n" not in (message := errors(root, capsys)) and "only a trace" in message
    spec.write_text(text + fire + reset)
    assert main(["list"], root) == 0


@pytest.mark.parametrize("file", ["snn.yaml", "constraints.yaml"])
def test_missing_file(file: str, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "spec" / "ssm.yaml").unlink()
    (root / "spec" / file).unlink()
    message = errors(root, capsys)
    expected = {
        "snn.yaml": "spec:1:1: error: no layers are declared here",
        "constraints.yaml": "spec/constraints.yaml:1:1: error: cannot be read: No such file",
    }
    assert expected[file] in message


def test_there_is_no_golden_file_without_its_spec() -> None:
    goldens = {path.stem for path in (HERE / "bad_specs").glob("*.txt")}
    assert goldens == {path.stem for path in BAD}


@pytest.mark.parametrize("file", ["snn.yaml", "ssm.yaml"])
@given(data=st.data())
def test_no_accident_ends_in_a_traceback(file: str, data: st.DataObject) -> None:
    """Words of the spec are removed, moved and replaced: it is accepted and makes layers that run,
    or it is refused."""
    text = (HERE / "good_spec" / file).read_text()
    words = re.findall(r"\w+|\s+|.", text)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(words) - 1))
        odd = st.sampled_from(
            ["", "0", "-1.5", "[]", "{}", "null", "on", "&a", "*a", "!!float", '"']
        )
        words[place] = data.draw(st.one_of(st.sampled_from(words), odd))
    with TemporaryDirectory() as name:
        folder = Path(name)
        for kept in ("constraints.yaml", "functional.yaml"):
            shutil.copy(HERE / "good_spec" / kept, folder)
        (folder / file).write_text("".join(words))
        try:
            packages = load(folder)
        except SpecError as error:
            assert all(problem.hint for problem in error.problems)
        else:
            run_each_layer(packages)


def run_each_layer(packages: tuple[Package, ...]) -> None:
    """Make each layer and run a timestep, as if it stood in the library."""
    sources = render(Library(packages, None, Zoo((), ())))
    for package in packages:
        for layer in layers(package):
            path = f"{package.name}/{layer.module}.py"
            module = {"__name__": layer.name, "__package__": f"tracetorch.{package.name}"}
            exec(compile(sources[PurePosixPath(path)], path, "exec"), module)
            made = module[layer.name](3)
            assert made(torch.ones(2, 3)).shape == (2, 3)


def test_the_layers_of_the_good_spec_run() -> None:
    packages = load(HERE / "good_spec")
    run_each_layer(packages)
    assert [len(layers(package)) for package in packages] == [4, 1]


def test_the_share_of_a_reset_may_be_0(root: Path) -> None:
    spec = root / "spec" / "snn.yaml"
    text = spec.read_text()
    for name, share in (("pos", 1), ("neg", 0)):
        text = re.sub(rf"({name}: .*reset_share: )0.5", rf"\g<1>{share}", text)
    spec.write_text(text)
    split = load(root / "spec")[0].prefixes[0].branches
    assert [(branch.name, branch.reset_share) for branch in split] == [("pos", 1), ("neg", 0)]


NEURON = "mine: {name: mine, doc: M., states: {mem: m}, update: [mem = mem + x], output: mem}"
OWN = f"layers: {{{NEURON.replace('mine:', 'Mine:', 1)}}}\n"


def prefix(letter: str) -> str:
    drive = "{name: p, doc: P., families: [LIB], drive: 0.5 * x}"
    return f"prefixes: {{{letter}: {drive}}}\nonly: [{letter}LIB]\n"


def extending(letter: str) -> str:
    new = "{extends: LIB, name: mine, doc: M., prefixes: [S]}"
    return f"families: {{{letter}: {new}}}\n"


TOGETHER = {
    "layers": (OWN, OWN, ["Mine is in a.yaml"]),
    "letters": (prefix("T"), prefix("T"), ["T is in a.yaml", "TLIB is in a.yaml"]),
    "families": (extending("LIX"), extending("LIX"), ["LIX is in a.yaml", "SLIX is in a.yaml"]),
    "a letter and a layer": (OWN.replace("Mine", "T"), prefix("T"), ["T is in a.yaml"]),
    "another file": (OWN, OWN.replace("Mine", "a"), ["a is in a.yaml"]),
    "the file itself": (OWN, OWN.replace("Mine", "b"), ["b is in b.yaml"]),
    "a library": (OWN, OWN.replace("Mine", "theirs"), ["theirs is in peers"]),
    "a layer of a library": (OWN, OWN.replace("Mine", "Theirs"), []),
    "a letter of the spec": (extending("LIX"), extending("LIY"), []),
    "other letters": (prefix("T"), prefix("U"), []),
}


@pytest.mark.parametrize("what", TOGETHER)
def test_names_of_neurons_that_are_offered_together(
    what: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Layers and prefixes of papers, and the packages of other libraries, have different names."""
    first, second, expected = TOGETHER[what]
    files = {"a": first, "b": second, "peers/theirs": OWN.replace("Mine", "Theirs")}
    (root / "spec" / "zoo" / "peers").mkdir(parents=True)
    for name, text in files.items():
        (root / "spec" / "zoo" / f"{name}.yaml").write_text(f"package: Neurons\n{text}")
    if not expected:
        assert main(["list"], root) == 0
        return
    where, hint = "    1 | package: Neurons\n      | ^\n", "      = rename one of them\n\n"
    assert errors(root, capsys) == "".join(
        f"spec/zoo/b.yaml:1:1: error: {message} too\n{where}{hint}" for message in expected
    )
