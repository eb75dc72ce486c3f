"""A Run as people see it: figures, one HTML page, a terminal summary and a progress bar.

Everything here takes plain data (`trainwell.run.Run`, `Sample`) and shows it; nothing here trains, reads data files or
judges. The names are imported when they are first used, because matplotlib and jinja2 are slow to import.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trainwell.report.diagnosis.notebook import repr_html as repr_html
    from trainwell.report.diagnosis.page import render_diagnosis as render_diagnosis
    from trainwell.report.diagnosis.terminal import diagnosis_json as diagnosis_json
    from trainwell.report.diagnosis.terminal import print_diagnosis as print_diagnosis
    from trainwell.report.diagnosis.wording import verdict_of as verdict_of
    from trainwell.report.figures.plates import save_figures as save_figures
    from trainwell.report.page import render_page as render_page
    from trainwell.report.progress import show_progress as show_progress
    from trainwell.report.repair.page import render_repair as render_repair
    from trainwell.report.repair.page import repair_card as repair_card
    from trainwell.report.samples import Sample as Sample
    from trainwell.report.terminal import print_summary as print_summary
    from trainwell.report.terminal import summary_json as summary_json
    from trainwell.report.training_figures import TrainingFigures as TrainingFigures

_HOMES = {
    "Sample": "samples",
    "TrainingFigures": "training_figures",
    "diagnosis_json": "diagnosis.terminal",
    "print_diagnosis": "diagnosis.terminal",
    "print_summary": "terminal",
    "render_diagnosis": "diagnosis.page",
    "render_page": "page",
    "render_repair": "repair.page",
    "repair_card": "repair.page",
    "repr_html": "diagnosis.notebook",
    "save_figures": "figures.plates",
    "show_progress": "progress",
    "summary_json": "terminal",
    "verdict_of": "diagnosis.wording",
}

if not TYPE_CHECKING:  # type checkers would take every misspelt name for one that is found here

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
