"""One file for each bug: its story as a regression test."""
