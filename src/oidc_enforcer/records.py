"""Frozen records: `typing.NamedTuple` to whoever checks types, and a class that is made faster.

The standard one compiles every annotation and a constructor. For the hundred classes that judging
one file needs, that is a quarter of the whole run. Here nothing looks at annotations, and the
constructor is made with the first record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FunctionType
    from typing import NamedTuple as NamedTuple
    from typing import TypeVar

    T = TypeVar("T", bound="_Record")

from collections import namedtuple as _namedtuple

#: What reads the field at a place: written in C, and shared with the standard library's.
_field = type(_namedtuple("_OneField", "only").only)  # type: ignore[attr-defined]


class _Record(tuple[Any, ...]):
    """What all records can do; as `collections.namedtuple` documents it."""

    __slots__ = ()
    _fields: tuple[str, ...]
    _field_defaults: dict[str, Any]

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Makes the first record of a class, and the constructor for all others."""
        owner: Any = next(each for each in cls.__mro__ if "_fields" in vars(each))
        owner.__new__ = _constructor(owner)
        return owner.__new__(cls, *args, **kwargs)

    @classmethod
    def _make(cls: type[T], iterable: Iterable[Any]) -> T:
        made = tuple.__new__(cls, iterable)
        if len(made) != len(cls._fields):
            raise TypeError(f"expected {len(cls._fields)} fields, got {len(made)}")
        return made

    def _replace(self: T, **changes: Any) -> T:
        made = self._make(map(changes.pop, self._fields, self))
        if changes:
            raise ValueError(f"no such fields: {sorted(changes)}")
        return made

    def _asdict(self) -> dict[str, Any]:
        return dict(zip(self._fields, self, strict=True))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
        return f"{self.__class__.__name__}({fields})"

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)


def _constructor(owner: type[_Record]) -> FunctionType:
    """The constructor of a class, with its fields as arguments."""
    names = owner._fields
    values = ", ".join(names) + ("," if names else "")
    text = f"lambda _class, {values}: _new(_class, ({values}))"
    made: FunctionType = eval(text, {"_new": tuple.__new__})
    made.__defaults__ = tuple(owner._field_defaults.values())
    made.__name__, made.__qualname__ = "__new__", f"{owner.__qualname__}.__new__"
    return made


if not TYPE_CHECKING:

    class _Maker(type):
        """Makes a record of a class whose body lists its fields."""

        def __new__(cls, name, bases, body):
            fields = tuple(body.get("__annotations__", ()))
            defaults = {field: body.pop(field) for field in fields if field in body}
            body |= {field: _field(at, "") for at, field in enumerate(fields)}
            body |= {"_fields": fields, "_field_defaults": defaults, "__match_args__": fields}
            others = tuple(base for base in bases if base is not NamedTuple)
            return type(name, (_Record, *others), {"__slots__": (), **body})

    NamedTuple = type.__new__(_Maker, "NamedTuple", (), {})
