"""Where an answer went wrong: a chain of steps, checked line by line, with marks that follow through.

For instructors. A student hands in lines such as::

    dZ = (P - Y)/n
    dW = X.T @ dZ
       = X.T @ (P - Y)/n
    db = sum(dZ, axis=0)

as text, as LaTeX (``align`` or ``$$``), or in the cells of a notebook, which is read and never run. The
reference is the derivation: the forward formulas, then one formula a step. A line gets one of six verdicts.

* **right**: its value is the reference's. Full marks, also where it repairs an earlier error in silence, or
  makes it good (the line says which).
* **follows**: its value is wrong, but only because an earlier line is: with the right values it would be
  right, or it is what the reference's step makes of the student's own values. It earns follow-through marks:
  all of the step's points unless the rubric says otherwise. A loss that is a multiple of the right one (a
  mean that became a sum) is followed through into every adjoint.
* **wrong**: it is wrong in itself. The first such line is the chain's ``first_wrong``. A line that goes on
  with a wrong form of the *same* step earns nothing, whether or not it follows from that form.
* **invalid**: it can't be read. Its points are neither earned nor lost: they stay *open* until it is retyped.
* **undecided**: the judge can't tell. Its points stay open until a person has read it.
* **note**: it carries no points: a helper of the student's own, a given value, a word of prose, a line of a
  program that assigns no formula, a line left blank.

Follow-through earns nothing where the wrong start made the rest trivial. It is denied, and the line says why,

* where the wrong value is zero everywhere, or the same whatever the data are, and the step mostly works on
  it;
* where the wrong value has lost an axis, or the step can't be carried out on it at all;
* where half of the step's own operands or more drop out (``X.T @ dZ`` no longer depends on ``X``);
* where the line only repeats an earlier one although its step asks for more.

Points. Each step has its points, given by the rubric or one each; without a rubric the steps are all formulas
from the first adjoint on. The forms that a student writes for a step (``dW = ... = ...``, on one line or
several) share its points; a form that repeats the one before it has no share. A step that is left out earns
its points where a later line has its consequences right without calling it by name. Always: earned + lost +
open = total. A rubric is a file such as::

    follow_through = 0.5      # of its points, for a line that follows from a wrong one
    skipped = true            # whether steps that are left out can be earned
    [points]
    dZ = 2
    dW = 3
    [deduct]
    sign = 0.5                # a line whose only mistake is this one loses half of its points

``gradwright check --steps FILE --rubric FILE`` judges a file. Names are read with some good will: ``dW``,
``dL_dW``, ``grad_W``, ``∂L/∂W`` and ``W_bar`` are one name.
"""
