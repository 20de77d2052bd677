"""What a machine declares, and what its declarations do."""

from __future__ import annotations

from tests.governed.promises.promise import Promise, promise

_DECLARED = "tests/governed/test_declared.py::"
_DENIALS = "tests/governed/test_denials.py::"
_RULES = "tests/audit/test_permissions.py::"
_DOOR = "tests/audit/test_only_door.py::"
_TARGETS = "tests/runtime/outside/test_targets.py::"
_HTTP = "tests/runtime/outside/test_http_steps.py::"
_GUARDS = "tests/control/test_guards.py::"
_LIMITS = "tests/control/test_limits.py::"
_DAYS = "tests/control/test_days.py::"
_SECRET = "tests/runtime/test_secret.py::"
_MASK = "tests/runtime/test_mask.py::"
_SECRETS = "tests/types/test_secrets.py::"
_CANARIES = "tests/e2e/test_secrets.py::"
_WRONG = "tests/corpus/wrong/"

_CAPABILITIES = (
    promise(
        "A step that asks a model needs `reason`.",
        f"{_DECLARED}test_what_leaves_needs_a_permission_and_the_fix_grants_it",
        f"{_WRONG}K4001-not-granted.kanvas",
    ),
    promise(
        "A step that remembers or recalls needs `memory`.",
        f"{_DECLARED}test_what_leaves_needs_a_permission_and_the_fix_grants_it",
        f"{_WRONG}K4001-memory-not-granted.kanvas",
    ),
    promise(
        "A step that asks another machine needs `call`, for all machines or for that one.",
        f"{_DECLARED}test_what_leaves_needs_a_permission_and_the_fix_grants_it",
        f"{_RULES}test_the_compiler_refuses_what_the_rules_refuse",
    ),
    promise(
        "A request needs `http`, for all hosts or for that one.",
        f"{_DECLARED}test_what_leaves_needs_a_permission_and_the_fix_grants_it",
        f"{_RULES}test_every_target_against_every_url",
    ),
    promise(
        "A host alone means https, port 443 and exactly that host.",
        f"{_TARGETS}test_what_is_covered",
        f"{_RULES}test_every_target_against_every_url",
    ),
    promise(
        "`*.` before a host means its subdomains, at any depth, and not the host itself.",
        f"{_TARGETS}test_what_is_covered",
        f"{_RULES}test_every_target_against_every_url",
    ),
    promise(
        "A scheme and a port hold as they are written.",
        f"{_TARGETS}test_what_is_covered",
        f"{_RULES}test_every_target_against_every_url",
        f"{_WRONG}K4001-another-host-than-the-granted-one.kanvas",
    ),
    promise(
        "Steps that compute, decide, repeat, set, push or publish need no permission.",
        f"{_DECLARED}test_what_stays_inside_needs_no_permission",
    ),
    promise(
        "The older spelling of a permission to send requests means `http`.",
        f"{_DECLARED}test_an_older_way_to_write_http",
    ),
    promise(
        "A capability that does not exist is a warning, in each of the three lists.",
        f"{_DECLARED}test_what_is_no_capability_protects_nothing",
        f"{_WRONG}K4002-unknown-capability.kanvas",
    ),
    promise(
        "The warning names the capability that was meant, when one is close.",
        f"{_DECLARED}test_what_is_no_capability_protects_nothing",
        f"{_WRONG}K4002-misspelt-capability.kanvas",
    ),
)

_PRECEDENCE = (
    promise(
        "Not allowed beats requires approval, and that beats allowed.",
        "tests/runtime/test_gate_policy.py::test_denied_beats_approval_beats_allowed_beats_silence",
        f"{_RULES}test_the_gate_judges_as_the_rules_say",
    ),
    promise(
        "What no list names is denied.",
        "tests/runtime/test_gate.py::test_what_is_not_allowed_does_not_leave",
        f"{_RULES}test_a_run_reaches_what_the_rules_allow_and_nothing_else",
    ),
    promise(
        "A step whose capability is not granted is an error before anything runs.",
        f"{_RULES}test_the_compiler_refuses_what_the_rules_refuse",
        f"{_DECLARED}test_each_permission_that_is_left_out_is_missed",
    ),
    promise(
        "The error has a fix that grants exactly what is missing.",
        f"{_DECLARED}test_what_leaves_needs_a_permission_and_the_fix_grants_it",
        "tests/diagnostics/test_fixes.py::test_a_fix_removes_its_finding",
    ),
    promise(
        "The app is given all three lists, as they are written.",
        f"{_DECLARED}test_the_app_is_given_every_list_as_it_is_written",
    ),
    promise(
        "The app checks each call again, whatever the compiler has let pass.",
        f"{_RULES}test_a_run_reaches_what_the_rules_allow_and_nothing_else",
        f"{_HTTP}test_what_is_not_granted_does_not_leave",
    ),
    promise(
        "Clients of providers, of HTTP and of memories are imported behind the gate alone.",
        f"{_DOOR}test_what_leads_outside_is_imported_in_few_places",
        f"{_DOOR}test_what_stands_behind_the_gate_is_imported_there_alone",
        f"{_DOOR}test_other_ways_outside_are_imported_nowhere",
        f"{_DOOR}test_nobody_connects_by_the_loop_or_starts_a_process",
    ),
    promise(
        "Neither a run nor a built app has another way out than the gate.",
        f"{_DOOR}test_a_run_reaches_the_gate_alone",
        f"{_DOOR}test_built_apps_import_nothing_that_leads_outside",
    ),
    promise(
        "What was denied is recorded with a digest of what it was about to do.",
        f"{_DENIALS}test_what_was_denied_has_a_digest_of_its_arguments",
        f"{_DENIALS}test_a_host_that_is_denied_by_its_address_has_one_too",
        f"{_DENIALS}test_what_would_cost_too_much_has_one_too",
        f"{_DENIALS}test_a_secret_leaves_no_trace_in_it",
    ),
    promise(
        "A called machine may do what itself and all its callers may do, and no more.",
        f"{_RULES}test_the_gate_judges_as_the_rules_say",
        f"{_RULES}test_a_run_reaches_what_the_rules_allow_and_nothing_else",
        "tests/control/test_calls.py::test_a_called_machine_may_no_more_than_its_caller",
    ),
    promise(
        "What a caller is not allowed, a machine that it calls is not allowed either.",
        f"{_WRONG}K4001-denied-to-a-called-machine.kanvas",
        "tests/control/test_calls.py::test_a_called_machine_may_no_more_than_its_caller",
    ),
    promise(
        "A machine has to be allowed all that its callees use, at any depth, or does not compile.",
        f"{_RULES}test_the_compiler_refuses_what_the_rules_refuse",
        f"{_WRONG}K4001-what-a-called-machine-needs.kanvas",
    ),
    promise(
        "One fix adds all that a machine lacks for its callees.",
        f"{_DECLARED}test_what_leaves_needs_a_permission_and_the_fix_grants_it",
        f"{_WRONG}K4001-what-a-called-machine-needs.kanvas",
    ),
)

_GUARDED = (
    promise(
        "A guard over the input is held before any step runs.",
        f"{_GUARDS}test_a_guard_over_the_input_blocks_before_any_step_runs",
    ),
    promise(
        "A guard over the output is held before the reply.",
        f"{_GUARDS}test_a_guard_over_the_output_blocks_it",
        f"{_GUARDS}test_every_push_passes_the_guards",
    ),
    promise(
        "A guard looks at the input or at the output: at both or at neither is an error.",
        f"{_WRONG}K4010-over-both.kanvas",
        f"{_WRONG}K4010-over-neither.kanvas",
        f"{_WRONG}K2004-guard.kanvas",
    ),
    promise(
        "A guard that blocks refuses the run with `guard_failed`.",
        f"{_GUARDS}test_a_guard_over_the_output_blocks_it",
        "tests/governed/test_record_kinds.py::test_a_guard",
    ),
    promise(
        "A guard that redacts makes its fields null, or a text that says so.",
        f"{_GUARDS}test_what_is_redacted_is_null_or_says_so",
        f"{_GUARDS}test_what_is_redacted_in_the_input_reaches_no_step",
        f"{_WRONG}K4011-never-null.kanvas",
        f"{_WRONG}K4011-no-fields.kanvas",
    ),
    promise(
        "A guard that records lets pass, and leaves a record.",
        f"{_GUARDS}test_what_is_only_recorded_passes",
    ),
    promise(
        "A field that a guard reads or redacts is not told while it grows.",
        "tests/governed/test_early_words.py"
        "::test_nothing_is_told_early_that_a_guard_could_take_back",
        f"{_GUARDS}test_what_a_guard_reads_or_redacts_is_not_told_while_it_grows",
    ),
    promise(
        "Under a guard that blocks the output, nothing is told before the answer.",
        "tests/governed/test_early_words.py"
        "::test_nothing_is_told_early_that_a_guard_could_take_back",
        f"{_GUARDS}test_what_a_guard_reads_or_redacts_is_not_told_while_it_grows",
    ),
)

_NEEDED = (
    promise(
        "Secrets come from the environment or from a file that it names.",
        f"{_SECRET}test_the_environment_and_the_file_supply_secrets",
    ),
    promise(
        "An app does not start without its secrets, and names all that are missing.",
        f"{_CANARIES}test_an_app_does_not_start_without_its_secrets",
        f"{_SECRET}test_all_that_is_missing_is_named_at_once",
    ),
    promise(
        "A step reads a secret by its name, and sends what the operator has set.",
        f"{_CANARIES}test_no_secret_is_written_or_sent_but_to_whom_it_is_meant_for",
        f"{_WRONG}K4020-nothing-is-needed.kanvas",
    ),
    promise(
        "A secret may go into the url, the headers and the body of a request.",
        f"{_SECRETS}test_what_is_not_secret_may_be_answered",
        f"{_SECRETS}test_the_secret_of_a_login_goes_on_to_the_next_request",
    ),
    promise(
        "The host of such a request is written out.",
        f"{_WRONG}K4023-url-of-the-message.kanvas",
        f"{_WRONG}K4023-secret-in-a-body.kanvas",
    ),
    promise(
        "A secret may go nowhere else: that is an error, wherever it would go.",
        f"{_SECRETS}test_what_is_made_of_a_secret_is_not_answered",
        f"{_WRONG}K4022-output.kanvas",
        f"{_WRONG}K4022-pushed.kanvas",
        f"{_WRONG}K4022-published.kanvas",
        f"{_WRONG}K4022-state.kanvas",
        f"{_WRONG}K4022-remembered.kanvas",
        f"{_WRONG}K4022-input-of-a-call.kanvas",
        f"{_WRONG}K4022-task-of-a-model.kanvas",
        f"{_WRONG}K4022-condition.kanvas",
    ),
    promise(
        "What is derived from a secret, in whatever way, counts as one.",
        f"{_SECRETS}test_what_is_made_of_a_secret_is_not_answered",
        f"{_SECRETS}test_secrets_are_followed_through_steps",
        "tests/soundness/test_secrecy.py::test_what_is_answered_is_made_of_nothing_secret",
    ),
    promise(
        "Fields that are marked as secret are secrets, too.",
        f"{_SECRETS}test_what_is_made_of_a_secret_is_not_answered",
        f"{_WRONG}K4022-output-from-a-field.kanvas",
    ),
    promise(
        "A secret field may be said to a model, and a secret of the environment may not.",
        f"{_SECRETS}test_what_is_not_secret_may_be_answered",
        f"{_SECRETS}test_a_secret_of_the_environment_stays_one_in_other_machines",
        f"{_CANARIES}test_no_secret_is_written_or_sent_but_to_whom_it_is_meant_for",
    ),
    promise(
        "No planted secret is found in what an app answers, logs or keeps.",
        f"{_CANARIES}test_no_secret_is_written_or_sent_but_to_whom_it_is_meant_for",
    ),
    promise(
        "A secret that comes back is hidden in whatever usual form it is written.",
        f"{_MASK}test_a_secret_is_hidden_however_it_is_written",
        f"{_MASK}test_a_secret_is_hidden_within_base64",
    ),
)

_LIMITED = (
    promise(
        "A cost is what the provider counts, at the prices of a table, in US dollars.",
        f"{_LIMITS}test_what_a_step_has_cost_is_recorded",
        f"{_LIMITS}test_our_own_prices_are_those_of_the_list",
    ),
    promise(
        "The operator may change the table and add to it.",
        f"{_LIMITS}test_the_operator_knows_prices_better",
        f"{_LIMITS}test_a_table_of_prices_that_is_none_is_named",
    ),
    promise(
        "An app whose costs are limited does not start with a model that has no price.",
        "tests/runtime/test_start_with_limits.py"
        "::test_a_model_that_has_no_price_keeps_it_from_starting",
        f"{_LIMITS}test_a_model_without_a_price_keeps_a_machine_with_a_limit_from_starting",
    ),
    promise(
        "What a request may cost at most is reserved before it is sent, and on disk by then.",
        f"{_LIMITS}test_a_run_that_could_cost_too_much_sends_nothing",
        f"{_LIMITS}test_what_is_reserved_is_on_disk_before_the_request_leaves",
        f"{_LIMITS}test_a_long_input_is_reserved_before_it_is_sent",
    ),
    promise(
        "What it has cost is settled when its answer has come.",
        f"{_LIMITS}test_a_second_request_is_reserved_on_top_of_what_the_first_has_cost",
        f"{_LIMITS}test_a_request_that_failed_costs_nothing_and_one_that_broke_off_all",
    ),
    promise(
        "A day is one in UTC, wherever the server stands.",
        f"{_DAYS}test_a_day_ends_at_midnight_in_utc_wherever_the_server_stands",
        f"{_DAYS}test_a_run_over_midnight_belongs_to_the_day_on_which_it_asked",
    ),
    promise(
        "What a day has cost is kept, and a restart forgets nothing of it.",
        f"{_DAYS}test_what_was_spent_is_on_disk",
        f"{_LIMITS}test_a_day_is_kept_over_restarts_and_begins_anew_in_utc",
    ),
    promise(
        "A run beyond a limit on costs is refused with `budget_exceeded`.",
        f"{_LIMITS}test_a_run_that_could_cost_too_much_sends_nothing",
        f"{_LIMITS}test_what_a_called_machine_spends_is_spent_by_who_calls_it",
    ),
    promise(
        "A run beyond so many a minute is refused with `rate_limited`.",
        f"{_LIMITS}test_runs_in_a_minute",
        f"{_LIMITS}test_a_called_machine_runs_no_more_often_than_it_may",
    ),
)

PROMISES: tuple[Promise, ...] = (
    *_CAPABILITIES,
    *_PRECEDENCE,
    *_GUARDED,
    *_NEEDED,
    *_LIMITED,
)
