from records import update

from trainwell.report import tables
from trainwell.report.samples import Sample
from trainwell.run import Run


def test_the_accuracy_stands_beside_its_baseline(run):
    update(run.result, accuracy=0.9, rows=100, baseline_accuracy=0.4)
    first = tables.tiles(run)[0]
    assert (first.name, first.value) == ("Test accuracy", "90.0%")
    assert first.beside == "baseline 40.0%; 95% interval 82.6% to 94.5%"


def test_values_have_their_own_tiles(regression):
    assert [(tile.name, tile.value) for tile in tables.tiles(regression)[:2]] == [
        ("Mean absolute error", "43.21"),
        ("R²", "0.451"),
    ]


def test_without_a_result_the_last_epoch_is_told(interrupted):
    assert tables.tiles(interrupted)[0].name == "Validation loss"


def test_rows_by_part_and_class(run):
    table = tables.parts(run)
    assert table.head == ("", "training", "validation", "test")
    assert table.rows[0][:3] == ("all", "900", "100")
    assert table.rows[1][:3] == ("cat", "300", "33")


def test_layers(run):
    assert tables.layers(run).rows[1] == ("dense", "Dense", "300", "235,500", "units 300, activation elu, HeNormal")


def test_samples_with_different_columns_share_one_table():
    table = tables.sample_rows(
        [
            Sample(None, {"age": "40"}, "51", "184", None, 133.0, "row 62"),
            Sample(None, {"bmi": "20"}, "40", "30", None, -10.0, "row 3"),
        ]
    )
    assert table.head == ("", "true", "answer", "off by", "age", "bmi")
    assert table.rows == [
        ("row 62", "51", "184", "133", "40", ""),
        ("row 3", "40", "30", "\N{MINUS SIGN}10", "", "20"),
    ]


def test_an_empty_run_has_empty_tables():
    empty = Run()
    assert tables.tiles(empty) == tables.notes(empty) == []
    for table in (tables.layers, tables.parts, tables.most_frequent_mistakes):
        assert table(empty).rows == []
