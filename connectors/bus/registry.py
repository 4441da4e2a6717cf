"""Which bus a site has: datagrams within its host, Redis beside them where there are several hosts."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.bus.datagrams import DatagramBus
from plugin.core.errors import InputError, SettingError

if TYPE_CHECKING:
    from connectors.bus.redis import RedisBus


def open_bus(folder: Path, url: str, report: Callable[[bool, str], None]) -> "DatagramBus | RedisBus":
    """Open the bus of a site whose sockets lie in `folder`; `url`: the Redis that carries between hosts, "" for none.

    `report` is told when Redis is lost and when it is back. Raises SettingError where the library for several hosts is
    missing, or its address wrong.
    """
    local = DatagramBus(folder)
    if not url:
        return local
    try:
        from connectors.bus.redis import RedisBus  # only sites of several hosts need it
    except ImportError as error:
        raise SettingError("not_installed", setting="denwaban[redis]") from error
    try:
        return RedisBus(local, url, report)
    except InputError:
        local.close()
        raise SettingError("invalid", setting="DENWABAN_BUS_URL") from None
