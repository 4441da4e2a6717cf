"""The address of a new database: what is taken for one, and what is refused without being told."""

import pytest

from plugin.core.errors import SettingError
from plugin.store.moving.target import read_url


@pytest.mark.parametrize("raw", ["", "nonsense", "sqlite:///x.db", "postgresql://a/b", "mysql://host"])
def test_an_address_of_no_mysql_database_is_refused_without_being_told(raw: str) -> None:
    with pytest.raises(SettingError) as refused:
        read_url(raw)
    assert str(refused.value) == "setting.not_mysql setting=DENWABAN_MOVE_TO"


def test_an_address_may_leave_the_driver_out() -> None:
    assert read_url("mariadb://a:b%40c@h:1/d\n") == "mysql+pymysql://a:b%40c@h:1/d"
