"""What people write by hand: the machine of `echo.kanvas`, as each stack has it."""
