"""What an org knows about an object and its fields, and how describe says it.

It holds no records.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Kind(StrEnum):
    """The field types that the simulator knows, in describe's words."""

    ID = "id"
    STRING = "string"
    TEXTAREA = "textarea"
    PHONE = "phone"
    EMAIL = "email"
    URL = "url"
    PICKLIST = "picklist"
    BOOLEAN = "boolean"
    INT = "int"
    DOUBLE = "double"
    CURRENCY = "currency"
    DATE = "date"
    DATETIME = "datetime"
    REFERENCE = "reference"

    @property
    def is_text(self) -> bool:
        """Tell whether the value is written in quotes."""
        return self not in _UNQUOTED

    @property
    def is_number(self) -> bool:
        """Tell whether the value is a number."""
        return self in (Kind.INT, Kind.DOUBLE, Kind.CURRENCY)


_UNQUOTED = frozenset({Kind.BOOLEAN, Kind.INT, Kind.DOUBLE, Kind.CURRENCY, Kind.DATE, Kind.DATETIME})
_SOAP = {
    Kind.ID: "tns:ID",
    Kind.REFERENCE: "tns:ID",
    Kind.BOOLEAN: "xsd:boolean",
    Kind.INT: "xsd:int",
    Kind.DOUBLE: "xsd:double",
    Kind.CURRENCY: "xsd:double",
    Kind.DATE: "xsd:date",
    Kind.DATETIME: "xsd:dateTime",
}

_NO: tuple[str, ...] = (
    "aiPredictionField",
    "autoNumber",
    "calculated",
    "cascadeDelete",
    "dependentPicklist",
    "deprecatedAndHidden",
)
_NO += ("encrypted", "htmlFormatted", "queryByDistance", "restrictedDelete", "searchPrefilterable")
_NONE: tuple[str, ...] = (
    "calculatedFormula",
    "compoundFieldName",
    "controllerName",
    "inlineHelpText",
    "mask",
    "maskType",
)
_NONE += ("referenceTargetField", "relationshipOrder", "filteredLookupInfo", "formulaTreatNullNumberAsZero")
_SAME_FOR_ALL: dict[str, object] = {
    **dict.fromkeys(_NO, False),
    **dict.fromkeys(_NONE),
    "aggregatable": True,
    "writeRequiresMasterRead": False,
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `length` counts UTF-16 code units of text; 0 means that the type has none."""

    name: str
    kind: Kind
    label: str
    length: int = 0
    create: bool = True
    update: bool = True
    nillable: bool = True
    defaulted: bool = False
    filterable: bool = True
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    restricted: bool = False
    values: tuple[str, ...] = ()
    default: str | bool | None = None
    refers_to: tuple[str, ...] = ()
    relationship: str | None = None
    is_name: bool = False

    @property
    def is_custom(self) -> bool:
        """Tell whether an admin made the field."""
        return self.name.endswith("__c")

    @property
    def is_required(self) -> bool:
        """Tell whether a new record must bring a value."""
        return self.create and not self.nillable and not self.defaulted and self.kind is not Kind.BOOLEAN

    @property
    def is_id_lookup(self) -> bool:
        """Tell whether upsert may find a record by this field."""
        return self.external_id or self.kind is Kind.ID

    def described(self) -> dict[str, object]:
        """Return the field as describe writes it."""
        return {
            **_SAME_FOR_ALL,
            **self._kind_described(),
            "caseSensitive": self.case_sensitive,
            "createable": self.create,
            "custom": self.is_custom,
            "defaultValue": self.default,
            "defaultedOnCreate": self.defaulted or self.kind is Kind.BOOLEAN,
            "externalId": self.external_id,
            "filterable": self.filterable,
            "groupable": self.filterable and self.kind not in (Kind.DATETIME, Kind.DOUBLE, Kind.CURRENCY),
            "idLookup": self.is_id_lookup,
            "label": self.label,
            "name": self.name,
            "nameField": self.is_name,
            "namePointing": len(self.refers_to) > 1,
            "nillable": self.nillable,
            "permissionable": self.nillable and (self.create or self.update),
            "picklistValues": [
                {"active": True, "defaultValue": one == self.default, "label": one, "validFor": None, "value": one}
                for one in self.values
            ],
            "polymorphicForeignKey": len(self.refers_to) > 1,
            "referenceTo": list(self.refers_to),
            "relationshipName": self.relationship,
            "restrictedPicklist": self.restricted,
            "sortable": self.filterable,
            "unique": self.unique,
            "updateable": self.update,
        }

    def _kind_described(self) -> dict[str, object]:
        return {
            "byteLength": self.length * 3,
            "digits": 9 if self.kind is Kind.INT else 0,
            "extraTypeInfo": "plaintextarea" if self.kind is Kind.TEXTAREA else None,
            "length": 18 if self.kind in (Kind.ID, Kind.REFERENCE) else self.length,
            "precision": 18 if self.kind in (Kind.DOUBLE, Kind.CURRENCY) else 0,
            "scale": 2 if self.kind is Kind.CURRENCY else 0,
            "soapType": _SOAP.get(self.kind, "xsd:string"),
            "type": self.kind.value,
        }


@dataclass(slots=True)
class Thing:
    """One object: its name, the three letters that its ids begin with, and its fields by lower-case name."""

    name: str
    prefix: str
    label: str
    fields: dict[str, Field] = field(default_factory=dict)
    create: bool = True
    update: bool = True
    delete: bool = True

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields.values())

    def find(self, name: str) -> Field | None:
        """Return the field of that name, whatever its case."""
        return self.fields.get(name.lower())

    def relationship(self, name: str) -> Field | None:
        """Return the reference that is followed by that relationship name."""
        return next((one for one in self if (one.relationship or "").lower() == name.lower()), None)

    def add(self, *fields: Field) -> None:
        """Give the object more fields, or other ones of the same name."""
        self.fields |= {one.name.lower(): one for one in fields}

    def drop(self, name: str) -> None:
        """Take a field away, as an admin does who deletes it or its visibility."""
        del self.fields[name.lower()]

    def rename(self, old: str, new: str) -> None:
        """Give a field another API name."""
        was = self.fields.pop(old.lower())
        self.add(replace(was, name=new))

    def listed(self, root: str) -> dict[str, object]:
        """Return the object as the list of all objects writes it; `root` is the URL of the API version."""
        here = f"{root}/sobjects/{self.name}"
        yes = dict.fromkeys(("queryable", "retrieveable", "replicateable", "layoutable", "triggerable"), True)
        no = dict.fromkeys(
            ("custom", "customSetting", "deprecatedAndHidden", "feedEnabled", "hasSubtypes", "isInterface"), False
        )
        return {
            "activateable": False,
            **yes,
            **no,
            "custom": self.name.endswith("__c"),
            "createable": self.create,
            "updateable": self.update,
            "deletable": self.delete,
            "undeletable": self.delete,
            "mergeable": self.name in ("Account", "Contact", "Lead"),
            "searchable": True,
            "mruEnabled": self.name != "Task",
            "isSubtype": False,
            "keyPrefix": self.prefix,
            "label": self.label,
            "labelPlural": self.label + "s",
            "name": self.name,
            "associateEntityType": None,
            "associateParentEntity": None,
            "urls": {"sobject": here, "describe": here + "/describe", "rowTemplate": here + "/{ID}"},
        }

    def described(self, root: str) -> dict[str, object]:
        """Return the full describe of the object."""
        return {
            **self.listed(root),
            "actionOverrides": [],
            "childRelationships": [],
            "compactLayoutable": True,
            "defaultImplementation": None,
            "extendedBy": None,
            "extendsInterfaces": None,
            "fields": [one.described() for one in self],
            "implementedBy": None,
            "implementsInterfaces": None,
            "listviewable": None,
            "lookupLayoutable": None,
            "namedLayoutInfos": [],
            "networkScopeFieldName": None,
            "recordTypeInfos": [],
            "searchLayoutable": True,
            "sobjectDescribeOption": "FULL",
            "supportedScopes": [{"label": "All", "name": "everything"}],
        }
