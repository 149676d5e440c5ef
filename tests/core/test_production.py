"""In production the program does not start on settings that are safe on one's own machine alone."""

from pathlib import Path

import pytest

from community.config import SettingsError, load_settings

FIT = {
    "env": "production",
    "base_url": "https://community.example.org",
    "secret_key": "k" * 43,
}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"base_url": ""}, "COMMUNITY_BASE_URL"),
        ({"secret_key": ""}, "COMMUNITY_SECRET_KEY"),
        ({"secret_key": "short"}, "at least 32"),
        ({"rate_limits": "off"}, "RATE_LIMITS"),
        ({"base_url": "community.example.org"}, "BASE_URL"),
    ],
)
def test_it_does_not_start_without_its_address_and_key_and_with_limits_off(
    tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        load_settings(instance_path=tmp_path, **{**FIT, **changes})
    assert load_settings(instance_path=tmp_path, **FIT).base_url == FIT["base_url"]
