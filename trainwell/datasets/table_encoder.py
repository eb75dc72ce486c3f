"""The TableEncoder: rows of a table as a model's inputs, alike when training and predicting.

It is fitted on training rows only and saved as plain JSON. It keeps no scaling: that is inside the model.
"""

from __future__ import annotations

import difflib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell.datasets.column_encoders import CategoryColumn, Column, NumericColumn, TimeColumn
from trainwell.datasets.column_values import as_booleans, as_numbers, as_times
from trainwell.datasets.columns import find_role
from trainwell.datasets.target_values import Place, row_place
from trainwell.datasets.wording import plural
from trainwell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

FORMAT_VERSION = 1


@dataclass(frozen=True)
class TableEncoder:
    """Turns table rows into `numeric` and `codes`.

    Args:
        columns: how each column that is used becomes inputs, in the table's order.
    """

    columns: tuple[Column, ...]

    @classmethod
    def fit(
        cls, table: pa.Table, names: Sequence[str], training: np.ndarray, place: Place = row_place
    ) -> tuple[TableEncoder, tuple[str, ...]]:
        """Finds what each column is good for and learns its medians, categories and parts from the training rows.

        Args:
            table: all rows: bad values are refused wherever they are.
            names: the columns that may be used.
            training: row numbers of the training part, counted from 0.
            place: where a row stands in the source.

        Returns:
            The encoder, and one sentence for each decision worth saying.

        Raises:
            InputError: a column without values, infinite values, text where numbers are, or no column of use.
        """
        columns: list[Column] = []
        notes: list[str] = []
        for name in names:
            column = table.column(name)
            found = find_role(column, name, training, place)
            if found.note:
                notes.append(found.note)
            if found.role == "numeric":
                columns.append(NumericColumn.fit(as_numbers(column, name, place)[training], name, "numeric"))
            elif found.role == "boolean":
                columns.append(NumericColumn.fit(as_booleans(column, name, place)[training], name, "boolean"))
            elif found.role == "time":
                columns.append(TimeColumn.fit(as_times(column, name, place)[training], name))
            elif found.role == "category":
                category = CategoryColumn.fit(column.take(training), name)
                if np.ptp(category.encode(column.take(training))) > 0:
                    columns.append(category)
                else:
                    notes.append(f"Column {name!r} is left out: no value occurs twice in the training rows.")
        if not columns:
            which = "The only column" if len(names) == 1 else f"None of the {len(names)} columns"
            raise InputError(
                f"{which} beside the target can{'not' * (len(names) == 1)} be an input. {' '.join(notes)}".strip(),
                "Give columns that differ from row to row and repeat their values.",
            )
        return cls(tuple(columns)), tuple(notes)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the inputs: those of `numeric`, then those of `codes`."""
        numeric = [name for column in self.columns if column.role != "category" for name in column.feature_names]
        return (*numeric, *(column.name for column in self.columns if column.role == "category"))

    @property
    def category_sizes(self) -> tuple[int, ...]:
        """Number of codes of each column of `codes`: missing, other, and the known values."""
        return tuple(column.size for column in self.columns if column.role == "category")

    def transform(self, table: pa.Table, place: Place = row_place) -> dict[str, np.ndarray]:
        """The inputs of a table's rows; its columns may stand in any order, and others may be among them.

        Args:
            table: as `table_file.read_table` gives it.
            place: where a row stands in the source.

        Returns:
            `numeric` `(rows, features)` float32 and `codes` `(rows, columns)` int32; what has no columns is absent.

        Raises:
            InputError: columns are missing, or a value is not of its column's kind.
        """
        self._refuse_missing_columns(table.column_names)
        numeric: list[np.ndarray] = []
        codes: list[np.ndarray] = []
        for column in self.columns:
            values = table.column(column.name)
            if isinstance(column, CategoryColumn):
                codes.append(column.encode(values))
            else:
                numeric.append(column.encode(values, place))
        inputs = {}
        if numeric:
            inputs["numeric"] = np.concatenate(numeric, axis=1)
        if codes:
            inputs["codes"] = np.stack(codes, axis=1)
        return inputs

    def to_json(self) -> dict[str, Any]:
        """Plain data: numbers, text, lists and dictionaries."""
        columns = []
        for column in self.columns:
            plain = asdict(column)
            columns.append({"name": plain.pop("name"), "role": plain.pop("role"), **plain})
        return {"kind": "table", "format_version": FORMAT_VERSION, "columns": columns}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> TableEncoder:
        """The encoder of which `to_json` gave `document`.

        Raises:
            InputError: the document is not that of a table encoder, or a newer trainwell wrote it.
        """
        kinds = {"numeric": NumericColumn, "boolean": NumericColumn, "time": TimeColumn, "category": CategoryColumn}
        try:
            version = document["format_version"]
            if version > FORMAT_VERSION:
                raise InputError(
                    f"The table encoder has format version {version}; this trainwell reads up to {FORMAT_VERSION}.",
                    "Update trainwell.",
                )
            columns = []
            for plain in document["columns"]:
                values = {"values": tuple(plain["values"])} if "values" in plain else {}
                columns.append(kinds[plain["role"]](**{**plain, **values}))
        except (KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"The table encoder cannot be read: {error!r}.", "Train again, or restore the file."
            ) from error
        return cls(tuple(columns))

    def _refuse_missing_columns(self, names: Sequence[str]) -> None:
        missing = [column.name for column in self.columns if column.name not in names]
        if not missing:
            return
        closest = {name: difflib.get_close_matches(name, names, n=1) for name in missing}
        alike = [f"{found[0]!r} instead of {name!r}" for name, found in closest.items() if found]
        raise InputError(
            f"The table lacks {len(missing)} of the {plural(len(self.columns), 'column')} the net was trained on: "
            f"{', '.join(repr(name) for name in missing)}.",
            "Add them." + (f" It has {', '.join(alike)}." if alike else ""),
        )
