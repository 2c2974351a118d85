"""Why REST refused (protocol §10)."""

from typing import Annotated

from pydantic import Field

from psdash.wire.predictstreet.guesses import path, places
from psdash.wire.scalars import Decoration, Label, SafeText, WireModel, Word


class ErrorBody(WireModel):
    """Why REST refused: the flat and the nested shape (protocol §10). Fields that are not there are empty; any
    object reads.
    """

    code: Annotated[Word | None, Decoration] = Field(None, validation_alias=places("code", "error.code"))
    message: Annotated[SafeText | None, Decoration] = Field(
        None, validation_alias=places("message", "error.message", "error")
    )
    required_scope: Annotated[Word | None, Decoration] = Field(None, alias="requiredScope")
    trace_id: Annotated[Label | None, Decoration] = Field(None, validation_alias=path("trace_id"))
