"""The test of the tests: single changes to the specs and to the code, each of which a test must notice.

specs           changes to the specs, the derivative rules and the C, chosen by hand
sample          changes to the code by hand, drawn by chance
change          what one change is
python, c       which changes a text in either language takes
belongs         which tests are the first to notice a change to a file
equivalent.txt  changes that make no difference, and why
trees           copies of the project, and the tests run in them
"""
