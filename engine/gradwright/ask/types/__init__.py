"""One module a question type; each holds one ``QuestionType`` record, found by ``registry.collect``."""
