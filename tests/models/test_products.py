import torch

from models.multiply_adds import Operations
from models.products import Products


def test_the_products_of_a_step_alone_are_as_many_operations_as_those_of_the_step():
    left, right = torch.ones(3, 4, requires_grad=True), torch.ones(4, 5)
    batched = torch.ones(2, 3, 4)

    def step() -> None:
        both = torch.addmm(torch.ones(5), left, right).sum()
        (both + torch.bmm(batched, batched.mT).relu().sum()).backward()
        torch.bmm(batched, batched.mT, out=torch.empty(2, 3, 3))

    with Operations() as counted:
        step()
    with Products() as products:
        step()
    assert len(products) == 4  # one more is the gradient of `left`
    with Operations() as again:
        products.replay()
    assert again.total == counted.total == 2 * (2 * 3 * 4 * 5 + 2 * 2 * 3 * 4 * 3)


def test_products_are_replayed_in_the_layout_they_had():
    turned = torch.ones(5, 4).T
    with Products() as products:
        turned @ torch.ones(5, 2)
    ((_, (mine, _)),) = products._made
    assert mine.shape == (4, 5)
    assert mine.stride() == turned.stride()
