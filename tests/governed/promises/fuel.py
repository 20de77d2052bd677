"""Runs that would not end."""

from __future__ import annotations

from tests.governed.promises.promise import Promise, promise

PROMISES: tuple[Promise, ...] = (
    promise(
        "A run has a million loop turns, calls of lambdas and of flows.",
        "tests/governed/test_figures.py::test_the_figures_are_those_that_are_promised",
        "tests/runtime/test_fuel.py::test_a_run_has_a_tank_and_no_more",
        "tests/e2e/test_long_runs.py::test_others_are_answered_while_a_run_burns_all_its_fuel",
    ),
    promise(
        "Turns of loops cost fuel, of every kind of loop.",
        "tests/governed/test_growth.py::test_turns_of_every_kind_of_loop_cost_fuel",
        "tests/control/test_loops.py::test_turns_cost_fuel",
    ),
    promise(
        "Calls of lambdas cost fuel.",
        "tests/runtime/test_library_lists.py::test_items_cost_fuel",
    ),
    promise(
        "Calls of flows and of machines cost fuel.",
        "tests/governed/test_figures.py::test_calls_of_flows_and_machines_cost_fuel",
    ),
    promise(
        "Branches of a run share its fuel, and runs share none.",
        "tests/runtime/test_fuel.py::test_branches_spend_from_the_tank_of_their_run",
        "tests/runtime/test_fuel.py::test_runs_at_the_same_time_have_their_own",
    ),
    promise(
        "A text or list has a megabyte at most.",
        "tests/governed/test_figures.py::test_the_figures_are_those_that_are_promised",
        "tests/runtime/test_fuel.py::test_sizes_have_limits",
        "tests/governed/test_growth.py::test_a_value_that_grows_beyond_its_limit_fails_its_step",
        "tests/governed/test_growth.py::test_what_is_made_at_one_go_is_within_the_limit_too",
        "tests/runtime/test_library_text_and_maps.py::test_no_value_outgrows_its_limit",
    ),
    promise(
        "What goes beyond fails its step as a fault of the run, whose type is `runtime`.",
        "tests/governed/test_growth.py::test_a_value_that_grows_beyond_its_limit_fails_its_step",
        "tests/runtime/test_fuel.py::test_a_run_has_a_tank_and_no_more",
        "tests/runtime/test_run.py::test_a_run_that_spends_all_its_fuel_has_failed_at_its_step",
    ),
    promise(
        "A long run without awaits lets others have a turn every ten thousand.",
        "tests/e2e/test_long_runs.py::test_others_are_answered_while_a_run_goes_on",
        "tests/runtime/test_giving_way.py::test_others_have_a_turn_after_each_stretch",
        "tests/runtime/test_giving_way.py::test_what_is_done_at_one_go_to_large_values_counts",
    ),
    promise(
        "The compiler says which machines are long, and misses none.",
        "tests/emit/test_long_machines.py::test_what_is_done_for_each_of_many_is_long",
        "tests/emit/test_long_machines.py::test_calls_of_what_calls_may_double_with_each_level",
    ),
)
