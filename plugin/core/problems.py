"""The word by which a failure is explained: one word out of the text that the ledger and the outbox keep of it."""


def problem_of(error: str | None) -> str:
    """Return the stable word of an error as plugin/core/errors.py writes it, or of a defect; "unknown" without one.

    "outside.no_such_customer permanent=True" is "no_such_customer", "unavailable.store" is "store", "defect KeyError"
    is "defect".
    """
    first = (error or "").split(" ")[0]
    return first.rpartition(".")[2] or "unknown"


def fields_of(error: str | None) -> tuple[str, ...]:
    """Return the names of the CRM's fields that the error speaks of."""
    for word in (error or "").split(" "):
        name, _, value = word.partition("=")
        if name == "fields" and value:
            return tuple(value.split(","))
    return ()
