"""How steps reach outside, and who decides where."""

from __future__ import annotations

from tests.governed.promises.promise import Promise, promise

_DECLARED = "tests/governed/test_declared.py::"
_UNTRUSTED = "tests/audit/test_untrusted_text.py::"
_TARGETS = "tests/runtime/outside/test_targets.py::"
_ADDRESSES = "tests/runtime/outside/test_addresses.py::"
_HTTP = "tests/runtime/outside/test_http_steps.py::"
_PROMPT = "tests/runtime/reasoning/test_prompt.py::"
_AGAIN = "tests/runtime/reasoning/test_asking_again.py::"
_ADAPTER = "tests/runtime/reasoning/test_anthropic_adapter.py::"
_ASKING = "tests/runtime/reasoning/test_asking.py::"
_WRONG = "tests/corpus/wrong/"

_TEXT = (
    promise(
        "Neither an input nor a model's answer chooses a host that is not granted by name.",
        f"{_UNTRUSTED}test_what_decides_is_written_in_the_program",
        f"{_UNTRUSTED}test_a_host_that_a_value_chooses_has_to_be_one_of_those_that_are_named",
        f"{_UNTRUSTED}test_a_value_in_a_url_changes_neither_its_host_nor_the_request",
    ),
    promise(
        "Neither chooses a machine, a flow or a model.",
        f"{_UNTRUSTED}test_what_decides_is_written_in_the_program",
    ),
    promise(
        "Neither chooses the namespace of a memory.",
        f"{_UNTRUSTED}test_what_decides_is_written_in_the_program",
        "tests/types/test_kept.py::test_who_may_choose_a_namespace",
    ),
    promise(
        "Neither has a say in what needs an approval, or in who may give it.",
        f"{_DECLARED}test_no_value_of_a_run_has_a_say_in_an_approval",
        f"{_DECLARED}test_no_value_of_a_run_names_what_needs_an_approval",
    ),
    promise(
        "Values stand in the user's message, as JSON, between markers that name them.",
        f"{_UNTRUSTED}test_values_stand_between_markers_and_nowhere_else",
        f"{_PROMPT}test_no_value_can_leave_its_marker_or_speak_as_the_system",
    ),
    promise(
        "The system prompt is the role and the text of the task, as the program has them.",
        f"{_PROMPT}test_literal_text_is_the_system_prompt_and_values_are_the_users",
        f"{_UNTRUSTED}test_values_stand_between_markers_and_nowhere_else",
    ),
    promise(
        "A value in a role is an error.",
        f"{_WRONG}K4005-value-in-a-role.kanvas",
        f"{_UNTRUSTED}test_what_decides_is_written_in_the_program",
    ),
    promise(
        "A repair quotes our own words alone, and nothing of the answer.",
        f"{_UNTRUSTED}test_a_repair_quotes_nothing_of_the_answer",
    ),
)

_REQUESTS = (
    promise(
        "A url whose host the run decides needs hosts that are granted by name.",
        f"{_WRONG}K4007-host-that-comes-in.kanvas",
        f"{_WRONG}K4007-in-a-machine-that-is-called.kanvas",
        f"{_WRONG}K4001-host-that-comes-in-and-none-granted.kanvas",
    ),
    promise(
        "A name is looked up once, and connected to where it was checked.",
        f"{_HTTP}test_a_name_that_moves_is_connected_to_where_it_was_checked",
        f"{_HTTP}test_the_next_address_is_tried",
    ),
    promise(
        "Every address of a name is checked.",
        f"{_ADDRESSES}test_every_address_of_a_name_must_be_public",
    ),
    promise(
        "Loopback, private, link-local, shared, multicast and mapped addresses are refused.",
        f"{_ADDRESSES}test_what_an_address_is_good_for",
        f"{_ADDRESSES}test_an_address_carried_by_another_is_judged_as_itself",
        f"{_HTTP}test_a_grant_for_any_host_is_none_for_this_machine",
    ),
    promise(
        "A permission that says exactly where a host is admits an address inside.",
        f"{_TARGETS}test_which_targets_say_where_a_host_is",
        f"{_ADDRESSES}test_a_name_that_is_located_may_be_on_this_site_and_nowhere_else",
        f"{_ADDRESSES}test_an_address_in_a_url_is_looked_up_nowhere",
    ),
    promise(
        "Redirects are not followed.",
        f"{_HTTP}test_every_status_is_an_answer_and_no_redirect_is_followed",
    ),
    promise(
        "Proxies of the environment are ignored.",
        f"{_HTTP}test_proxies_of_the_environment_are_not_asked",
    ),
    promise(
        "An answer has at most a megabyte, once it is unpacked.",
        f"{_HTTP}test_an_answer_has_at_most_a_megabyte_once_it_is_unpacked",
        f"{_HTTP}test_answers_that_are_none",
    ),
    promise(
        "One timeout is for all of a request: name, connection and answer.",
        f"{_HTTP}test_the_timeout_is_for_everything",
        f"{_HTTP}test_looking_a_name_up_counts",
    ),
)

_ASKED = (
    promise(
        "The provider's library makes no request a second time.",
        f"{_AGAIN}test_the_library_beneath_asks_nothing_again",
    ),
    promise(
        "408, 409, 429, 5xx and lost connections are tried again, and nothing else.",
        f"{_AGAIN}test_what_may_pass_is_asked_again",
        f"{_AGAIN}test_what_will_not_pass_is_asked_once",
        f"{_AGAIN}test_a_lost_connection_is_made_again",
        f"{_ADAPTER}test_nobody_listens",
    ),
    promise(
        "A request is tried again twice, unless the program says how often.",
        f"{_AGAIN}test_twice_unless_the_machine_or_the_step_says_otherwise",
        "tests/types/test_kept.py::test_bounds_of_a_run",
    ),
    promise(
        "Retry-After is honoured.",
        f"{_AGAIN}test_it_is_waited_as_long_as_the_provider_asks",
        "tests/runtime/reasoning/test_retry.py::test_retry_after_is_seconds_or_a_date",
    ),
    promise(
        "Waits and retries stay within the step's timeout.",
        f"{_AGAIN}test_a_wait_beyond_the_steps_time_is_not_begun",
        f"{_AGAIN}test_the_steps_time_is_for_all_of_its_requests",
        f"{_ASKING}test_a_step_that_takes_too_long_is_a_timeout",
    ),
    promise(
        "A step has 60 seconds, a connection 5, the first token 30, and each further one 15.",
        f"{_AGAIN}test_how_long_a_provider_is_waited_for",
    ),
    promise(
        "Silence before the first token and between tokens ends a request.",
        f"{_ADAPTER}test_an_answer_that_has_begun_is_not_asked_for_again",
        f"{_ADAPTER}test_an_answer_that_never_stops_for_long_may_take_long",
    ),
    promise(
        "Once a part of an answer has come, nothing is asked again.",
        f"{_AGAIN}test_what_has_begun_to_answer_is_not_asked_again",
        "tests/runtime/reasoning/test_partials.py::test_after_a_word_has_come_nothing_is_asked_again",
    ),
)

PROMISES: tuple[Promise, ...] = (*_TEXT, *_REQUESTS, *_ASKED)
