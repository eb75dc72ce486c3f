"""The figures of a Run, one kind a file, in a light and a dark style.

    from trainwell.report.figures import plates, save_figures

`plates` lists what can be drawn of a Run; each kind's own function draws it alone. All of them use matplotlib's object
interface, so no backend is chosen and no global state of a notebook is touched.
"""

from trainwell.report.figures.activations import ActivationCurve as ActivationCurve
from trainwell.report.figures.activations import draw_activation as draw_activation
from trainwell.report.figures.activations import draw_activations as draw_activations
from trainwell.report.figures.confusion import confusion_matrix as confusion_matrix
from trainwell.report.figures.curves import curve as curve
from trainwell.report.figures.depth import draw_depth as draw_depth
from trainwell.report.figures.plate import Plate as Plate
from trainwell.report.figures.plates import plates as plates
from trainwell.report.figures.plates import save_figures as save_figures
from trainwell.report.figures.range_test import draw_range_test as draw_range_test
from trainwell.report.figures.range_test import range_test as range_test
from trainwell.report.figures.recall import recall_by_class as recall_by_class
from trainwell.report.figures.regression import predicted_and_true as predicted_and_true
from trainwell.report.figures.regression import residuals as residuals
from trainwell.report.figures.saving import save as save
from trainwell.report.figures.schedule import draw_schedule as draw_schedule
from trainwell.report.figures.schedule import learning_rate as learning_rate
