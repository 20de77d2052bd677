"""The record of what was done, in a database that processes share."""

from __future__ import annotations

from tests.governed.promises.promise import Promise, promise

_APPS = "tests/postgres/test_postgres_apps.py::"
_FAULTS = "tests/postgres/test_postgres_faults.py::"
_LEDGER = "tests/postgres/test_postgres_ledger.py::"
_READING = "tests/postgres/test_postgres_reading.py::"
_START = "tests/postgres/test_postgres_start.py::"
_ADDRESS = "tests/postgres/test_postgres_address.py::"

PROMISES: tuple[Promise, ...] = (
    promise(
        "With KANVAS_LEDGER several processes write one ledger in Postgres.",
        _APPS + "test_two_apps_write_one_ledger",
    ),
    promise(
        "A second start in one data directory is refused, and names KANVAS_LEDGER=postgresql://"
        " unless that is set.",
        "tests/runtime/ledger/test_ledger_lock.py::test_a_second_process_is_refused_in_one_sentence",
        _APPS + "test_a_second_app_does_not_get_the_data_directory",
    ),
    promise(
        "A chain in Postgres is leased by one process, and one that has lost its lease adds nothing"
        " to it.",
        _FAULTS + "test_a_lease_that_was_taken_over_adds_nothing",
        _FAULTS + "test_a_process_whose_chain_was_taken_goes_on_with_another",
        _FAULTS + "test_a_lease_that_is_lost_while_nothing_happens_is_noticed",
    ),
    promise(
        "A process goes on with its own chain, else with a free one, else with a new one whose"
        " first record has the heads of all others.",
        _LEDGER + "test_a_process_that_comes_back_goes_on_with_its_chain",
        _FAULTS + "test_a_free_chain_is_taken_over_and_a_new_one_names_the_heads_of_all",
        _FAULTS + "test_the_first_record_of_a_chain_may_be_one_that_was_prepared",
    ),
    promise(
        "With a ledger in Postgres, too, no reply leaves whose record is not durable.",
        _LEDGER + "test_records_are_there_when_their_futures_are_done",
        _APPS + "test_no_reply_without_its_record_when_the_app_is_killed",
        _APPS + "test_a_database_that_crashes_under_load",
        _START + "test_a_server_that_is_not_to_be_trusted",
        _START + "test_a_database_that_does_not_wait_for_its_disk_is_made_to",
    ),
    promise(
        "What waits while Postgres commits is the next commit.",
        _FAULTS + "test_what_waits_during_a_commit_is_the_next_one",
    ),
    promise(
        "A commit whose answer is lost is looked up: no record is there twice, and none that was"
        " acknowledged is missing.",
        _FAULTS + "test_an_answer_that_is_lost_after_the_commit_is_looked_up",
        _FAULTS + "test_a_statement_that_is_lost_before_the_commit_is_not_acknowledged",
    ),
    promise(
        "While Postgres cannot be written runs are refused, and /readyz says so.",
        _APPS + "test_a_database_that_crashes_under_load",
        _FAULTS + "test_a_connection_that_is_cut_is_noticed_and_the_chain_goes_on",
    ),
    promise(
        "The state of a machine and the record of its run in Postgres are durable together.",
        _LEDGER + "test_values_are_kept_with_their_record",
        _FAULTS + "test_values_of_a_process_that_ended_before_it_knew",
        _FAULTS + "test_a_fault_of_the_data_directory_is_one_of_the_ledger",
    ),
    promise(
        "Tampering with a chain in Postgres is named, also when a whole chain is gone or written"
        " anew.",
        _READING + "test_tampering_is_named",
        _READING + "test_a_chain_that_was_written_anew_contradicts_a_later_one",
        _FAULTS + "test_a_chain_that_does_not_end_soundly_is_left_as_it_is",
    ),
    promise(
        "Acknowledged records that the database has lost are noticed, sealed and told.",
        _FAULTS + "test_acknowledged_records_that_are_missing_are_sealed_and_told",
    ),
    promise(
        "Sealed segments in Postgres can be archived, and verify accepts that with their seals.",
        _READING + "test_segments_that_were_sealed_are_archived_while_the_app_runs",
        _READING + "test_a_segment_that_is_not_sound_is_not_archived",
    ),
    promise(
        "The app's user needs no right to change or remove a record in Postgres.",
        _START + "test_a_user_without_rights_and_one_who_can_only_add",
    ),
    promise(
        "The password of the database is in no message, log or page.",
        _ADDRESS + "test_the_password_is_not_shown",
        _ADDRESS + "test_what_an_error_says_is_masked",
        _APPS + "test_two_apps_write_one_ledger",
        _APPS + "test_a_database_that_is_not_there",
    ),
)
