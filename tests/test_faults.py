"""What happens to servers, really done: nothing is lost, and the site comes back."""

import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from writes import REASON, WRITES, begin, finished

from desk import make_account
from factories import NOW, make_country_file, make_seeds
from servers import running, traffic, wait_until
from tracker.actions.load import load_seeds
from tracker.actions.proposals import Target, Typed, save_draft, send
from tracker.rules.permissions import Role
from tracker.store import audit, backups, migrations
from tracker.store.codebooks import read_codebook
from tracker.store.contributions import Scope
from tracker.store.db import make_engine
from tracker.store.models import Event

pytestmark = pytest.mark.faults
# Of each of the four that write: 52 in all.
MOMENTS = int(os.environ.get("TRACKER_KILL_MOMENTS", "13"))
ROOT = Path(__file__).parents[1]


@pytest.fixture
def seeds(tmp_path):
    return make_seeds(tmp_path / "seeds")


@pytest.fixture
def changed_seeds(tmp_path):
    """Every country of the first seeds changes, and two are new."""
    files = []
    for iso3 in ("PHL", "KEN", "IND", "AFG"):
        data = make_country_file(iso3)
        data["readings"]["penalty"]["elements"]["ten_years"] = "lacking"
        data["readings"]["penalty"]["why"] = f"Changed for {iso3}."
        files.append(data)
    return make_seeds(tmp_path / "changed", *files)


@pytest.fixture
def small_url(empty_url, seeds):
    engine = make_engine(empty_url)
    with Session(engine) as session:
        load_seeds(session, seeds, now=NOW)
    engine.dispose()
    return empty_url


def contents(url):
    engine = make_engine(url)
    with engine.connect() as connection, Session(engine) as session:
        assert list(audit.verify(session)) == []
        found = backups.contents(connection)
    engine.dispose()
    return found


def rows(found):
    return {name: item.rows for name, item in found.items()}


def start(url, *arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-c", "from tracker.cli import main; main()", *arguments],
        cwd=ROOT,
        env={**os.environ, "TRACKER_DATABASE_URL": url, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def finish(process):
    output = process.communicate(timeout=120)[0].decode()
    assert "Traceback" not in output, output
    return process.returncode, output


@pytest.fixture
def busy_url(small_url):
    """Two people, and a proposal that waits."""
    engine = make_engine(small_url)
    ana = make_account(engine, "ana")
    make_account(engine, "rob", Role.REVIEWER)
    with Session(engine) as session:
        typed = Typed([], {"leads": ["A decree of 2009."]}, REASON, "Recalled.")
        draft = save_draft(session, ana, Target("PHL", Scope.LEADS), typed, now=NOW)
        codebook = read_codebook(session)
        send(session, ana, draft.id, draft.version, codebook, now=NOW)
    engine.dispose()
    return small_url


@pytest.mark.parametrize("write", WRITES)
def test_killed_while_writing_leaves_before_or_after(
    databases, busy_url, changed_seeds, tmp_path, write
):
    """kill -9 at moments spread over the whole run, from its first to its last."""
    before = contents(busy_url)
    whole = databases.again(busy_url)
    finished(begin(None, busy_url, tmp_path))  # the first one waits for imports
    began = time.monotonic()
    assert finished(begin(write, whole, tmp_path)) == 0
    took = time.monotonic() - began
    after = contents(whole)
    assert after != before
    databases.drop(whole)
    moments = random.Random(6)
    ends = set()
    for turn in range(MOMENTS):
        url = databases.again(busy_url)
        process = begin(write, url, tmp_path)
        time.sleep(took * moments.uniform(0, 1.1))
        process.kill()
        ends.add(finished(process))
        found = contents(url)
        assert found in (before, after), turn
        if found == before and not turn % 3:  # and it can be done again
            assert finished(begin(write, url, tmp_path)) == 0
            # A sequence of PostgreSQL never gives a number twice, used or not.
            assert rows(contents(url)) == rows(after)
        databases.drop(url)
    assert -signal.SIGKILL in ends


def test_killed_inside_the_transaction_leaves_what_was(small_url, changed_seeds):
    """Killed when every row is written and before the commit: the last moment there is."""
    before = contents(small_url)
    script = (
        "import os, signal, sys\n"
        "from tracker.store import audit\n"
        "record = audit.record\n"
        "def die(*args):\n"
        "    record(*args)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "audit.record = die\n"
        "from tracker.cli import main\n"
        "main()\n"
    )
    process = subprocess.run(
        [sys.executable, "-c", script, "load", "seeds", str(changed_seeds)],
        cwd=ROOT,
        env={**os.environ, "TRACKER_DATABASE_URL": small_url},
        check=False,
    )
    assert process.returncode == -signal.SIGKILL
    assert contents(small_url) == before
    assert finish(start(small_url, "load", "seeds", str(changed_seeds)))[0] == 0


@pytest.fixture
def small_disk():
    """A file system of 3 MB of our own."""
    folder = Path("/mnt") / f"tracker-{os.getpid()}"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, check=False)
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("only root may mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
    folder.rmdir()


def on_disk(small_url, folder):
    if not small_url.startswith("sqlite"):
        pytest.skip("PostgreSQL keeps its files itself")
    path = folder / "tracker.db"
    shutil.copyfile(small_url.removeprefix("sqlite:///"), path)
    return f"sqlite:///{path}"


def test_full_disk_loses_nothing_and_recovers(
    small_url, small_disk, changed_seeds, tmp_path
):
    url = on_disk(small_url, small_disk)
    before = contents(url)
    with running(url, tmp_path) as server:
        assert server.ask("/countries/PHL")[0] == 200
        ballast = small_disk / "ballast"
        with (
            ballast.open("wb", buffering=0) as file,
            pytest.raises(OSError, match="space"),
        ):
            while True:
                file.write(b"x" * 4096)
        code, output = finish(start(url, "load", "seeds", str(changed_seeds)))
        assert code == 1
        assert "disk" in output.lower()
        assert server.ask("/countries/PHL?still=1")[0] == 200
        ballast.unlink()
        assert contents(url) == before
        assert finish(start(url, "load", "seeds", str(changed_seeds)))[0] == 0
        assert b"Changed for PHL" in server.ask("/countries/PHL")[1]


def test_backup_to_a_full_disk_leaves_no_half_file(small_url, small_disk):
    (small_disk / "ballast").write_bytes(b"x" * 2_900_000)
    code, output = finish(start(small_url, "backup", str(small_disk / "saved.db")))
    assert code == 1
    assert "nothing" in output.lower() or "full" in output.lower() or "space" in output
    assert [path.name for path in small_disk.iterdir()] == ["ballast"]


def test_file_size_limit_ends_a_load_in_one_line(small_url, changed_seeds):
    """RLIMIT_FSIZE: the same for a user without a file system of their own."""
    if not small_url.startswith("sqlite"):
        pytest.skip("PostgreSQL keeps its files itself")
    before = contents(small_url)
    size = Path(small_url.removeprefix("sqlite:///")).stat().st_size

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size // 8, size // 8))

    process = subprocess.Popen(
        [sys.executable, "-c", "from tracker.cli import main; main()"]
        + ["load", "seeds", str(changed_seeds)],
        cwd=ROOT,
        env={**os.environ, "TRACKER_DATABASE_URL": small_url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=limit,
    )
    code, output = finish(process)
    assert code == 1
    assert len(output.strip().splitlines()) == 1
    assert contents(small_url) == before


def test_read_only_database_is_served_and_refuses_writes(
    small_url, changed_seeds, tmp_path, databases
):
    before = contents(small_url)
    if small_url.startswith("sqlite"):
        url = f"sqlite:///file:{small_url.removeprefix('sqlite:///')}?mode=ro&uri=true"
    else:
        name = sa.make_url(small_url).database
        databases.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        url = small_url
    with running(url, tmp_path) as server:
        for path in ("/", "/countries/PHL", "/gaps", "/gaps.csv", "/readyz"):
            assert server.ask(path)[0] == 200
    code, output = finish(start(url, "load", "seeds", str(changed_seeds)))
    assert code == 1
    assert "read" in output.lower()
    assert len(output.strip().splitlines()) == 1
    assert contents(small_url) == before


def restart(server):
    """As an administrator would: connections are cut, what is half done is undone."""
    from pgserver.postgres_server import pg_ctl

    options = ["-w", "-m", "fast", "-l", str(server.log), "restart"]
    pg_ctl(options, pgdata=server.pgdata, user=server.system_user, timeout=60)


def test_database_restarted_under_traffic(small_url, databases, tmp_path):
    if small_url.startswith("sqlite"):
        pytest.skip("SQLite has no server")
    before = contents(small_url)
    pages = ["/countries/PHL?n=1", "/gaps?n=2", "/readyz", "/"]
    with running(small_url, tmp_path) as server, traffic(server, pages, 3) as seen:
        seen.wait_for(20)
        restart(databases.server)
        count = len(seen.statuses)
        seen.wait_for(count + 10)
        wait_until(lambda: set(seen.statuses[-8:]) == {200})
    assert seen.failures == []
    assert set(seen.statuses) <= {200, 503}, server.log.read_text()
    assert contents(small_url) == before


def test_two_writers_take_turns(small_url, changed_seeds, seeds):
    """Neither hears "database is locked"; the events are one chain."""
    writers = [
        start(small_url, "load", "seeds", str(folder))
        for folder in (changed_seeds, seeds, changed_seeds, seeds)
    ]
    for writer in writers:
        code, output = finish(writer)
        assert code == 0, output
    contents(small_url)


def test_writer_waits_for_a_long_one(small_url, changed_seeds):
    engine = make_engine(small_url)
    with Session(engine) as session:
        audit.lock(session)
        waiting = start(small_url, "load", "seeds", str(changed_seeds))
        time.sleep(3)
        assert waiting.poll() is None
        session.commit()
    assert finish(waiting)[0] == 0
    engine.dispose()


def test_readers_do_not_wait_for_a_writer(small_url, tmp_path):
    engine = make_engine(small_url)
    with running(small_url, tmp_path) as server, Session(engine) as session:
        audit.lock(session)
        session.execute(sa.text("UPDATE bill SET title = title"))
        assert server.ask("/countries/PHL")[0] == 200
        session.rollback()
    engine.dispose()


def test_clock_that_jumps_back(small_url, changed_seeds, tmp_path):
    """Later events may bear an earlier time; the chain is by number, and pages stand."""
    engine = make_engine(small_url)
    with Session(engine) as session:
        load_seeds(session, changed_seeds, now=NOW + timedelta(days=2))
        last = session.scalar(sa.select(sa.func.max(Event.id)))
        again = make_seeds(tmp_path / "again", make_country_file("PHL", leads=["x"]))
        load_seeds(session, again, now=NOW - timedelta(days=400))
        assert session.scalar(sa.select(sa.func.max(Event.id))) > last
        assert list(audit.verify(session)) == []
    engine.dispose()
    with running(small_url, tmp_path) as server:
        for path in ("/", "/countries/PHL", "/gaps"):
            assert server.ask(path)[0] == 200


def test_migration_interrupted_half_way(bare_url):
    """Killed between two statements of a migration: as before, and it can be run."""
    script = (
        "import os, signal\n"
        "import sqlalchemy as sa\n"
        "from tracker.store.db import make_engine\n"
        "from tracker.store import migrations\n"
        f"engine = make_engine({bare_url!r})\n"
        "seen = []\n"
        "@sa.event.listens_for(engine, 'before_cursor_execute')\n"
        "def count(conn, cursor, statement, *rest):\n"
        "    seen.append(statement)\n"
        "    if sum('CREATE TABLE' in s for s in seen) == 9:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "migrations.upgrade(engine)\n"
    )
    process = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False)
    assert process.returncode == -signal.SIGKILL
    engine = make_engine(bare_url)
    assert migrations.current(engine) is None
    assert set(sa.inspect(engine).get_table_names()) <= {"alembic_version"}
    migrations.upgrade(engine)
    assert migrations.current(engine) == migrations.head()
    engine.dispose()


def test_corrupt_seed_is_named_and_nothing_loaded(small_url, changed_seeds):
    before = contents(small_url)
    path = changed_seeds / "countries" / "IND.yaml"
    path.write_bytes(path.read_bytes()[:500] + b"\xff\x00: [")
    code, output = finish(start(small_url, "load", "seeds", str(changed_seeds)))
    assert code == 1
    assert "IND.yaml:" in output
    assert "nothing was loaded" in output
    assert contents(small_url) == before


def test_corrupt_row_is_named_and_the_rest_serves(small_url, tmp_path):
    """A reading with a state that does not exist, past every check of the database."""
    if not small_url.startswith("sqlite"):
        pytest.skip("PostgreSQL checks its pages itself")
    path = small_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("DROP TRIGGER reading_written_once")
        connection.execute(
            "UPDATE reading SET state = 'nonsense' "
            "WHERE country_iso3 = 'KEN' AND recorded_to IS NULL AND id IN "
            "(SELECT max(id) FROM reading WHERE country_iso3 = 'KEN')"
        )
    with running(small_url, tmp_path) as server:
        for page in ("/", "/countries", "/gaps", "/countries/PHL", "/criteria"):
            assert server.ask(page)[0] == 200, page
        for page in ("/countries/KEN", "/countries/KEN.json", "/countries/KEN/brief"):
            status, text, _ = server.ask(page)
            assert (status, b"a stored state is" in text) == (500, True), page
    assert "a corrupt reading: KEN" in server.log.read_text()
