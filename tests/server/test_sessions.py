"""Whole sessions over loopback, with narrow nets."""

import asyncio

from tests.live_rig import Client, brightness, leaked, service, until


def test_a_camera_drives_a_picture_and_its_number_comes_back() -> None:
    async def run() -> None:
        async with service() as sessions, Client(sessions) as client:
            await client.open(identity="ben")

            await until(lambda: len(client.numbers) >= 30, "30 numbered pictures")

            assert client.numbers == sorted(client.numbers)
            assert len(set(client.numbers)) == len(client.numbers)
            pictures = [picture for _, picture, _ in client.seen]
            assert pictures[-1].shape == (512, 512, 3)
            assert abs(float(pictures[-1].mean()) - brightness("ben")) < 6
            assert not leaked(pictures)

    asyncio.run(run())
