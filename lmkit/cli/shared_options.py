"""Options that several commands share, handed to each as one value."""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar, get_type_hints

Command = TypeVar("Command", bound=Callable[..., None])
Option = tuple[Any, object]  # Any: an annotation; with its default
REQUIRED = inspect.Parameter.empty


def with_options(
    name: str, options: Mapping[str, Option], gather: Callable[..., object]
) -> Callable[[Command], Command]:
    """Add options to a command that takes them as one value.

    Args:
        name: Parameter of the command that takes the value.
        options: Annotation and default of each option, by name; those that are `REQUIRED` come
            before the options of the command itself, the others after them.
        gather: Makes the value of them, given by keyword.

    Returns:
        A decorator; the command it returns has the options in its signature, where typer looks.
    """

    def decorate(command: Command) -> Command:
        @wraps(command)
        def run(*arguments: object, **given: object) -> None:
            bound = signature.bind(*arguments, **given)
            bound.apply_defaults()
            chosen = {option: bound.arguments.pop(option) for option in options}
            command(**bound.arguments, **{name: gather(**chosen)})

        hints = get_type_hints(command, include_extras=True)
        own = [
            parameter.replace(annotation=hints[key])
            for key, parameter in inspect.signature(command).parameters.items()
            if key != name
        ]
        signature = inspect.Signature(
            [
                *_parameters(options, are_required=True),
                *own,
                *_parameters(options, are_required=False),
            ]
        )
        described: Any = run  # Any: functions have no declared __signature__
        described.__signature__ = signature
        described.__annotations__ = {
            key: parameter.annotation for key, parameter in signature.parameters.items()
        }
        return described  # type: ignore[no-any-return]

    return decorate


def _parameters(options: Mapping[str, Option], *, are_required: bool) -> list[inspect.Parameter]:
    kind = (
        inspect.Parameter.POSITIONAL_OR_KEYWORD if are_required else inspect.Parameter.KEYWORD_ONLY
    )
    return [
        inspect.Parameter(option, kind, default=default, annotation=annotation)
        for option, (annotation, default) in options.items()
        if (default is REQUIRED) is are_required
    ]
