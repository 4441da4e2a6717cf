"""What `denwaban doctor` says of a source that posts to us. Shows no secret and no option's value."""

from collections.abc import Iterator

from plugin.core.errors import SettingError
from plugin.services.health import Light
from plugin.settings_outside import SourceSettings
from plugin.wiring import House

_LEAST_SECRET_BYTES = 24
_NEWEST = 200


def look_at_address(house: House, name: str) -> Iterator[tuple[Light, str]]:
    """Yield what is the matter with the soft phones `name`, and which address they have to open."""
    if name != house.phones.address_name:
        yield Light.RED, f"only one source may be of this kind: {house.phones.address_name} is"
        return
    try:
        template = house.phones.address
    except SettingError as error:
        yield Light.RED, f"{error}: see docs/sources.md"
        return
    shown = "&".join(f"{one}=…" for one in template.names) if template else ""
    yield Light.GREEN, f"soft phones open {house.settings.public_url}/pop?{shown}"


def look_at_recorder(house: House, name: str) -> Iterator[tuple[Light, str]]:
    """Yield how many of the recorder's newest files are named by the pattern. Prints no name: numbers stand in them."""
    try:
        folder = house.phones.recorder_folder(name)
        found, fit = folder.sample(_NEWEST)
    except SettingError as error:
        yield Light.RED, f"{error}: see docs/sources.md"
        return
    except OSError:
        return  # that the folder cannot be read is said already
    if not found:
        yield Light.AMBER, "its folder is empty: has it recorded yet?"
    elif fit == found:
        yield Light.GREEN, f"the newest {found} files are named by the pattern"
    else:
        light = Light.AMBER if fit else Light.RED
        yield light, f"{fit} of the newest {found} files are named by `pattern`: the others are never looked at"
    others = folder.options.calls_of
    if others and others not in house.settings.sources:
        yield Light.RED, f"`calls_of` names {others}, which is no source"


def look_at_hook(house: House, name: str, source: SourceSettings) -> Iterator[tuple[Light, str]]:
    """Yield what is the matter with the source `name`, or that nothing is."""
    try:
        house.phones.hook(name)
    except SettingError as error:
        yield Light.RED, f"{error}: see docs/sources.md"
        return
    if not any(secret.get_secret_value() for secret in source.secrets):
        yield Light.RED, "it has no secret, so every delivery is refused: set `secrets`"
        return
    if any(len(secret.get_secret_value().removeprefix("whsec_")) < _LEAST_SECRET_BYTES for secret in source.secrets):
        yield Light.AMBER, "a secret is short: use at least 24 random bytes"
        return
    yield Light.GREEN, f"{source.kind}, {len(source.secrets)} secret(s)"
