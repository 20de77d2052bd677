"""The page surface: a machine as a page that works without script and lives with it."""

from kanvas_runtime.pages.approvals import ApprovalViews
from kanvas_runtime.pages.ledger import LedgerViews
from kanvas_runtime.pages.page import install
from kanvas_runtime.pages.sign_in import install as install_sign_in

__all__ = ["ApprovalViews", "LedgerViews", "install", "install_sign_in"]
