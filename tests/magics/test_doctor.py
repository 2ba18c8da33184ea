"""The doctor looks at the set-up and starts nothing."""

import msgspec
import pytest

from kodonb.model.settings import Settings
from kodonb.session import doctor
from kodonb.session.doctor import examine


@pytest.fixture
def told(tmp_path):
    return Settings(
        home=tmp_path / "home", store=f"sqlite:///{tmp_path / 'home' / 'events.db'}", session="inline"
    )


def named(checks):
    return {check.name: check for check in checks}


def test_a_sound_setup_has_nothing_to_do(told):
    found = named(examine(told))
    assert {"Python", "packages", "Ray", "folder", "store", "disk", "shared memory", "instance"} <= set(found)
    assert all(found[name].ok for name in ("Python", "packages", "Ray", "folder", "store"))
    assert "schema" in found["store"].detail


def test_a_folder_that_cannot_be_made_is_named_with_a_remedy(told, tmp_path):
    (tmp_path / "file").write_text("in the way")
    found = named(examine(msgspec.structs.replace(told, home=tmp_path / "file" / "home")))
    assert not found["folder"].ok and "KODONB_HOME" in found["folder"].remedy
    assert found["disk"].detail.endswith(str(tmp_path / "file"))


def test_a_damaged_store_is_told_with_its_code(told):
    told.home.mkdir()
    (told.home / "events.db").write_bytes(b"no database at all" * 100)
    found = named(examine(told))["store"]
    assert not found.ok and found.detail.startswith("KN502") and found.remedy


def test_a_setting_that_cannot_be_read_is_told_and_the_rest_is_looked_at(monkeypatch):
    monkeypatch.setenv("KODONB_SESSION", "spark")
    found = named(examine())
    assert not found["settings"].ok and found["settings"].remedy
    assert "store" not in found and found["Python"].ok


def test_an_instance_that_is_down_is_no_fault(told):
    found = doctor.instance(msgspec.structs.replace(told, session="ray"))
    assert found.ok and "not running" in found.detail


def test_too_little_room_is_told(told, monkeypatch):
    monkeypatch.setattr(doctor, "_LEAST_DISK", 1 << 60)
    assert not doctor.disk(told).ok


def test_passwords_of_a_store_are_not_shown(told):
    found = doctor.store(msgspec.structs.replace(told, store="postgresql+psycopg://me:secret@127.0.0.1:1/db"))
    assert not found.ok and "secret" not in found.detail + found.remedy
