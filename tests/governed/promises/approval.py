"""Steps that wait for a person."""

from __future__ import annotations

from tests.governed.promises.promise import Promise, promise

PROMISES: tuple[Promise, ...] = (
    promise(
        "A step that needs an approval holds its run, and the caller is told which run, "
        "capability and step, whatever the surface and the capability.",
        "tests/audit/test_permissions.py::test_a_run_reaches_what_the_rules_allow_and_nothing_else",
        "tests/runtime/api/test_api_held.py::test_a_run_that_is_held_is_accepted_and_answered_elsewhere",
        "tests/runtime/tools/test_tools_served.py::test_a_step_that_waits_for_a_person_is_told",
        "tests/runtime/approvals/test_approvals_served.py::test_approve",
        "tests/runtime/approvals/test_held_sessions.py::test_a_hold_is_told_and_ends_the_turn",
    ),
    promise(
        "In the envelope protocol the caller is told with the id of the message.",
        "tests/runtime/approvals/test_held_sessions.py::test_the_envelope_says_which_run",
    ),
    promise(
        "A run waits fifteen minutes unless its machine says otherwise, and has expired then.",
        "tests/control/test_limits.py::test_the_declaration_holds_what_the_program_says",
        "tests/governed/test_figures.py::test_the_figures_are_those_that_are_promised",
        "tests/runtime/approvals/test_approvals_served.py::test_expire",
    ),
    promise(
        "Time in which a person is waited for counts for no other timeout, of a caller either.",
        "tests/governed/test_approving.py::test_the_time_of_who_called_stands_still_too",
        "tests/runtime/approvals/test_approvals_served.py::test_time_stands_still",
        "tests/runtime/approvals/test_held_sessions.py::test_a_held_connection_is_not_idle",
    ),
    promise(
        "A held run outlives its connection, and what it was asked with.",
        "tests/runtime/approvals/test_approvals_served.py::test_disconnect_and_fetch",
        "tests/runtime/approvals/test_held_sessions.py::test_a_held_run_outlives_its_connection",
        "tests/runtime/approvals/test_held_sessions.py::test_a_held_run_outlives_the_credentials",
        "tests/runtime/api/test_api_held.py::test_a_run_that_is_held_outlives_whoever_asked",
    ),
    promise(
        "A held run leaves the order of its connection: what comes behind it is answered at once.",
        "tests/runtime/approvals/test_approvals_served.py::test_approve",
        "tests/runtime/approvals/test_held_sessions.py::test_a_frame_behind_a_held_run_is_answered_at_once",
        "tests/runtime/approvals/test_held_sessions.py::test_an_envelope_behind_a_held_run",
    ),
    promise(
        "The result comes on the connection when a person has decided.",
        "tests/runtime/approvals/test_approvals_served.py::test_approve",
        "tests/runtime/approvals/test_approvals_served.py::test_deny",
        "tests/runtime/approvals/test_held_sessions.py::test_the_answer_comes_when_it_comes",
    ),
    promise(
        "The result is fetched at the address of the run, by who asked for it alone.",
        "tests/runtime/approvals/test_approvals_served.py::test_disconnect_and_fetch",
        "tests/runtime/approvals/test_holds.py::test_results_are_kept_for_a_day",
    ),
    promise(
        "People list, approve and deny by command.",
        "tests/governed/test_approving.py::test_the_command_lists_approves_and_denies",
        "tests/e2e/test_approvals.py::test_a_person_at_a_terminal",
        "tests/runtime/approvals/test_approvals_served.py::test_commands_decide_by_the_admin_socket",
        "tests/e2e/test_approvals.py::test_without_a_server_nothing_waits",
    ),
    promise(
        "Programs decide over HTTP.",
        "tests/runtime/approvals/test_approvals_served.py::test_approve",
        "tests/runtime/approvals/test_approvals_served.py::test_deny",
        "tests/runtime/approvals/test_approvals_served.py::test_who_may_decide",
    ),
    promise(
        "People decide on a page, with or without its script.",
        "tests/e2e/test_approvals.py::test_two_people_in_browsers",
        "tests/e2e/test_approvals.py::test_a_browser_without_script",
        "tests/runtime/approvals/test_approvals_served.py::test_a_page_without_script",
    ),
    promise(
        "Only who has the scope for it decides, by whatever way, and is shown what waits.",
        "tests/governed/test_approving.py::test_who_may_not_decide_is_not_shown_what_waits",
        "tests/runtime/approvals/test_approvals_served.py::test_who_may_decide",
        "tests/runtime/approvals/test_who_decides.py::test_a_session_decides_on_our_own_pages_only",
        "tests/runtime/approvals/test_who_decides.py::test_tokens_of_an_issuer_decide_as_keys_do",
    ),
    promise(
        "A hold has the evaluated arguments of its step and their digest.",
        "tests/runtime/approvals/test_approvals_served.py::test_approve",
        "tests/runtime/approvals/test_holds.py::test_the_digest_tells_steps_and_arguments_apart",
        "tests/runtime/approvals/test_arguments.py::test_a_request_as_it_leaves",
        "tests/runtime/approvals/test_arguments.py::test_a_prompt_as_the_model_gets_it",
        "tests/runtime/approvals/test_arguments.py::test_what_is_remembered",
    ),
    promise(
        "Secrets among the arguments count in the digest and are shown to nobody.",
        "tests/runtime/approvals/test_arguments.py::test_secrets_count_but_are_not_shown",
        "tests/runtime/approvals/test_arguments.py::test_secrets_of_the_app_are_masked_wherever_they_stand",
        "tests/runtime/approvals/test_approvals_served.py::test_a_page_without_script",
    ),
    promise(
        "Who decides is shown the arguments.",
        "tests/runtime/approvals/test_approvals_served.py::test_approve",
        "tests/e2e/test_approvals.py::test_a_person_at_a_terminal",
    ),
    promise(
        "Exactly what was approved is executed.",
        "tests/runtime/approvals/test_holds.py::test_exactly_what_was_approved_is_executed",
        "tests/runtime/approvals/test_arguments.py::test_whatever_is_executed_counts",
    ),
    promise(
        "Who decides may say which arguments were shown, and decides about no others.",
        "tests/runtime/approvals/test_approvals_served.py::test_a_decision_about_other_arguments_does_not_count",
    ),
    promise(
        "Who asked for a run does not decide about it, unless its machine says so.",
        "tests/control/test_limits.py::test_the_declaration_holds_what_the_program_says",
        "tests/runtime/approvals/test_approvals_served.py::test_whoever_asked_does_not_decide",
        "tests/runtime/approvals/test_holds.py::test_the_operator_may_decide_about_everything_and_the_caller_may_not",
    ),
    promise(
        "Who decided, when, why and about which arguments is on record.",
        "tests/runtime/approvals/test_approvals_served.py::test_approve",
        "tests/governed/test_record_kinds.py::test_a_decision",
    ),
    promise(
        "A decision comes once, and counts only when it is on record.",
        "tests/runtime/approvals/test_holds.py::test_a_decision_comes_once",
        "tests/runtime/approvals/test_holds.py::test_a_decision_that_cannot_be_recorded_is_none",
    ),
    promise(
        "A stop, a crash and a restart expire what was held, on record.",
        "tests/runtime/approvals/test_approvals_served.py::test_a_stop_expires_what_is_held",
        "tests/e2e/test_approvals.py::test_a_crash_expires_what_was_held",
        "tests/runtime/approvals/test_holds.py::test_a_new_process_expires_what_the_last_one_held",
    ),
    promise(
        "State together with an approval that the machine would need is refused.",
        "tests/corpus/wrong/K4030-state.kanvas",
    ),
    promise(
        "An approval of a machine that is called counts as well.",
        "tests/corpus/wrong/K4030-below.kanvas",
    ),
    promise(
        "Runs at an interval, and schedules, together with an approval are refused.",
        "tests/corpus/wrong/K4030-timers.kanvas",
    ),
    promise(
        "Events that run a machine together with an approval are refused.",
        "tests/corpus/wrong/K4030-events.kanvas",
    ),
)
