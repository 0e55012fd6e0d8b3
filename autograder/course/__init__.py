"""What a course directory holds: where things lie, mark-up, contract, percent files, the bank. Nothing is executed."""
