"""What a program promises to others: contracts compared, and drawn."""
