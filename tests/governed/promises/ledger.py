"""The record of what was done."""

from __future__ import annotations

from tests.governed.promises.promise import Promise, promise

PROMISES: tuple[Promise, ...] = (
    promise(
        "The ledger is only added to.",
        "tests/governed/test_ledger_promises.py::test_records_are_added_and_never_changed",
    ),
    promise(
        "The start is recorded with program, policy, versions and mode.",
        "tests/governed/test_record_kinds.py::test_server_started",
        "tests/governed/test_record_kinds.py::test_a_day_is_sealed_and_a_clock_that_goes_back_breaks_nothing",
        "tests/runtime/test_service.py::test_the_start_is_recorded",
        "tests/e2e/test_kill.py::test_no_reply_without_its_record",
    ),
    promise(
        "Every message, request, call of a tool and subscription is recorded, on every "
        "surface, with what it came to.",
        "tests/governed/test_record_kinds.py::test_a_run_that_does_everything",
        "tests/surfaces/test_every_surface.py::test_the_same_input_has_the_same_verdict",
        "tests/runtime/tools/test_tools_served.py::test_every_machine_is_a_tool",
        "tests/runtime/bus/test_hub.py::test_a_page_and_its_subscription_are_one_run",
        "tests/runtime/webhooks/test_hooks_served.py::test_what_is_signed_runs_once",
    ),
    promise(
        "The record of a message has its surface, path and connection, how long it took, and "
        "digests of what came and went.",
        "tests/governed/test_record_kinds.py::test_a_run_that_does_everything",
        "tests/governed/test_ledger_promises.py::test_a_digest_is_of_what_is_not_secret",
        "tests/e2e/test_kill.py::test_no_reply_without_its_record",
        "tests/runtime/test_asgi.py::test_a_request_is_answered_and_recorded",
    ),
    promise(
        "What is refused is recorded too.",
        "tests/governed/test_record_kinds.py::test_who_is_refused_is_recorded",
        "tests/governed/test_record_kinds.py::test_a_message_that_is_refused_is_recorded",
        "tests/runtime/api/test_api_served.py::test_requests_that_miss_an_endpoint_are_recorded",
        "tests/runtime/tools/test_tools_served.py::test_what_is_no_message_is_recorded",
        "tests/runtime/webhooks/test_hooks_served.py::test_what_is_not_signed_never_gets_to_the_machine",
        "tests/governed/test_refused_clients.py::test_what_is_too_large_for_a_page_is_recorded",
    ),
    promise(
        "A run that pushes, streams or reaches outside is recorded before anything of it leaves.",
        "tests/governed/test_ledger_promises.py::test_nothing_is_pushed_before_the_start_of_its_run_is_durable",
        "tests/runtime/test_gate.py::test_a_call_is_recorded_before_it_leaves_and_when_it_is_back",
        "tests/governed/test_ledger_promises.py::test_nothing_is_asked_before_the_begin_of_its_step_is_durable",
        "tests/runtime/test_gate.py::test_a_run_starts_once",
        "tests/governed/test_record_kinds.py::test_a_run_that_does_everything",
    ),
    promise(
        "A run of which nothing leaves but its answer has one record.",
        "tests/runtime/test_asgi_driver.py::test_a_reply_waits_for_its_record",
        "tests/governed/test_ledger_promises.py::test_a_digest_is_of_what_is_not_secret",
    ),
    promise(
        "Each step outside has a record at its begin and one at its end, with what it cost.",
        "tests/governed/test_record_kinds.py::test_a_run_that_does_everything",
        "tests/governed/test_record_kinds.py::test_a_step_that_failed",
    ),
    promise(
        "What was simulated is recorded as such.",
        "tests/governed/test_record_kinds.py::test_a_day_is_sealed_and_a_clock_that_goes_back_breaks_nothing",
        "tests/runtime/test_gate.py::test_simulated_steps_answer_what_the_program_assumes",
    ),
    promise(
        "A capability that is denied or held is recorded, and who decided.",
        "tests/governed/test_record_kinds.py::test_a_decision",
        "tests/runtime/approvals/test_approvals_served.py::test_approve",
        "tests/runtime/approvals/test_approvals_served.py::test_deny",
        "tests/runtime/approvals/test_approvals_served.py::test_expire",
    ),
    promise(
        "The record of a decision has a digest of the step's arguments, without secrets.",
        "tests/governed/test_denials.py::test_what_was_denied_has_a_digest_of_its_arguments",
        "tests/governed/test_denials.py::test_a_secret_leaves_no_trace_in_it",
        "tests/governed/test_denials.py::test_it_is_that_of_a_person_who_is_asked_about_the_same",
        "tests/runtime/approvals/test_approvals_served.py::test_approve",
    ),
    promise(
        "A guard that does not pass is recorded with what it did.",
        "tests/governed/test_record_kinds.py::test_a_guard",
    ),
    promise(
        "Connections are recorded as they open and close, with code, reason and counts.",
        "tests/governed/test_record_kinds.py::test_a_run_that_does_everything",
        "tests/runtime/test_asgi.py::test_an_idle_connection_is_closed",
        "tests/runtime/test_asgi_driver.py::test_a_deaf_client_is_given_up_under_any_server",
        "tests/runtime/bus/test_pushes.py::test_the_caller_gets_each_in_order_and_then_the_answer",
    ),
    promise(
        "A segment is sealed when it is large, and when its day is over.",
        "tests/runtime/ledger/test_ledger_segments.py::test_a_segment_ends_when_it_is_large",
        "tests/runtime/ledger/test_ledger_segments.py::test_a_segment_ends_with_its_day",
        "tests/governed/test_record_kinds.py::test_a_day_is_sealed_and_a_clock_that_goes_back_breaks_nothing",
        "tests/governed/test_figures.py::test_the_figures_are_those_that_are_promised",
    ),
    promise(
        "All records have the common fields.",
        "tests/governed/test_record_kinds.py::test_common_fields",
        "tests/runtime/test_gate.py::test_a_call_is_recorded_before_it_leaves_and_when_it_is_back",
    ),
    promise(
        "A principal that is known is recorded with all that it did.",
        "tests/runtime/test_gate.py::test_a_call_is_recorded_before_it_leaves_and_when_it_is_back",
        "tests/runtime/test_service.py::test_answer_decodes_runs_and_records",
    ),
    promise(
        "A trace is that of the caller, or begins with the run.",
        "tests/governed/test_trace.py::test_a_sockets_trace_is_recorded_and_passed_on",
        "tests/governed/test_trace.py::test_without_a_trace_a_run_begins_its_own",
    ),
    promise(
        "A run's id is a UUID of version seven.",
        "tests/runtime/ledger/test_ledger_ids.py::test_an_id_is_a_uuid_of_version_seven_with_the_time_in_front",
        "tests/governed/test_record_kinds.py::test_a_run_that_does_everything",
    ),
    promise(
        "Times are written in UTC with microseconds.",
        "tests/runtime/ledger/test_ledger_record.py::test_a_time_is_written_in_utc_with_microseconds",
        "tests/runtime/ledger/test_ledger_record.py::test_a_full_second_keeps_its_microseconds",
    ),
    promise(
        "A record is one flat object of texts, safe integers and truth values; all else "
        "is refused.",
        "tests/runtime/ledger/test_ledger_record.py::test_what_is_outside_the_form_is_refused",
        "tests/runtime/ledger/test_ledger_form.py::test_what_has_no_place_in_a_record_is_refused",
    ),
    promise(
        "What a record has not is left out.",
        "tests/governed/test_record_kinds.py::test_common_fields",
        "tests/governed/test_record_kinds.py::test_a_run_that_does_everything",
        "tests/runtime/ledger/test_ledger_record.py::test_what_is_outside_the_form_is_refused",
    ),
    promise(
        "A payload that is kept is one text, which holds its JSON.",
        "tests/governed/test_metrics.py::test_payloads_are_kept_when_the_operator_says_so",
    ),
    promise(
        "The first record follows sixty-four zeros, and each other one the hash before it.",
        "tests/governed/test_ledger_promises.py::test_the_first_record_follows_sixty_four_zeros",
        "tests/runtime/ledger/test_ledger_page.py::test_a_sound_ledger_passes",
    ),
    promise(
        "Its text and hash are those that the standard library makes.",
        "tests/runtime/ledger/test_ledger_record.py::test_the_text_and_the_hash_are_what_the_standard_library_makes_of_them",
        "tests/runtime/ledger/test_ledger_form.py::test_a_form_makes_the_records_that_its_fields_make",
    ),
    promise(
        "The exact text is kept, and the columns beside it are compared with it.",
        "tests/runtime/ledger/test_ledger_verification.py::test_a_changed_column_or_text_names_its_record",
        "tests/runtime/ledger/test_ledger_verification.py::test_keys_in_another_order_are_a_change",
    ),
    promise(
        "The page that documents the form has a verifier of under thirty lines that "
        "agrees with ours.",
        "tests/runtime/ledger/test_ledger_page.py::test_the_verifier_is_short",
        "tests/runtime/ledger/test_ledger_page.py::test_a_sound_ledger_passes",
        "tests/runtime/ledger/test_ledger_page.py::test_a_tampered_ledger_does_not",
    ),
    promise(
        "No reply leaves before its record is durable.",
        "tests/runtime/test_asgi_driver.py::test_a_reply_waits_for_its_record",
        "tests/runtime/test_asgi_driver.py::test_a_push_waits_for_the_record_of_its_run",
        "tests/runtime/test_asgi_driver.py::test_what_cannot_be_recorded_is_not_answered",
        "tests/e2e/test_kill.py::test_no_reply_without_its_record",
        "tests/runtime/ledger/test_ledger_crash.py::test_a_killed_writer_loses_no_acknowledged_record",
        "tests/runtime/ledger/test_ledger_disk_full.py::test_nothing_is_acknowledged_that_did_not_fit",
    ),
    promise(
        "What waits together is one transaction, which is on disk when it returns.",
        "tests/governed/test_ledger_promises.py::test_what_waits_together_is_one_transaction",
        "tests/governed/test_figures.py::test_a_commit_is_on_disk_when_it_returns",
        "tests/runtime/ledger/test_ledger_writer.py::test_an_awaited_record_is_on_disk",
    ),
    promise(
        "The order of the chain is the order of the replies.",
        "tests/governed/test_ledger_promises.py::test_a_connections_replies_come_in_the_order_of_their_records",
        "tests/runtime/ledger/test_ledger_writer.py::test_the_order_of_the_calls_is_the_order_of_the_chain",
    ),
    promise(
        "Digests are keyed by the instance, and leave secrets out.",
        "tests/governed/test_ledger_promises.py::test_what_is_secret_in_an_answer_is_in_no_digest_and_not_kept",
        "tests/governed/test_ledger_promises.py::test_a_digest_is_of_what_is_not_secret",
        "tests/runtime/ledger/test_ledger_writer.py::test_digests_are_keyed_by_the_instance",
        "tests/runtime/ledger/test_ledger_form.py::test_digests_are_those_of_the_standard_library",
    ),
    promise(
        "Payloads are kept where the operator says so, without secrets, and usually not.",
        "tests/governed/test_ledger_promises.py::test_what_is_secret_in_an_answer_is_in_no_digest_and_not_kept",
        "tests/governed/test_metrics.py::test_payloads_are_kept_when_the_operator_says_so",
        "tests/governed/test_metrics.py::test_usually_no_payload_is_kept",
        "tests/e2e/test_secrets.py::test_no_secret_is_written_or_sent_but_to_whom_it_is_meant_for",
    ),
    promise(
        "Of the refusals of a client and code, ten a second are recorded singly and the "
        "rest as one record with their number.",
        "tests/runtime/ledger/test_ledger_refusals.py::test_the_first_ten_of_a_second_are_recorded_singly",
        "tests/runtime/ledger/test_ledger_refusals.py::test_clients_and_codes_are_counted_apart",
        "tests/runtime/ledger/test_ledger_refusals.py::test_no_refusal_is_lost",
        "tests/governed/test_refused_clients.py::test_a_flood_of_one_client_hides_no_refusal_of_another",
        "tests/runtime/test_service.py::test_a_flood_of_refusals_is_few_records",
        "tests/runtime/test_faults.py::test_a_flood_is_answered_and_slows_nobody",
    ),
    promise(
        "On a disk that is nearly full work is refused, and the refusal recorded in room "
        "that was kept back.",
        "tests/runtime/test_service.py::test_a_nearly_full_disk_refuses_and_records_it",
        "tests/runtime/ledger/test_ledger_writer.py::test_little_room_is_noticed_and_some_is_kept_back",
        "tests/runtime/ledger/test_ledger_disk.py::test_the_disk_is_looked_at_once_a_second",
        "tests/runtime/ledger/test_ledger_disk.py::test_what_was_kept_back_is_given_once_and_kept_back_again",
        "tests/runtime/ledger/test_ledger_disk_full.py::test_nothing_is_acknowledged_that_did_not_fit",
        "tests/governed/test_figures.py::test_the_figures_are_those_that_are_promised",
    ),
    promise(
        "As long as nothing can be recorded nothing is served, and the readiness of the "
        "app says so.",
        "tests/runtime/test_service.py::test_nothing_is_served_unrecorded",
        "tests/e2e/test_ledger_faults.py::test_a_table_that_somebody_else_locks_refuses_runs",
        "tests/e2e/test_ledger_faults.py::test_a_full_disk_refuses_runs_until_there_is_room",
    ),
    promise(
        "Usually the ledger is a table of SQLite in the data directory, with the common fields "
        "as columns beside the exact text.",
        "tests/governed/test_figures.py::test_common_fields_are_columns_beside_the_exact_text",
        "tests/runtime/ledger/test_ledger_writer.py::test_an_awaited_record_is_on_disk",
    ),
    promise(
        "One process owns a data directory; a second one is refused and told of the shared ledger.",
        "tests/e2e/test_ledger_faults.py::test_a_second_app_does_not_get_the_data_directory",
        "tests/runtime/ledger/test_ledger_lock.py::test_a_second_process_is_refused_in_one_sentence",
        "tests/runtime/ledger/test_ledger_lock.py::test_a_killed_holder_holds_nothing",
    ),
    promise(
        "The chain goes on over restarts.",
        "tests/runtime/ledger/test_ledger_writer.py::test_a_chain_goes_on_over_restarts",
    ),
    promise(
        "A torn tail is recognised, reported and sealed.",
        "tests/runtime/ledger/test_ledger_seal.py::test_last_rows_that_do_not_chain_are_sealed",
        "tests/runtime/ledger/test_ledger_seal.py::test_a_damaged_last_page_is_sealed",
        "tests/runtime/ledger/test_ledger_seal.py::test_a_cut_write_ahead_log_is_recognised",
        "tests/e2e/test_ledger_faults.py::test_a_damaged_last_page_is_sealed_by_the_next_start",
        "tests/runtime/ledger/test_ledger_commands.py::test_a_sealed_tail_is_mentioned",
    ),
    promise(
        "Readers have no right to change what they read, and read while a server writes.",
        "tests/runtime/ledger/test_ledger_commands.py::test_readers_read_while_a_server_has_the_directory",
        "tests/governed/test_figures.py::test_a_reader_cannot_write",
        "tests/e2e/test_ledger_faults.py::test_a_data_directory_that_cannot_be_written",
    ),
    promise(
        "Keys and approvals are changed by the server's own socket, which its user alone may open.",
        "tests/auth/test_keys_command.py::test_with_a_server_changes_go_through_it",
        "tests/runtime/approvals/test_approvals_served.py::test_commands_decide_by_the_admin_socket",
    ),
    promise(
        "Where no server runs a command takes the lock for what it changes, or changes nothing.",
        "tests/auth/test_keys_command.py::test_a_key_is_made_listed_and_revoked_without_a_server",
        "tests/auth/test_keys_command.py::test_a_directory_that_something_else_holds_is_left_alone",
        "tests/e2e/test_approvals.py::test_without_a_server_nothing_waits",
    ),
    promise(
        "Sealed segments are archived, and a chain whose beginning is missing is sound "
        "with its seal.",
        "tests/runtime/ledger/test_ledger_segments.py::test_sealed_segments_go_into_a_file_and_the_rest_stays_sound",
        "tests/runtime/ledger/test_ledger_segments.py::test_the_command_tells_the_seal_that_verify_takes",
        "tests/runtime/ledger/test_ledger_segments.py::test_another_seal_does_not_fit",
        "tests/runtime/ledger/test_ledger_segments.py::test_nobody_archives_under_a_running_app",
    ),
    promise(
        "Sealed segments may be deleted instead.",
        "tests/governed/test_ledger_promises.py::test_sealed_segments_may_be_deleted",
        "tests/runtime/ledger/test_ledger_segments.py::test_a_table_that_holds_nothing_but_a_seal_goes_on",
    ),
    promise(
        "An anchor is a chain, a number, a hash and a time, signed with Ed25519.",
        "tests/governed/test_ledger_promises.py::test_an_anchor_is_four_facts_and_a_signature_of_ed25519",
    ),
    promise(
        "The documentation says what a chain does not show without an anchor.",
        "tests/governed/test_ledger_promises.py::test_the_documentation_says_what_a_chain_without_an_anchor_does_not_show",
        "tests/runtime/ledger/test_ledger_anchors.py::test_a_chain_that_was_written_anew_is_found",
    ),
    promise(
        "Anchors are signed, and find a chain that was written anew.",
        "tests/runtime/ledger/test_ledger_anchors.py::test_a_chain_that_was_written_anew_is_found",
        "tests/runtime/ledger/test_ledger_anchors.py::test_a_changed_anchor_is_none",
        "tests/runtime/ledger/test_ledger_anchors.py::test_other_keys_sign_nothing",
    ),
    promise(
        "The key of anchors is not in the data directory.",
        "tests/runtime/ledger/test_ledger_anchors.py::test_the_key_may_not_be_in_the_data_directory",
    ),
    promise(
        "Verification names the first record that was changed.",
        "tests/runtime/ledger/test_ledger_tampering.py::test_any_edit_of_a_character_is_named",
        "tests/runtime/ledger/test_ledger_verification.py::test_a_changed_column_or_text_names_its_record",
    ),
    promise(
        "Verification names the first record that was dropped.",
        "tests/runtime/ledger/test_ledger_tampering.py::test_any_run_of_records_that_is_dropped_is_named",
        "tests/runtime/ledger/test_ledger_verification.py::test_a_cut_off_end_is_named",
    ),
    promise(
        "Verification names the first record that was added.",
        "tests/runtime/ledger/test_ledger_tampering.py::test_an_inserted_record_with_a_hash_of_its_own_is_named",
        "tests/runtime/ledger/test_ledger_verification.py::test_an_invented_record_is_named",
    ),
    promise(
        "Verification names the first record that was put elsewhere.",
        "tests/runtime/ledger/test_ledger_tampering.py::test_any_order_but_the_written_one_is_named",
        "tests/runtime/ledger/test_ledger_verification.py::test_two_exchanged_records_are_named",
    ),
    promise(
        "Commands show the last records and follow what comes.",
        "tests/runtime/ledger/test_ledger_commands.py::test_tail_shows_the_last_records",
        "tests/runtime/ledger/test_ledger_commands.py::test_following_shows_what_comes",
    ),
    promise(
        "A command tells a run as a story.",
        "tests/runtime/ledger/test_ledger_questions.py::test_a_run_is_told_as_a_story",
    ),
    promise(
        "Records are exported as their exact texts and as a table.",
        "tests/runtime/ledger/test_ledger_questions.py::test_an_export_has_the_exact_texts",
        "tests/runtime/ledger/test_ledger_questions.py::test_a_table_has_a_column_for_every_field",
    ),
    promise(
        "Records are chosen by time, machine and outcome.",
        "tests/runtime/ledger/test_ledger_questions.py::test_records_are_chosen",
        "tests/runtime/ledger/test_ledger_questions.py::test_what_is_no_time_is_refused",
    ),
    promise(
        "A page and a stream follow the ledger: nothing is missed and nothing comes "
        "twice, over restarts too.",
        "tests/governed/test_ledger_live.py::test_who_was_cut_off_goes_on_where_they_were",
        "tests/governed/test_ledger_live.py::test_it_goes_on_when_the_server_comes_back",
    ),
)
