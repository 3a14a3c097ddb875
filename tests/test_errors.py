import pickle

import pytest

from app.errors import Fault, LayoutError, LimitError, ProgramError

FAULT = Fault("The program is empty.", 1, 1, 1, "Write a line.")


@pytest.mark.parametrize("error", [ProgramError(FAULT, Fault("More.")), LayoutError(FAULT), LimitError("cards", 3, 2, FAULT)])
def test_errors_cross_processes_whole(error):
    found = pickle.loads(pickle.dumps(error))
    assert type(found) is type(error)
    assert found.faults == error.faults
    assert str(found) == str(error)
    assert vars(found) == vars(error)
