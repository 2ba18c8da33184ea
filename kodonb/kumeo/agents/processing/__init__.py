"""What DataProcessor, DataNormalizer, MissingValueHandler and Aggregator are made of.

steps · statistics ← normal, methods · windows
"""

from __future__ import annotations
