"""The same core without a screen: `psdash tail`, `psdash book`, `psdash doctor`.

Data goes to stdout, one JSON object a line; everything said to a person goes to stderr. Nothing here, and nothing it
imports, knows Textual.
"""
