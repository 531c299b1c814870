"""A picture of a design: SVG text, and PNG where that is wanted."""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path
from typing import Any

from mlsd_kit.design.drawing.shapes import Sketch
from mlsd_kit.design.drawing.svg import FONT, svg
from mlsd_kit.errors import UserError, require


class Picture:
    """A drawn design. It shows itself in JupyterLab; `save` writes it as SVG or PNG."""

    def __init__(self, sketch: Sketch) -> None:
        self.sketch = sketch
        self.svg: str = svg(sketch)

    def png(self, path: Path | str | None = None, scale: float = 2.0) -> bytes:
        """Give the picture as PNG, and write it if there is a path.

        Args:
            path: where to write it.
            scale: pixels of the PNG for one of the SVG.

        Raises:
            MissingExtra: when ``resvg_py`` is not installed.
            UserError: when the file cannot be written, or the scale is not above 0.
        """
        if not 0 < scale <= 20:
            raise UserError(f"scale: expected more than 0 and at most 20, got {scale!r}")
        resvg = require("resvg_py")
        import matplotlib

        fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
        files = [str(fonts / "DejaVuSans.ttf"), str(fonts / "DejaVuSans-Bold.ttf")]
        data = bytes(
            resvg.svg_to_bytes(
                svg_string=self.svg,
                zoom=scale,
                skip_system_fonts=True,
                font_files=files,
                sans_serif_family=FONT.partition(",")[0],
            )
        )
        if path is not None:
            _write(Path(path), data)
        return data

    def save(self, path: Path | str) -> Path:
        """Write the picture in the format that the file name ends with: .svg or .png.

        Raises:
            UserError: for another ending, or a file that cannot be written.
        """
        path = Path(path)
        if path.suffix == ".svg":
            _write(path, self.svg.encode())
        elif path.suffix == ".png":
            self.png(path)
        else:
            raise UserError(f"{path}: a picture is saved as .svg or .png")
        return path

    @property
    def html(self) -> str:
        """The picture as an ``<img>`` that holds it.

        JupyterLab shows it as wide as its cell, and also in a notebook that it does not trust yet,
        where it shows no ``image/svg+xml``.
        """
        data = base64.b64encode(self.svg.encode()).decode()
        alt = escape(self.sketch.title)
        return f'<img alt="{alt}" style="max-width:100%" src="data:image/svg+xml;base64,{data}">'

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<Picture {self.sketch.title!r}>"


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror})") from None
