"""Self-supervised ECG training: data, backbones, objectives, probes, and the loop that joins them.

Knows nothing of the database, the verifier or Streamlit. Importing this package does not
import torch, so a dashboard may read recipes and catalogues cheaply.

Shapes are written with these letters: **B** batch, **C** leads, **T** time points of a window,
**N** tokens, **D** width of an embedding.
"""
