"""engines/gpu.py: one card through the CUDA driver; errors become sentences, nothing leaks."""

import threading

import pytest

from engines.base import EngineError
from engines.gpu import Gpu, open_gpu
from tests.support.fake_cuda import NO_DEVICE, OUT_OF_MEMORY, FakeCudaDriver


@pytest.fixture
def driver() -> FakeCudaDriver:
    return FakeCudaDriver()


@pytest.fixture
def gpu(driver: FakeCudaDriver) -> Gpu:
    gpu = Gpu(driver)
    gpu.enter()
    return gpu


def test_card_is_named(gpu: Gpu) -> None:
    assert (gpu.facts.name, gpu.facts.capability) == ("Fake 4090", "8.9")
    assert gpu.facts.driver.endswith("CUDA 13.2")


def test_bytes_go_to_the_card_and_back(gpu: Gpu) -> None:
    buffer, stream = gpu.allocate(4), gpu.open_stream()
    buffer.host[:] = [1, 2, 3, 4]
    gpu.upload(buffer, 4, stream)
    gpu.wait(stream)
    buffer.host[:] = 0
    gpu.download(buffer, 3, stream)
    gpu.wait(stream)

    assert buffer.host.tolist() == [1, 2, 3, 0]


def test_recorded_work_runs_when_launched_and_not_before(gpu: Gpu) -> None:
    buffer, stream = gpu.allocate(1), gpu.open_stream()
    gpu.upload(buffer, 1, stream)
    gpu.wait(stream)
    buffer.host[:] = 7
    recorded = gpu.record(stream, lambda: gpu.download(buffer, 1, stream))
    gpu.wait(stream)
    before = buffer.host.tolist()
    gpu.launch(recorded, stream)
    gpu.wait(stream)

    assert (before, buffer.host.tolist()) == ([7], [0])


def test_everything_is_given_back(gpu: Gpu, driver: FakeCudaDriver) -> None:
    buffer, stream = gpu.allocate(8), gpu.open_stream()
    gpu.forget(gpu.record(stream, lambda: None))
    gpu.free(buffer)
    gpu.close_stream(stream)

    assert driver.in_use == 0


def test_half_an_allocation_is_given_back(gpu: Gpu, driver: FakeCudaDriver) -> None:
    driver.failing["cuMemAllocHost"] = OUT_OF_MEMORY

    with pytest.raises(EngineError, match=r"cuMemAllocHost says 2"):
        gpu.allocate(8)
    assert driver.in_use == 0


def test_failed_recording_leaves_the_stream_usable(gpu: Gpu, driver: FakeCudaDriver) -> None:
    buffer, stream = gpu.allocate(1), gpu.open_stream()
    driver.failing["cuMemcpyHtoDAsync"] = 1
    with pytest.raises(EngineError):
        gpu.record(stream, lambda: gpu.upload(buffer, 1, stream))
    driver.failing.clear()

    gpu.upload(buffer, 1, stream)
    gpu.wait(stream)


def test_another_thread_must_enter_first(gpu: Gpu) -> None:
    said: list[str] = []

    def allocate() -> None:
        try:
            gpu.allocate(1)
        except EngineError as error:
            said.append(str(error))
        gpu.enter()
        gpu.allocate(1)

    thread = threading.Thread(target=allocate)
    thread.start()
    thread.join()

    assert len(said) == 1


def test_machine_without_a_card_says_so(driver: FakeCudaDriver) -> None:
    driver.failing["cuInit"] = NO_DEVICE

    with pytest.raises(EngineError, match=r"no NVIDIA card answers .*check nvidia-smi"):
        Gpu(driver)


def test_machine_without_the_driver_says_so(driver: FakeCudaDriver) -> None:
    def no_library(flags: int) -> None:
        raise RuntimeError("Failed to dlopen libcuda.so.1\nand more")

    driver.cuInit = no_library  # type: ignore[assignment, method-assign]

    with pytest.raises(EngineError, match=r"no NVIDIA card answers \(Failed to dlopen [^\n]*$"):
        Gpu(driver)


@pytest.mark.gpu
def test_real_card_takes_bytes_and_gives_them_back() -> None:
    try:
        gpu = open_gpu()
    except EngineError as error:
        pytest.skip(str(error))
    gpu.enter()
    buffer, stream = gpu.allocate(1 << 20), gpu.open_stream()
    buffer.host[:] = 3
    gpu.upload(buffer, 1 << 20, stream)
    recorded = gpu.record(stream, lambda: gpu.download(buffer, 1 << 20, stream))
    gpu.wait(stream)
    buffer.host[:] = 0
    gpu.launch(recorded, stream)
    gpu.wait(stream)

    assert (buffer.host == 3).all()
    gpu.forget(recorded)
    gpu.free(buffer)
    gpu.close_stream(stream)
