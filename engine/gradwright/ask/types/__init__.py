"""One module a question type; each holds one module-level ``QuestionType`` record, found by ``registry.collect``."""
