"""The post's own file: the edits that mend it, and what it answers with them."""

import os
import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from buggy_reference.verbatim import POST
from diagnose.data import carried
from diagnose.network.samples import Data
from diagnose.patching.notebooks import read
from diagnose.patching.orders import of_order
from diagnose.patching.pace import of_rate
from diagnose.patching.samples import of_input
from diagnose.patching.script import Script
from diagnose.patching.source import patched, touched
from diagnose.patching.starting import of_start
from diagnose.symptoms import score
from diagnose.training.trainer import Trainer
from diagnose.watching.script import watch

FOLDER = "C:\\Users\\Desktop\\MNIST - JPG - training\\"
PIXELS = SimpleNamespace(
    defect="unnormalized-input",
    status="present",
    part="input",
    where=None,
    numbers={"shifts": [0.0], "divisors": [255.0]},
)
WRITTEN = [
    "w1=np.random.randn(10,784)*np.sqrt(2/784)",
    "w2=np.random.randn(10,10)*np.sqrt(2/10)",
    "w3=np.random.randn(10,10)*np.sqrt(1/10)",
    "lr=0.01",
    "samples=[(num,i) for num in range(10) for i in os.listdir(dir.format(str(num)))]",
    "np.random.shuffle(samples)",
    "for num,i in samples:",
    "A=A.reshape(-1,1)/255",
]


def with_digits(folder):
    """What the post lists, and what it opens: two names on this machine."""
    digits = carried()
    for one in range(10):
        (folder / f"{FOLDER}{one}").mkdir()
        for at, index in enumerate(np.flatnonzero(digits.labels == one)[:12]):
            (folder / f"{FOLDER}{one}" / f"{at}.jpg").touch()
            Image.fromarray(digits.images[index].astype(np.uint8)).save(
                folder / f"{FOLDER}{one}\\{at}.jpg", format="JPEG"
            )
    return folder / "post.py"


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="its paths lead out of the test's folder there")
def test_the_posts_own_file_patched_answers_the_carried_digits(tmp_path):
    path = with_digits(tmp_path)
    shutil.copy(POST, path)
    seen = watch(path)
    source = read(path)
    report = SimpleNamespace(findings={seen.network.name: [PIXELS]})
    script = Script(source=source, network=seen.network, roles=seen.roles, report=report)
    edits = [
        of_start(script)[0],
        of_input(script)[1],
        of_order(script)[0],
        of_rate(script, 0.01)[-1],
    ]
    assert touched(source, edits) <= 14
    lines = patched(source, edits).decode().splitlines()
    assert {*WRITTEN} <= {line.strip() for line in lines}
    path.write_bytes(patched(source, edits))

    mended = watch(path)
    assert mended.parted is None
    digits = carried()
    assert mended.network.data().images.max() <= 1
    assert mended.network.order.how == "shuffled"
    network = replace(mended.network, order=replace(mended.network.order, shown=5000))
    data = Data(
        name="digits", images=digits.images / 255, labels=digits.labels,
        test_images=digits.test_images / 255, test_labels=digits.test_labels,
        numbers=digits.numbers,
    )  # fmt: skip
    trainer = Trainer(data=data, epochs=network.epochs)
    # the first seed stands for the draw of the file's own run, which is another one each time
    runs = trainer.runs([(network, seed) for seed in (1, 2, 3)], "training")
    answered = [score(trainer.symptoms(network, run)) for run in runs]
    assert min(answered) >= 0.85
