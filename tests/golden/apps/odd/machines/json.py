"""Machine `json`: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from typing import Annotated, Literal

from kanvas_runtime import library, ops
from kanvas_runtime.contract import Integer, Label, Record, Text
from kanvas_runtime.machine import Machine
from kanvas_runtime.run import Run
from msgspec import Meta, field

from . import records


class Input(Record):
    class_: records.Class = field(name="class")
    self: Annotated[Text, Meta(description="</script>"), Label("{{ 1 }}")] = "'''\n\\"
    id_: Literal['"', "`", "${x}"] | None = field(default=None, name="id")


class Output(Record):
    return_: Text = field(name="return")
    list_: dict[Text, Text] = field(name="list")


class Run_(Record):
    class_: list[Integer] = field(name="class")
    ops_: Literal['"', "`", "${x}"] = field(name="ops")


def run(input_: Input, run: Run) -> Output:
    run.step = "run_"  # app.kanvas:15
    print_ = ops.integer(input_.class_.import_ + 1)
    input__: list[Integer] = library.map_(
        [print_, 2], lambda lambda_: ops.integer(lambda_ * 2)
    )
    run_ = Run_(class_=input__, ops_=input_.id_ if input_.id_ is not None else "`")

    run.step = "records"  # app.kanvas:19
    library_: Literal["{% raw %}"] | None = None
    records_: Literal["{% raw %}", "\u202e"]
    if library.some(run_.class_, lambda class_: class_ > 3):
        run.step = "library"  # app.kanvas:21
        library_ = "{% raw %}"
        records_ = library_
    else:
        records_ = "\u202e"  # app.kanvas:24

    run.step = "answer"  # app.kanvas:25
    answer = Output(
        return_=ops.text(records_, library_ if library_ is not None else input_.self),
        list_={"a b": input_.class_.from_, '"': run_.ops_},
    )
    return answer


MACHINE = Machine(
    name="json",
    input=Input,
    output=Output,
    run=run,
    title='"""; import os #',
    source="app.kanvas",
    long=True,
)
