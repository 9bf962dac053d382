"""The training loss looks where people look."""

import torch

from reenact.train.losses import detail_weights, over_black_and_white, picture_loss

_CENTRES = torch.tensor([[[0.375, 0.475], [0.625, 0.475], [0.5, 0.7]]])


def test_weights_peak_at_eyes_and_mouth() -> None:
    weights = detail_weights(_CENTRES, 64, detail=6.0)[0, 0]
    for x, y in _CENTRES[0].tolist():
        assert float(weights[int(y * 64), int(x * 64)]) > 6.5
    assert abs(float(weights[2, 2]) - 1) < 0.01


def test_loss_is_zero_only_for_the_truth() -> None:
    truth = torch.rand(1, 3, 32, 32)
    weights = torch.ones(1, 1, 32, 32)
    assert float(picture_loss(truth, truth, weights)) == 0
    assert float(picture_loss(truth + 0.1, truth, weights)) > 0.09


def test_blur_costs_more_than_its_plain_difference() -> None:
    torch.manual_seed(0)
    truth = torch.rand(1, 3, 32, 32)
    blurred = torch.nn.functional.avg_pool2d(truth, 3, stride=1, padding=1)
    weights = torch.ones(1, 1, 32, 32)
    assert float(picture_loss(blurred, truth, weights)) > 2 * float((blurred - truth).abs().mean())


def test_colour_that_covers_nothing_costs_nothing_and_alpha_always_counts() -> None:
    clear = torch.full((1, 4, 4, 4), -1.0)
    coloured = clear.clone()
    coloured[:, :3] = 0.7
    torch.testing.assert_close(over_black_and_white(coloured), over_black_and_white(clear))
    white = torch.full((1, 4, 4, 4), 1.0)
    faint = white.clone()
    faint[:, 3] = 0.5
    error = (over_black_and_white(faint) - over_black_and_white(white)).abs()
    assert error[:, :3].max() > 0.4
    assert error[:, 3:].max() < 1e-6


def test_pictures_without_alpha_stay_as_they_are() -> None:
    picture = torch.rand(1, 3, 4, 4)
    assert over_black_and_white(picture) is picture
