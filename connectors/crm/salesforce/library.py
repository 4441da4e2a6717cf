"""The one room that knows simple-salesforce: it writes the addresses and reads the answers of calls over our own line.

Built with a session id and an instance, so that the library never signs in by itself: its own refresh makes a storm of
calls with a dead session (its issue 804). The id that it bears is a placeholder; the line puts the real one in its
place. Imported at the first call to the org, because it brings a SOAP stack with it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from connectors.crm.salesforce.line import Caller
from connectors.crm.salesforce.options import Options

if TYPE_CHECKING:
    from simple_salesforce.api import Salesforce

_PLACEHOLDER = "borne-by-the-line"


def open_library(options: Options, caller: Caller) -> "Salesforce":
    """Return the library, speaking to the org of `options` by `caller`."""
    from simple_salesforce.api import Salesforce

    return Salesforce(
        session_id=_PLACEHOLDER,
        instance_url=options.url,
        version=options.api_version,
        session=caller,
        object_pairs_hook=dict,
    )


def call(
    options: Options, caller: Caller, method: str, path: str, params: Mapping[str, str], body: object | None
) -> Any:
    """Return the JSON that the org answers on `path` below /services/data/vNN.0/; None where it is empty."""
    given = {} if body is None else {"json": body}
    return open_library(options, caller).restful(path, params=dict(params) or None, method=method, **given)


def query(options: Options, caller: Caller, soql: str, *, gone_too: bool) -> Any:
    """Return the first page of what `soql` finds, as the org writes it; `gone_too`: deleted and archived rows too."""
    return open_library(options, caller).query(soql, include_deleted=gone_too)


def query_more(options: Options, caller: Caller, url: str) -> Any:
    """Return the page of a query that its page before names by `url`."""
    return open_library(options, caller).query_more(url, identifier_is_url=True)


def describe(options: Options, caller: Caller, name: str) -> Any:
    """Return the full describe of the object `name`."""
    return getattr(open_library(options, caller), name).describe()
