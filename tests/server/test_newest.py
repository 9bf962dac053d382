from server.newest import Newest


def test_the_newest_item_wins_and_the_others_are_counted() -> None:
    box: Newest[int] = Newest()
    for item in range(5):
        box.put(item)

    assert len(box) == 1
    assert (box.take(), box.take()) == (4, None)
    assert (box.put_count, box.dropped) == (5, 4)


def test_an_item_taken_in_time_is_not_dropped() -> None:
    box: Newest[int] = Newest()
    for item in range(3):
        box.put(item)
        assert box.take() == item

    assert box.dropped == 0


def test_every_put_wakes() -> None:
    woken = []
    box: Newest[str] = Newest(lambda: woken.append(len(box)))
    box.put("a")
    box.put("b")

    assert woken == [1, 1]


def test_an_empty_box_has_no_age() -> None:
    box: Newest[int] = Newest()
    assert box.age_s == 0
    box.put(1)
    assert box.age_s > 0
