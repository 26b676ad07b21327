"""Our records do what the standard library's named tuples do."""

from __future__ import annotations

import pickle
import typing
from typing import Any

import pytest

from oidc_enforcer import records


class Ours(records.NamedTuple):
    """A record."""

    name: str
    places: tuple[int, ...] = ()
    is_new: bool = False

    @property
    def first(self) -> int:
        """A property."""
        return self.places[0]

    @classmethod
    def nameless(cls) -> Ours:
        """A constructor by another name."""
        return cls("")


class Theirs(typing.NamedTuple):
    """The same."""

    name: str
    places: tuple[int, ...] = ()
    is_new: bool = False


class Narrow(Ours):
    """A record that says more."""

    extra: int


def test_what_is_no_record_is_refused() -> None:
    made: Any = Ours
    for arguments in ((), ("a", (), True, 4)):
        with pytest.raises(TypeError):
            made(*arguments)
    with pytest.raises(TypeError):
        made("a", other=1)
    with pytest.raises(TypeError):
        made._make(("a",))
    with pytest.raises((TypeError, ValueError)):
        made("a")._replace(other=1)
    with pytest.raises(AttributeError):
        made("a").name = "b"
    with pytest.raises(AttributeError):
        made("a").other = "b"


@pytest.mark.parametrize("given", [("a",), ("a", (1, 2)), ("a", (3,), True)])
def test_a_record_is_a_named_tuple(given: tuple[Any, ...]) -> None:
    ours: Any = Ours(*given)
    theirs: Any = Theirs(*given)
    assert ours == theirs
    assert hash(ours) == hash(theirs)
    assert ours._asdict() == theirs._asdict()
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
    assert ours._replace(name="b") == theirs._replace(name="b")
    assert Ours(**theirs._asdict()) == Ours._make(theirs) == ours
    assert pickle.loads(pickle.dumps(ours)) == ours
    assert type(pickle.loads(pickle.dumps(ours))) is Ours


def test_a_class_tells_of_its_fields() -> None:
    for name in ("_fields", "_field_defaults", "__match_args__"):
        assert getattr(Ours, name) == getattr(Theirs, name)
    assert typing.get_type_hints(Ours).items() >= typing.get_type_hints(Theirs).items()
    assert Ours.__doc__ == "A record."
    assert issubclass(Ours, tuple)


def test_methods_subclasses_and_patterns_work() -> None:
    assert Ours("a", (7,)).first == 7
    assert Ours.nameless() == Ours("")
    narrow = Narrow("a", is_new=True)
    narrow.extra = 4
    assert (type(narrow), narrow.is_new, narrow.extra) == (Narrow, True, 4)
    match Ours("a", (1,)):
        case Ours(name, (place,)):
            assert (name, place) == ("a", 1)
        case _:
            raise AssertionError


def test_the_first_record_of_a_class_may_be_one_of_a_subclass() -> None:
    class Base(records.NamedTuple):
        """Never made by itself."""

        one: int

    class Derived(Base):
        """The first."""

    assert type(Derived(1)) is Derived
    assert type(Base(1)) is Base
