"""What runs keep."""

from __future__ import annotations

from tests.governed.promises.promise import Promise, promise

PROMISES: tuple[Promise, ...] = (
    promise(
        "All that a run sets becomes durable in the transaction of its access's record.",
        "tests/governed/test_state_in_its_record.py::test_all_that_a_run_sets_is_in_the_transaction_of_its_access",
        "tests/runtime/state/test_state_runs.py::test_state_and_record_are_appended_as_one",
        "tests/runtime/state/test_state_kept.py::test_state_and_ledger_agree_after_every_kill",
        "tests/runtime/state/test_state_kept.py::test_a_failed_commit_keeps_neither_state_nor_record",
    ),
    promise(
        "What a run sets becomes visible at its end, all at once.",
        "tests/runtime/state/test_state_interleavings.py::test_as_if_one_by_one",
        "tests/runtime/state/test_state_runs.py::test_state_goes_on_from_run_to_run",
    ),
    promise(
        "A run that failed has changed nothing.",
        "tests/governed/test_state_in_its_record.py::test_nothing_that_a_failed_run_has_set_is_in_any",
        "tests/runtime/state/test_state_runs.py::test_a_failed_run_changes_nothing",
        "tests/e2e/test_kept.py::test_a_run_that_fails_changes_nothing",
    ),
    promise(
        "A run that was cancelled has changed nothing.",
        "tests/runtime/state/test_state_runs.py::test_a_cancelled_run_changes_nothing_and_gives_its_turn_back",
        "tests/runtime/state/test_state_sockets.py::test_a_client_that_goes_away_takes_its_change_along",
    ),
    promise(
        "A run has its turn from the first access to its end.",
        "tests/runtime/state/test_state_runs.py::test_runs_at_the_same_time_lose_nothing",
        "tests/runtime/state/test_state_sockets.py::test_many_clients_lose_no_update",
        "tests/e2e/test_kept.py::test_runs_of_many_clients_do_not_interleave",
    ),
    promise(
        "Waiting for the turn counts in the timeout.",
        "tests/runtime/state/test_state_runs.py::test_waiting_for_the_turn_counts_in_the_timeout",
    ),
    promise(
        "A thousand wait, and one more is refused as overload.",
        "tests/runtime/state/test_state_runs.py::test_at_most_so_many_wait",
        "tests/governed/test_figures.py::test_the_figures_are_those_that_are_promised",
    ),
    promise(
        "Nothing is set in branches that run at the same time.",
        "tests/corpus/wrong/K3040-set-in-together.kanvas",
        "tests/corpus/wrong/K3040-set-in-a-concurrent-loop.kanvas",
        "tests/types/test_kept.py::test_nothing_is_set_at_the_same_time",
        "tests/types/test_kept.py::test_no_machine_that_sets_is_called_at_the_same_time",
    ),
)
