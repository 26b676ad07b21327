"""The one exception that means: the user must change something for us to run."""


class UserError(Exception):
    """Usage, configuration or input that cannot be used; ends the program with exit code 2.

    `message` names the place and what is wrong, in lower case and without a full stop.
    `hint` says what would be right; it may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
