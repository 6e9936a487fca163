from __future__ import annotations

from kubectl_routes.model.matrix import TableColumn
from kubectl_routes.render.rows import labels


def test_a_short_name_of_its_own_is_the_label() -> None:
    tables = [TableColumn("vtb-bp1aaaaa1", "prod"), TableColumn("vtb-bp1aaaaa2", "stage")]
    assert labels(tables, "…") == {"vtb-bp1aaaaa1": "prod", "vtb-bp1aaaaa2": "stage"}


def test_tables_of_the_same_name_are_told_by_their_ids() -> None:
    tables = [TableColumn("vtb-bp1aaaaa1", "prod"), TableColumn("vtb-bp1aaaaa2", "prod")]
    assert labels(tables, "..") == {"vtb-bp1aaaaa1": "..aaaa1", "vtb-bp1aaaaa2": "..aaaa2"}


def test_a_long_or_absent_name_gives_way_to_the_id() -> None:
    tables = [TableColumn("vtb-bp1aaaaa1", "production-east"), TableColumn("vtb-bp1aaaaa2")]
    assert labels(tables, "…") == {"vtb-bp1aaaaa1": "…aaaa1", "vtb-bp1aaaaa2": "…aaaa2"}


def test_a_tail_grows_until_it_is_the_only_one() -> None:
    tables = [TableColumn("vtb-bp1xaaaaa"), TableColumn("vtb-bp1yaaaaa")]
    assert labels(tables, "…") == {"vtb-bp1xaaaaa": "…xaaaaa", "vtb-bp1yaaaaa": "…yaaaaa"}


def test_ids_that_differ_by_a_blank_are_shown_whole_and_quoted() -> None:
    tables = [TableColumn("vtb-b"), TableColumn(" vtb-b"), TableColumn("")]
    assert labels(tables, "…") == {"vtb-b": "vtb-b", " vtb-b": '" vtb-b"', "": '""'}
