"""Each metric agrees with another implementation, with published values, or with a count by hand."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from triptych.bench import metrics, neural, sets
from triptych.errors import InputError, MissingExtraError, ModelError

skimage = pytest.importorskip("skimage")
torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def pair(textured: Image.Image) -> tuple[np.ndarray, np.ndarray]:
    """A picture, and the same as a very bad JPEG."""
    buffer = io.BytesIO()
    textured.save(buffer, "JPEG", quality=2)
    with Image.open(buffer) as image:
        return np.asarray(textured), np.asarray(image.convert("RGB"))


@pytest.fixture(scope="module")
def measures() -> dict[str, metrics.Measure]:
    here, _ = metrics.choose(["ssimulacra2", "ms_ssim", "ssim", "psnr", "flip", "ciede2000", "contours"])
    return here


def test_all_that_need_no_weights_are_here(measures: dict[str, metrics.Measure]) -> None:
    """The extra `bench` brings every metric that is no network, and these stand before those that were trained on."""
    assert list(measures) == ["ssimulacra2", "flip", "ssim", "ciede2000", "contours", "psnr", "ms_ssim"]
    trained = [bool(metric.trained) for metric in metrics.METRICS.values()]
    assert trained == sorted(trained) and trained[-1]


@pytest.mark.parametrize(
    ("name", "best"),
    [("ssimulacra2", 100), ("ms_ssim", 1), ("ssim", 1), ("flip", 0), ("ciede2000", 0), ("contours", 1)],
)
def test_equal_pictures_are_the_best(
    name: str, best: float, measures: dict[str, metrics.Measure], pair: tuple[np.ndarray, np.ndarray]
) -> None:
    """A picture compared with itself has the best value, and anything else a worse one."""
    value = measures[name](pair[0], pair[0], None)
    assert value == pytest.approx(best, abs=1e-5)
    worse = measures[name](pair[0], pair[1], None)
    assert worse is not None and (worse - best) * metrics.METRICS[name].sign < -1e-3


def test_psnr_is_that_of_scikit_image(
    measures: dict[str, metrics.Measure], pair: tuple[np.ndarray, np.ndarray]
) -> None:
    """To the last digit."""
    from skimage.metrics import peak_signal_noise_ratio

    assert measures["psnr"](*pair, None) == pytest.approx(peak_signal_noise_ratio(*pair))


def test_ssim_and_ms_ssim_are_those_of_torchmetrics(
    measures: dict[str, metrics.Measure], pair: tuple[np.ndarray, np.ndarray]
) -> None:
    """Two implementations of each agree to the third digit; they treat the rims differently."""
    functional = pytest.importorskip("torchmetrics.functional.image")
    planes = [torch.tensor(x).permute(2, 0, 1)[None].float() for x in pair]
    grey = [(plane * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1, keepdim=True) for plane in planes]
    ssim = functional.structural_similarity_index_measure(*grey, data_range=255.0)
    assert measures["ssim"](*pair, None) == pytest.approx(float(ssim), abs=4e-3)
    ms_ssim = functional.multiscale_structural_similarity_index_measure(*planes, data_range=255.0)
    assert measures["ms_ssim"](*pair, None) == pytest.approx(float(ms_ssim), abs=4e-3)


def test_colour_differences_are_the_published_ones(measures: dict[str, metrics.Measure]) -> None:
    """Pairs of Sharma, Wu and Dalal (2005), table 1; and the metric is the mean over averages."""
    from skimage.color import deltaE_ciede2000, rgb2lab

    published = {
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485)): 2.0425,
        ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485)): 1.0000,
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387)): 1.2644,
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514)): 0.9082,
    }
    for (one, other), wanted in published.items():
        assert deltaE_ciede2000(np.array(one), np.array(other)) == pytest.approx(wanted, abs=5e-5)
    grey, red = (np.full((32, 32, 3), colour, np.uint8) for colour in ((120, 120, 120), (150, 110, 110)))
    half = np.concatenate([grey[:16], red[:16]])
    wanted = float(deltaE_ciede2000(rgb2lab(grey[0, 0] / 255), rgb2lab(red[0, 0] / 255))) / 2
    assert measures["ciede2000"](grey, half, None) == pytest.approx(wanted, rel=1e-6)


def test_flip_of_black_and_white(measures: dict[str, metrics.Measure]) -> None:
    """The largest difference there is comes near 1, and the order of the two does not matter."""
    black = np.zeros((32, 32, 3), np.uint8)
    value = measures["flip"](black, black + 255, None)
    assert value == pytest.approx(0.967, abs=0.002)
    assert measures["flip"](black + 255, black, None) == pytest.approx(value)


def test_contours_are_counted() -> None:
    """Two lines wanted, one found 2 pixels beside it, the other missed, nothing wrong: 2/3."""
    wanted, found = np.zeros((20, 20), bool), np.zeros((20, 20), bool)
    wanted[4], wanted[14], found[6] = True, True, True
    assert metrics.f_score(wanted, found) == pytest.approx(2 / 3)
    found[10] = True  # a line that is not there
    assert metrics.f_score(wanted, found) == pytest.approx(1 / 2)
    empty = np.zeros_like(wanted)
    assert (metrics.f_score(empty, empty), metrics.f_score(wanted, empty)) == (1.0, 0.0)


def test_small_pictures_have_no_ms_ssim(measures: dict[str, metrics.Measure]) -> None:
    """What five scales do not fit into has no value, instead of another metric's."""
    small = np.zeros((160, 200, 3), np.uint8)
    assert measures["ms_ssim"](small, small, None) is None


def test_a_file_stands_in_for_weights(tmp_path: Path) -> None:
    """A Python file with a torch module is the metric it is named for; what is no such file says so."""
    path = tmp_path / "metric.py"
    path.write_text(
        "import torch\nclass LPIPS(torch.nn.Module):\n"
        "    def forward(self, a, b):\n        return (a - b).abs().mean((1, 2, 3))\n"
    )
    here, absent = metrics.choose(["lpips_squeeze"], [("lpips_squeeze", path)])
    black = np.zeros((64, 64, 3), np.uint8)
    assert here["lpips_squeeze"](black, black + 51, None) == pytest.approx(0.4) and not absent
    path.write_text("x = 1\n")
    with pytest.raises(InputError, match="gives no metric: AttributeError"):
        metrics.choose(["lpips_squeeze"], [("lpips_squeeze", path)])


def test_what_is_missing_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A metric without its package or weights is absent with the reason; one that nobody knows is an error."""

    def missing(who: str) -> metrics.Measure:
        raise ModelError(f"{who}: no weights")

    metrics.measure_of.cache_clear()
    monkeypatch.setattr(neural, "library", lambda module, who: (_ for _ in ()).throw(MissingExtraError(who, "metrics")))
    here, absent = metrics.choose(["psnr", "niqe", "dists"])
    assert list(here) == ["psnr"]
    assert "triptych[metrics]" in absent["niqe"] and "DISTS" in absent["dists"]
    with pytest.raises(InputError, match="no metric called 'vmaf'; there are: ssimulacra2"):
        metrics.choose(["vmaf"])


def test_networks_are_called_as_their_libraries_want(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With stand-ins for the libraries: ranges and shapes of what they are given, and nothing is downloaded unasked."""
    given: dict[str, torch.Tensor] = {}

    class Fake:
        def __init__(self, name: str) -> None:
            self.name = name

        def __call__(self, *planes: torch.Tensor) -> float:
            given[self.name] = planes[0]
            return 0.5

        def reset(self) -> None:
            given.clear()

    class Module:
        LearnedPerceptualImagePatchSimilarity = staticmethod(lambda net_type: Fake(net_type))
        DISTSNetwork = staticmethod(lambda: Fake("dists"))
        CLIPScore = staticmethod(lambda model_name_or_path: model_name_or_path() and Fake("clip"))
        create_metric = staticmethod(lambda name, device: Fake(name))

        class CLIPModel:
            from_pretrained = staticmethod(lambda name, local_files_only: local_files_only)

        CLIPProcessor = CLIPModel

    monkeypatch.setattr(neural, "library", lambda module, who: Module)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.delenv("TRIPTYCH_BENCH_DOWNLOAD", raising=False)
    for load in (lambda: neural.lpips("alex"), neural.dists, neural.niqe, neural.inception):
        with pytest.raises(ModelError, match="TRIPTYCH_BENCH_DOWNLOAD=1 lets them be downloaded"):
            load()
    (tmp_path / "checkpoints").mkdir()
    for name in ("alexnet-1", "vgg16-1", "weights-inception-1"):
        (tmp_path / "checkpoints" / f"{name}.pth").touch()
    (tmp_path / "niqe.mat").touch()
    white = np.full((200, 200, 3), 255, np.uint8)
    wanted = {"alex": (1, 3, 200, 200), "dists": (1, 3, 200, 200), "niqe": (1, 3, 200, 200), "clip": (3, 200, 200)}
    tried = {"alex": neural.lpips("alex"), "dists": neural.dists(), "niqe": neural.niqe(), "clip": neural.clip()}
    neural.inception()
    for name, measure in tried.items():
        assert measure(white // 255, white, "a cat") == 0.5
        assert tuple(given[name].shape) == wanted[name], name
    tried["alex"](white, white, None)
    assert given["alex"].max() == 1 and tried["clip"](white, white, None) is None
    assert tried["niqe"](white[:90], white[:90], None) is None and tried["dists"](white[:60], white[:60], None) is None


def test_fid_and_kid_of_patches(textured: Image.Image, tmp_path: Path) -> None:
    """Equal sets of patches are at distance 0, others are not; patches cover the picture and are shifted by half."""
    pytest.importorskip("torchmetrics")

    class Averages(torch.nn.Module):
        num_features = 3

        def forward(self, patches: torch.Tensor) -> torch.Tensor:
            return patches.float().mean((2, 3))

    pixels = np.asarray(textured)
    assert len(list(sets.patches(pixels))) == 2 * 3 + 2 * 2
    same = sets.fid_and_kid([(pixels, pixels)] * 2, Averages())
    other = sets.fid_and_kid([(pixels, 255 - pixels // 2)] * 2, Averages())
    assert same["patches"] == 20 and abs(same["fid"]) < 1e-3
    assert other["fid"] > 1000 and other["kid"] > same["kid"]
    for name, kept in (("ab" * 6, pixels), ("decoded", 255 - pixels // 2)):
        Image.fromarray(kept).save(tmp_path / f"{name}.webp", lossless=True)
    points = [
        {"sha256": "ab" * 32, "file": "decoded.webp", "codec": "x", "budget": "9 B", "picture": name} for name in "pq"
    ]
    (line,) = sets.set_lines(points, tmp_path, "r1", Averages())
    assert line["fid"] == pytest.approx(other["fid"], rel=1e-4) and (line["pictures"], line["patches"]) == (2, 20)
