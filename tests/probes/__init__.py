"""One file for each probe, and beside them what several of these ask alike."""

import pytest

# So that what fails there is shown with its values, as in a test.
pytest.register_assert_rewrite("tests.probes.assertions", "tests.probes.updating")
