"""What a question, an answer, a source and a failure are: plain frozen data and pure functions."""
