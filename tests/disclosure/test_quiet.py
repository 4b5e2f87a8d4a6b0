"""The solver leaves the standard output to us."""

from __future__ import annotations

import ctypes
import os

import numpy as np
from scipy.optimize import LinearConstraint

from cls_analysis.disclosure import quiet


def test_what_the_solver_prints_from_c_never_shows_and_what_we_print_does(capfd, monkeypatch):
    c = ctypes.CDLL(None)

    def talkative(*_, **__):
        c.printf(b"HighsMipSolverData::something\n")
        os.write(1, b"straight to the descriptor\n")
        return "solved"

    monkeypatch.setattr("scipy.optimize.milp", talkative)
    print("before")
    assert quiet.integer_program(None) == "solved"
    print("after")
    c.fflush(None)
    assert capfd.readouterr().out == "before\nafter\n"


def test_the_output_is_given_back_when_the_solver_fails(capfd, monkeypatch):
    def broken(*_, **__):
        raise ValueError("no")

    monkeypatch.setattr("scipy.optimize.milp", broken)
    try:
        quiet.integer_program(None)
    except ValueError:
        print("told")
    assert capfd.readouterr().out == "told\n"


def test_it_solves_what_it_is_given_and_always_alike():
    limit = LinearConstraint(np.array([[2.0, 3.0]]), 7.0, np.inf)
    found = [quiet.integer_program(np.array([3.0, 4.0]), constraints=limit, integrality=np.ones(2)).x for _ in range(3)]
    assert all(list(x) == [2.0, 1.0] for x in found)
