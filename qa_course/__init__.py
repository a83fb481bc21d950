"""Tested helpers for a bilingual course on extractive question answering with Transformers.

The data flows one way: profiles, corpus, encoder, windows, spans, scoring, training, answering.
Importing the package imports none of them.
"""

__version__ = "0.1.0"
