"""What keeps an app from starting as it is set up, in words for the operator."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kanvas_runtime import overrides, prices, reasoning, secret
from kanvas_runtime.auth.oauth import missing as missing_for_oauth

if TYPE_CHECKING:
    from kanvas_runtime.service import Service


def obstacle(service: Service) -> str | None:
    """The first one. Nothing is looked at that a simulated app does without."""
    problem = _unknown_option(service) or _unsigned(service)
    problem = problem or missing_for_oauth(service.oauth_paths(), service.settings.oauth)
    if problem is not None or service.simulated:
        return problem
    machines = service.served_machines
    try:
        secret.read(machines, os.environ)
        unpriced = prices.unpriced(machines, prices.read_prices())
    except ValueError as error:
        return str(error)
    return reasoning.missing(machines) or unpriced


def _unknown_option(service: Service) -> str | None:
    """What is set in the environment and belongs to no surface."""
    named = [(overrides.SOCKET, path) for path in service.sockets]
    named += ((overrides.ENDPOINT, path) for path, _ in service.api_paths())
    named += ((overrides.HOOK, path) for path in service.hooks)
    named += ((overrides.TOOL, name) for name in service.machines)
    return overrides.unknown(named, os.environ, _hook_secrets(service))


def _hook_secrets(service: Service) -> list[str]:
    if not service.hooks:
        return []
    from kanvas_runtime.webhooks.endpoint import variable

    return [variable(path) for path in service.hooks]


def _unsigned(service: Service) -> str | None:
    """Hooks whose secret is not set: they could believe nobody, or everybody."""
    if not service.hooks:
        return None
    from kanvas_runtime.webhooks.endpoint import secrets_of, variable

    missing = [variable(path) for path in service.hooks if not secrets_of(path)]
    if not missing:
        return None
    return f"set {', '.join(missing)}: the secret with which requests to the hook are signed"
