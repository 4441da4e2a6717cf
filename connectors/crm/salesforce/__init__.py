"""Salesforce: customers in from the org, one Task a call out to it. docs/salesforce.md says how an org is set up."""
