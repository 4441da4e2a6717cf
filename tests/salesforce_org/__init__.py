"""A strict Salesforce org on loopback, for tests that need one: `with Org() as org:`."""

from tests.salesforce_org.org import Org as Org
