"""Tests the tests: what each known mistake, accepted variant and mechanical mutant earns."""
