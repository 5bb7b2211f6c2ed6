"""What the command line says where it can not begin."""

import pytest
from click.testing import CliRunner

from tracker.cli import main


@pytest.mark.parametrize("url", ["sqlite:///{file}/tracker.db", "no address"])
def test_a_database_that_can_not_be_ends_in_one_line(url, tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.write_text("no folder")
    monkeypatch.setenv("TRACKER_DATABASE_URL", url.format(file=file))
    found = CliRunner().invoke(main, ["release", "list"])
    assert found.exit_code == 1
    assert found.output.startswith("Error: TRACKER_DATABASE_URL: ")
    assert found.output.count("\n") == 1
