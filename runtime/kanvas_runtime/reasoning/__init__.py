"""What answers an `ask … using`: providers, prompts, schemas, and the decoding of answers.

Only the gate reaches into this package; everybody else may ask at start what is `missing`.
"""

from kanvas_runtime.reasoning.registry import missing as missing
