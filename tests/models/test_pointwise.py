import pytest
import torch

from models.pointwise import scaled_and_shifted
from models.randomness import seeded


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_rows_are_scaled_and_shifted_as_by_torchs_addcmul_and_keep_their_format(kind):
    features = torch.randn(5, 40, generator=seeded(0)).to(kind)
    scale, shift = torch.randn(2, 5, generator=seeded(1))
    found = scaled_and_shifted(features, scale, shift)
    expected = torch.addcmul(shift[:, None], features.float(), scale[:, None])
    assert found.dtype == kind
    error = 1e-6 if kind == torch.float32 else 2**-6
    torch.testing.assert_close(found.float(), expected, atol=error, rtol=error)
